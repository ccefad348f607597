"""Events of Anthropic's managed agents, one a line, as they are streamed or as a client recorded its calls.

    {"type": "user.message", "content": [{"type": "text", "text": "..."}], "processed_at": "..."}
    {"type": "agent.tool_use", "id": "e1", "name": "bash", "input": {"command": "ls"}}
    ["client.beta.sessions.events.stream", {"type": "agent.tool_result", "tool_use_id": "e1", "content": []}]

One file is one session. What was sent and comes back in the stream is read once. The session's own word on its outcome
(``outcome_evaluations``) is not read: it is the agent's claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found
from .conversation import Asked, Conversation
from .shapes import mapping, moment, string, text_of, word

NAME = "agent-events"
WHOLE_FILE = True
_CALLS = {"agent.tool_use", "agent.mcp_tool_use", "agent.custom_tool_use"}
_RESULTS = {"agent.tool_result", "agent.mcp_tool_result", "user.custom_tool_result"}
_SAID = {"user.message": "user", "agent.message": "assistant"}
_KNOWN = _CALLS | _RESULTS | _SAID.keys()
_ANSWERED = ("tool_use_id", "mcp_tool_use_id", "custom_tool_use_id")


@dataclass(slots=True)
class _Session:
    id: str = ""
    time: float | None = None
    conversation: Conversation = field(default_factory=Conversation)
    seen: set[str] = field(default_factory=set)


def matches(values: Sequence[Any]) -> bool:
    """Lines that are an event of such a session, alone or with the call that brought it."""
    return any(_event(value).get("type") in _KNOWN and "content" in _event(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """Rejects as they come, then the session as one trace."""
    session, first = _Session(), None
    for record in records:
        first = first or replace(record, value=None)
        try:
            if record.error is not None:
                raise record.error
            _hear(_event(record.value), session)
        except RecordError as error:
            yield Found(record, error)
    if first is not None:
        turns = session.conversation.turns()
        yield Found(first, Trace(trace_id=session.id, format=NAME, turns=turns, source=source, time=session.time))


def _event(value: Any) -> Mapping[str, Any]:
    """The event of a line; an empty one for a line that brings none."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
        value = value[1]
    return value if isinstance(value, Mapping) and isinstance(value.get("type"), str) else {}


def _hear(event: Mapping[str, Any], session: _Session) -> None:
    kind, id_ = word(event.get("type")), word(event.get("id"))
    if kind == "session":
        session.id, session.time = id_, moment(event.get("created_at"))
    if kind not in _KNOWN or (id_ and id_ in session.seen):
        return
    session.seen.add(id_)
    time = moment(event.get("processed_at", event.get("created_at")))
    if kind in _SAID:
        session.conversation.say(_SAID[kind], text_of(event.get("content")), time=time)
    elif kind in _CALLS:
        session.conversation.say("assistant", "", [Asked.of(id_, event.get("name"), event.get("input"))], time)
    else:
        call_id = next((string(event[name], name) for name in _ANSWERED if event.get(name)), "")
        failed = event.get("is_error") is True
        session.conversation.result(call_id, text_of(mapping(event, "event").get("content")), error=failed)
