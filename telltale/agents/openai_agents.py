"""OpenAI Agents SDK: a run that is shown past experience, recorded by the SDK's own hooks, and remembered.

    async with Experience(memory) as experience:
        result = await Runner.run(agent, task, hooks=experience, run_config=experience.config())

The block stands before the task as a message of its own, never in the instructions: what past runs said is data. It is
not kept in the session.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from agents import Agent, AgentHookContext, Handoff, RunConfig, RunContextWrapper, RunHooks, Tool
from agents.run import CallModelData, ModelInputData
from agents.run_config import ToolErrorFormatterArgs
from agents.tool_context import ToolContext

from telltale.memory.errors import UsageError
from telltale.memory.types import Context
from telltale.runs import AsyncRun

from .common import Memory, Outcomes, as_arguments, as_text, begun, ended, shown


class Experience(RunHooks[Any]):
    """Recalls when the first agent starts, records tools and the final output, remembers when the block is left.

    Args:
        memory: where to ask and to remember.
        context: what else is known of the task, as names and values.
        source: where it takes place; ``forget(source=...)`` takes everything from there away.
        outcome: tells how a run ended from its final output, or ``None`` where that cannot be told; without it, and
            where ``experience.run`` is told nothing, the outcome stays unknown. An exception is a guessed failure.
        recall: options of :meth:`AgentMemory.recall`: ``k``, ``risk``, ``budget``, ``strict``, ``kinds``.

    An async context manager for one ``Runner.run`` (or ``run_streamed``, its events read within the block).
    """

    run: AsyncRun  # once the first agent has started: for search, compact, succeeded, failed

    def __init__(
        self,
        memory: Memory,
        context: Context | None = None,
        *,
        source: str = "openai-agents",
        outcome: Outcomes | None = None,
        **recall: Any,
    ) -> None:
        self._memory, self._context, self._source = memory, context, source
        self._outcome, self._recall = outcome, recall
        self._open = False
        self._errors: dict[str, str] = {}  # by the id of the call

    def config(self, given: RunConfig | None = None) -> RunConfig:
        """``given`` with the block put before the task at every model call; what it filters already comes first."""
        given = given or RunConfig()
        before, formatter = given.call_model_input_filter, given.tool_error_formatter

        async def with_experience(data: CallModelData[Any]) -> ModelInputData:
            model_data = data.model_data if before is None else await _awaited(before(data))
            return replace(model_data, input=self._with_block(model_data.input))

        async def noting_errors(told: ToolErrorFormatterArgs[Any]) -> str | None:
            if told.error is not None:
                self._errors[told.call_id] = f"{type(told.error).__name__}: {told.error}"
            answer: str | None = await _awaited(formatter(told)) if formatter else None
            return answer

        return replace(given, call_model_input_filter=with_experience, tool_error_formatter=noting_errors)

    # ---- what the SDK calls ---------------------------------------------------------------------------------------

    async def on_agent_start(self, context: AgentHookContext[Any], agent: Agent[Any]) -> None:  # noqa: ARG002
        """Recall for the task that the first agent is given."""
        if not self._open:
            raise UsageError(
                "the hooks are used outside their block: run the agent within `async with Experience(...)`"
            )
        if hasattr(self, "run"):
            return  # a later agent of the same run
        task = _asked(context.turn_input)
        run = begun(self._memory, task, self._context, source=self._source, recall=self._recall)
        self.run = await run.__aenter__()

    async def on_tool_end(
        self,
        context: RunContextWrapper[Any],
        agent: Agent[Any],  # noqa: ARG002
        tool: Tool,
        result: object,
    ) -> None:
        """Record a call with what came back."""
        told = context if isinstance(context, ToolContext) else None
        self.run.called(
            tool.name,
            as_arguments(told.tool_arguments) if told else {},
            as_text(result),
            error=self._errors.pop(told.tool_call_id, "") if told else "",
        )

    async def on_handoff(
        self,
        context: RunContextWrapper[Any],  # noqa: ARG002
        from_agent: Agent[Any],
        to_agent: Agent[Any],
    ) -> None:
        """Record that another agent took over."""
        self.run.called(Handoff.default_tool_name(to_agent), {}, f"{from_agent.name} handed over to {to_agent.name}")

    async def on_agent_end(self, context: AgentHookContext[Any], agent: Agent[Any], output: Any) -> None:  # noqa: ARG002
        """Record the final output, and how it ended where that can be told."""
        ended(self.run, output, self._outcome)

    # ---- the block ------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        if self._open or hasattr(self, "run"):
            raise UsageError("these hooks have recorded a run already: make new ones for each run")
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        if hasattr(self, "run"):
            await self.run.__aexit__(kind, error, trace)

    def _with_block(self, items: Sequence[Any]) -> list[Any]:
        """``items`` with the block before the task; as they are where the task was sent before, or nothing applies."""
        block, at = shown(self.run), _place(items, self.run.task)
        if not block or at is None:
            return list(items)
        return [*items[:at], {"role": "user", "content": block}, *items[at:]]


def _asked(items: Sequence[Any]) -> str:
    """The last thing that a user said."""
    said = [_text(item) for item in items if _is_user(item)]
    if not any(said):
        raise UsageError("the run begins without a message in words: give the agent its task as text")
    return next(text for text in reversed(said) if text)


def _place(items: Sequence[Any], task: str) -> int | None:
    return next((at for at in reversed(range(len(items))) if _is_user(items[at]) and _text(items[at]) == task), None)


def _is_user(item: Any) -> bool:
    return isinstance(item, dict) and item.get("role") == "user"


def _text(item: Any) -> str:
    content = item.get("content")
    if isinstance(content, str):
        return content.strip()
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part["text"]) for part in parts if isinstance(part, dict) and "text" in part).strip()


async def _awaited(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer
