"""Pydantic AI: a capability that shows an agent past experience, records its runs and remembers them.

    agent = Agent("openai:gpt-5", capabilities=[Experience(memory)])

The block stands before the task as a part of its own, never in the instructions: what past runs said is data. It is in
the requests of the run alone, not in its message history.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_ai import ModelRequest, RunContext, ToolDefinition
from pydantic_ai.capabilities import AbstractCapability, WrapRunHandler, WrapToolExecuteHandler
from pydantic_ai.messages import ModelMessage, ToolCallPart, UserPromptPart
from pydantic_ai.models import ModelRequestContext
from pydantic_ai.run import AgentRunResult

from telltale.memory.types import Context
from telltale.runs import AsyncRun

from .common import Memory, Outcomes, as_text, begun, ended, shown


@dataclass
class Experience(AbstractCapability[Any]):
    """Recalls when a run starts, records its tool calls and its output, remembers it at its end.

    One capability serves many runs, at the same time too. A run without a prompt in words is left alone.
    """

    memory: Memory  # where to ask and to remember
    context: Context | None = None  # what else is known of every task
    source: str = "pydantic-ai"  # ``forget(source=...)`` takes everything from there away
    outcome: Outcomes | None = None  # tells how a run ended from its output; without it, it stays unknown
    recall: dict[str, Any] = field(default_factory=dict)  # options of recall: k, risk, budget, strict, kinds
    run: AsyncRun | None = None  # of the run that is going on

    async def for_run(self, ctx: RunContext[Any]) -> Experience:
        """A capability of this run alone."""
        task = _words(ctx.prompt)
        if not task:
            return self
        run = begun(self.memory, task, self.context, source=self.source, recall=self.recall)
        return replace(self, run=run)

    async def wrap_run(self, ctx: RunContext[Any], *, handler: WrapRunHandler) -> AgentRunResult[Any]:  # noqa: ARG002
        """Recall, let it run, remember: a guessed failure where it breaks off."""
        if self.run is None:
            return await handler()
        async with self.run as run:
            result = await handler()
            ended(run, result.output, self.outcome)
        return result

    async def before_model_request(
        self,
        ctx: RunContext[Any],  # noqa: ARG002
        request_context: ModelRequestContext,
    ) -> ModelRequestContext:
        """Put the block before the task."""
        if self.run is None or not (block := shown(self.run)):
            return request_context
        return replace(request_context, messages=_with_block(request_context.messages, self.run.task, block))

    async def wrap_tool_execute(
        self,
        ctx: RunContext[Any],  # noqa: ARG002
        *,
        call: ToolCallPart,
        tool_def: ToolDefinition,  # noqa: ARG002
        args: dict[str, Any],
        handler: WrapToolExecuteHandler,
    ) -> Any:
        """Record a call with what it gave or raised."""
        if self.run is None:
            return await handler(args)
        try:
            result = await handler(args)
        except Exception as error:
            self.run.called(call.tool_name, args, error=f"{type(error).__name__}: {error}")
            raise
        self.run.called(call.tool_name, args, as_text(result))
        return result


def _with_block(messages: list[ModelMessage], task: str, block: str) -> list[ModelMessage]:
    """``messages`` with the block before the last prompt that is the task; none of them is changed."""
    for at in reversed(range(len(messages))):
        message = messages[at]
        if not isinstance(message, ModelRequest):
            continue
        for place, part in enumerate(message.parts):
            if isinstance(part, UserPromptPart) and _words(part.content) == task:
                parts = [*message.parts[:place], UserPromptPart(block), *message.parts[place:]]
                return [*messages[:at], replace(message, parts=parts), *messages[at + 1 :]]
    return messages


def _words(prompt: Any) -> str:
    """What a prompt says in words; images and the rest left aside."""
    parts = [prompt] if isinstance(prompt, str) else list(prompt or ())
    return "\n".join(part for part in parts if isinstance(part, str)).strip()
