"""The memory as an MCP server: three tools, the skills as resources, and a prompt on how to use a recall.

Translates only. Nothing here takes anything away: forgetting, reviewing and learning are not for an agent to call.
Whose memory is meant comes from the connection, never from an argument.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from telltale import AgentMemory, __version__
from telltale.memory.errors import TelltaleError
from telltale.writers.skill_md import skill_md

from .shapes import Heard, Recalled, Remembered, recalled
from .words import INSTRUCTIONS, using

Of = Context[Any, Any]  # a request
MemoryOf = Callable[[Of, str], AbstractContextManager[AgentMemory]]  # with the right that it needs: read, ingest
Noted = Callable[[Of, str, dict[str, Any]], None]  # what a request changed, and the answer to it
CLAIMED = "signal:the agent itself"  # what an agent says of its own run is a guess until somebody else says so
LONGEST_TASK = 20_000  # characters
MOST_MESSAGES = 10_000

Task = Annotated[
    str, Field(min_length=1, max_length=LONGEST_TASK, description="the task, in the words it was given in")
]
Known = Annotated[dict[str, Any] | None, Field(description="what else is known, as names and values")]
Ids = Annotated[list[str], Field(max_length=100, description="ids of memories from a recall")]


def not_noted(_request: Of, _what: str, _done: dict[str, Any]) -> None:
    """Keep no log of changes."""


def mcp_server(memory_of: MemoryOf, noted: Noted = not_noted) -> MCPServer[Any]:
    """A server whose tools work on the memory that ``memory_of(request, right)`` lends.

    ``noted(request, what, answer)`` is told of every change, before it is answered.
    """
    server: MCPServer[Any] = MCPServer(
        "telltale", title="telltale", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    _add_recall(server, memory_of)
    _add_remember(server, memory_of, noted)
    _add_feedback(server, memory_of, noted)
    _add_skills(server, memory_of)
    server.prompt(
        name="use_experience", description="How to go about a task with this memory, without being led by it."
    )(using)
    return server


def _add_recall(server: MCPServer[Any], memory_of: MemoryOf) -> None:
    @server.tool(
        annotations=ToolAnnotations(title="Recall past experience", read_only_hint=True, open_world_hint=False)
    )
    def recall(  # noqa: PLR0917 - a tool takes its arguments by name
        ctx: Context[Any, Any],
        task: Task,
        context: Known = None,
        k: Annotated[int, Field(ge=1, le=20, description="the most that is admitted")] = 3,
        risk: Annotated[float, Field(gt=0, lt=1, description="the share of answers that may mislead")] = 0.05,
        budget: Annotated[int, Field(ge=50, le=100_000, description="the most tokens of the text")] = 1500,
    ) -> Annotated[CallToolResult, Recalled]:
        """Past runs that may be followed for a task, what differs in each, and look-alikes that must not be followed.

        `applies` is false when nothing fits: then work the task out afresh.
        """
        with answering(), memory_of(ctx, "read") as memory:
            found = memory.recall(task, context, k=k, risk=risk, budget=budget)
        answer = recalled(found)
        return CallToolResult(
            content=[TextContent(type="text", text=found.text or found.reason)],
            structured_content=answer.model_dump(),
        )


def _add_remember(server: MCPServer[Any], memory_of: MemoryOf, noted: Noted) -> None:
    @server.tool(annotations=ToolAnnotations(title="Remember a run", destructive_hint=False, idempotent_hint=True))
    def remember(  # noqa: PLR0917 - a tool takes its arguments by name
        ctx: Context[Any, Any],
        messages: Annotated[
            list[dict[str, Any]],
            Field(
                min_length=1, max_length=MOST_MESSAGES, description="the run, as OpenAI's or Anthropic's API tells it"
            ),
        ],
        outcome: Annotated[
            str | None, Field(pattern="^(success|failure|partial|unknown)$", description="how it ended, as you see it")
        ] = None,
        context: Known = None,
        source: Annotated[str | None, Field(max_length=200, description="where the run took place")] = None,
        trace_id: Annotated[str | None, Field(max_length=200, description="your own id of the run")] = None,
    ) -> Remembered:
        """Take in a finished run; the same again adds nothing. What you say of your own success stays unverified."""
        with answering(), memory_of(ctx, "ingest") as memory:
            ids = memory.remember(
                {"messages": messages},
                outcome=outcome,
                said_by=CLAIMED,
                context=context,
                source=source or "mcp",
                trace_id=trace_id,
            )
            answer = Remembered(episodes=ids)
            noted(ctx, "remember", answer.model_dump())
        return answer


def _add_feedback(server: MCPServer[Any], memory_of: MemoryOf, noted: Noted) -> None:
    @server.tool(annotations=ToolAnnotations(title="Say what became of a recall", destructive_hint=False))
    def feedback(  # noqa: PLR0917 - a tool takes its arguments by name
        ctx: Context[Any, Any],
        recall: Annotated[str, Field(max_length=100_000, description="the recall's id")],
        helped: Ids = [],  # noqa: B006 - read by pydantic, never changed
        misled: Ids = [],  # noqa: B006
        used: Ids = [],  # noqa: B006
        note: Annotated[str | None, Field(max_length=LONGEST_TASK)] = None,
    ) -> Heard:
        """Say which memories of a recall were right and which led astray; that moves what is let through next time."""
        with answering(), memory_of(ctx, "ingest") as memory:
            memory.feedback(recall, helped=helped, misled=misled, used=used, note=note)
            answer = Heard(recall=recall)
            noted(ctx, "feedback", answer.model_dump())
        return answer


def _add_skills(server: MCPServer[Any], memory_of: MemoryOf) -> None:
    @server.resource("skills://{status}", name="skills", mime_type="application/json")
    def skills(status: str, ctx: Context[Any, Any]) -> str:
        """The skills of a status (active, candidate, retired): their addresses, when to use each and when not."""
        with answering(ResourceNotFoundError), memory_of(ctx, "read") as memory:
            listed = memory.skills(status)
        found = [
            {"uri": f"skill://{one.name}", "when_to_use": one.when_to_use, "when_not_to_use": one.when_not_to_use}
            for one in listed
        ]
        return json.dumps({"skills": found}, ensure_ascii=False)

    @server.resource("skill://{name}", name="skill", mime_type="text/markdown")
    def skill(name: str, ctx: Context[Any, Any]) -> str:
        """One skill as a SKILL.md, with its status in it."""
        with answering(ResourceNotFoundError), memory_of(ctx, "read") as memory:
            listed = memory.skills()
        for one in listed:
            if one.name == name:
                return skill_md(one)
        raise ResourceNotFoundError(f"there is no skill {name!r}: skills://active names those that can be used")


@contextmanager
def answering(as_: type[Exception] = ToolError) -> Iterator[None]:
    """Within it, an error of telltale's reaches the model as the answer, with its code."""
    try:
        yield
    except TelltaleError as error:
        raise as_(f"{error.code}: {error}") from error
