"""Gemini CLI sessions: one JSON document, or JSON lines in which later lines change what earlier ones said.

    {"sessionId": "s", "projectHash": "...", "messages": [
      {"id": "m1", "type": "user", "content": "..."},
      {"id": "m2", "type": "gemini", "content": "...", "toolCalls": [{"id": "c1", "name": "f", "args": {},
       "result": [{"functionResponse": {"response": {"output": "..."}}}], "status": "success"}]}]}

In lines the header comes first and the messages follow; a message told again replaces itself, ``$rewindTo`` takes back
from a message on, ``$set`` changes the header. Thoughts and slash commands are not read. No outcome of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found, together
from .conversation import INTERRUPTED, Asked, Conversation
from .shapes import mapping, moment, sequence, string, text_of, word

NAME = "gemini-cli"
WHOLE_FILE = True

_COMMAND = re.compile(r"[/?][a-z-]*(?:\s[^\n]{0,80})?")  # /chat save x


@dataclass(slots=True)
class _Session:
    header: dict[str, Any] = field(default_factory=dict)
    heard: dict[str, Conversation] = field(default_factory=dict)  # by message

    def hear(self, value: Any) -> None:
        """One line or the whole document. Raises RecordError for what cannot be taken."""
        fields = mapping(value, "line")
        if "$rewindTo" in fields:
            self._rewind(string(fields["$rewindTo"], "$rewindTo"))
        elif "$set" in fields:
            self._set(mapping(fields["$set"], "$set"))
        elif "type" in fields:
            self._message(fields, len(self.heard))
        elif "sessionId" in fields:
            self._set(fields)
        else:
            raise RecordError("BAD_FIELD", "a line that is no header, message or change of one", field="type")

    def _rewind(self, message_id: str) -> None:
        ids = list(self.heard)
        for taken_back in ids[ids.index(message_id) :] if message_id in ids else ():
            del self.heard[taken_back]

    def _set(self, fields: Mapping[str, Any]) -> None:
        self.header |= {name: value for name, value in fields.items() if name != "messages"}
        for place, message in enumerate(sequence(fields.get("messages"), "messages")):
            self._message(mapping(message, "messages"), place)

    def _message(self, message: Mapping[str, Any], place: int) -> None:
        heard, kind = Conversation(), word(message.get("type"))
        if kind in {"user", "gemini"}:
            _hear(message, kind, heard)
        elif kind == "info" and word(message.get("content")).startswith("Request cancelled"):
            heard.say("user", INTERRUPTED, time=moment(message.get("timestamp")))
        self.heard[string(message.get("id"), "id") or f"line {place}"] = heard

    def trace(self, source: str) -> Trace | None:
        """All of it; None for a session in which nobody spoke."""
        conversation = Conversation()
        for heard in self.heard.values():
            conversation.hear(heard)
        if not (turns := conversation.turns()):
            return None
        return Trace(
            trace_id=word(self.header.get("sessionId")),
            format=NAME,
            turns=turns,
            source=source,
            time=moment(self.header.get("startTime")),
            parent=word(self.header.get("parentSessionId")),
        )


def matches(values: Sequence[Any]) -> bool:
    """A header with a session and a project, or what Gemini said."""
    return any(isinstance(value, Mapping) and _is_line(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """Rejects as they come, then the one session; None for one in which nobody spoke."""
    session = _Session()
    return together(records, session.hear, lambda: session.trace(source))


def _is_line(value: Mapping[str, Any]) -> bool:
    if "sessionId" in value and ("projectHash" in value or ("startTime" in value and "lastUpdated" in value)):
        return True
    return value.get("type") == "gemini" and "content" in value


def _hear(message: Mapping[str, Any], kind: str, heard: Conversation) -> None:
    content = message.get("content")
    text = text_of([content] if isinstance(content, Mapping) else content)
    calls = [mapping(call, "toolCalls") for call in sequence(message.get("toolCalls"), "toolCalls")]
    for call in calls:
        result, failed = _result(call)
        heard.result(string(call.get("id"), "id"), result, error=failed)
    if kind == "gemini" or not _COMMAND.fullmatch(text.strip()):
        asked = [Asked.of(call.get("id"), call.get("name"), call.get("args")) for call in calls]
        heard.say("user" if kind == "user" else "assistant", text, asked, moment(message.get("timestamp")))


def _result(call: Mapping[str, Any]) -> tuple[str, bool]:
    """What a tool answered, and whether it says that the call failed."""
    failed = call.get("status") in ("error", "cancelled")
    if failed and isinstance(call.get("error"), str):
        return call["error"], True
    result = call.get("result")
    parts = [result] if isinstance(result, str | Mapping) else sequence(result, "result")
    return "\n".join(found for found in map(_part, parts) if found), failed


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    fields = mapping(part, "result")
    response = mapping(fields.get("functionResponse"), "functionResponse").get("response")
    if not isinstance(response, Mapping):
        return string(fields.get("text"), "text") if response is None else string(response, "response")
    said = response.get("output", response.get("error"))
    return said if isinstance(said, str) else json.dumps(response, ensure_ascii=False)
