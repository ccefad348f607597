"""Sessions of the pi coding agent: JSON lines, from their second version on a tree by ``parentId``.

    {"type": "session", "id": "s", "timestamp": "...", "cwd": "/r"}
    {"type": "message", "id": "e2", "parentId": "e1", "timestamp": "...", "message": {"role": "assistant",
     "content": [{"type": "toolCall", "id": "t1", "name": "bash", "arguments": {}}]}}
    {"type": "message", "message": {"role": "toolResult", "toolCallId": "t1", "content": [], "isError": false}}

Of a tree the branch that was worked on last is read: the user left the others. Commands that the user ran, summaries
and what extensions said are nobody's turn. No outcome of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found, together
from .conversation import INTERRUPTED, Asked, Conversation
from .shapes import mapping, moment, sequence, string, text_of, word

NAME = "pi"
WHOLE_FILE = True

_ROLES = {"user", "assistant", "toolResult", "bashExecution"}


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    parent: str
    heard: Conversation  # empty: an entry that only links others


@dataclass(slots=True)
class _Session:
    header: Mapping[str, Any] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)

    def hear(self, value: Any) -> None:
        """One line. Raises RecordError for what cannot be taken."""
        fields = mapping(value, "line")
        if not (kind := word(fields.get("type"))):
            raise RecordError("BAD_FIELD", "type: found none, expected session, message, compaction, ...", field="type")
        if kind == "session":
            self.header = self.header or fields
            return
        heard = Conversation()
        if kind == "message":
            _hear(mapping(fields.get("message"), "message"), fields, heard)
        self.entries.append(_Entry(string(fields.get("id"), "id"), string(fields.get("parentId"), "parentId"), heard))

    def trace(self, source: str) -> Trace | None:
        """The branch that was worked on last; None for a session in which nobody spoke."""
        conversation = Conversation()
        for entry in _branch(self.entries):
            conversation.hear(entry.heard)
        if not (turns := conversation.turns()):
            return None
        began = moment(self.header.get("timestamp"))
        return Trace(trace_id=word(self.header.get("id")), format=NAME, turns=turns, source=source, time=began)


def matches(values: Sequence[Any]) -> bool:
    """A session's header, or messages in an envelope without a session."""
    return any(isinstance(value, Mapping) and _is_line(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """Rejects as they come, then the one session; None for one in which nobody spoke."""
    session = _Session()
    return together(records, session.hear, lambda: session.trace(source))


def _is_line(value: Mapping[str, Any]) -> bool:
    if value.get("type") == "session":
        return "id" in value and "cwd" in value
    message = value.get("message")
    return (
        value.get("type") == "message"
        and isinstance(message, Mapping)
        and word(message.get("role")) in _ROLES
        and "sessionId" not in value
    )


def _hear(message: Mapping[str, Any], fields: Mapping[str, Any], heard: Conversation) -> None:
    role, content = word(message.get("role")), message.get("content")
    time = moment(fields.get("timestamp", message.get("timestamp")))
    if role == "toolResult":
        call_id = string(message.get("toolCallId"), "toolCallId")
        heard.result(call_id, text_of(content), error=message.get("isError") is True)
    elif role == "user":
        known = "id" in fields and "timestamp" in fields  # an id alone is of eight digits
        heard.say(role, text_of(content), time=time, turn_id=f"{fields['id']}@{fields['timestamp']}" if known else "")
    elif role == "assistant":
        parts = [] if isinstance(content, str) else [mapping(part, "content") for part in sequence(content, "content")]
        calls = [
            Asked.of(part.get("id"), part.get("name"), part.get("arguments"))
            for part in parts
            if part.get("type") == "toolCall"
        ]
        heard.say(role, text_of(content), calls, time)
        if message.get("stopReason") == "aborted":
            heard.say("user", INTERRUPTED, time=time)


def _branch(entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries from the root to the last one; all of them where they are no tree."""
    if not any(entry.parent for entry in entries):
        return list(entries)
    by_id = {entry.id: entry for entry in entries if entry.id}
    found: list[_Entry] = []
    entry: _Entry | None = entries[-1]
    while entry is not None:
        found.append(entry)
        by_id.pop(entry.id, None)  # so that a circle ends
        entry = by_id.get(entry.parent)
    return found[::-1]
