"""Claude Code sessions: JSON lines that make a tree by ``parentUuid``.

    {"type": "assistant", "uuid": "u2", "parentUuid": "u1", "sessionId": "s", "timestamp": "...",
     "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "Write", "input": {}}]}}

The main thread is one trace, every sidechain (a subagent's run) one of its own. Of several prompts that answer the same
line the last counts: the others were taken back, with all below them. Bookkeeping, commands, reminders and summaries of
what the session held before are nobody's turn. Bad lines are rejects, the rest is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found, anthropic
from .conversation import Conversation
from .shapes import mapping, moment, sequence, string, word

NAME = "claude-code"
WHOLE_FILE = True

_BOOKKEEPING = {"summary", "file-history-snapshot", "custom-title", "ai-title", "agent-name", "last-prompt"}
_NOT_SAID = re.compile(
    r"\s*(?:Caveat: The messages below|This session is being continued from a previous conversation"
    r"|<(?:command-|local-command-|bash-|user-memory-|task-notification)|\[Request interrupted by user)"
)
_REMINDER = re.compile(r"<(system-reminder|ide_[a-z_]{1,30})>[^<]*+(?:<(?!/\1>)[^<]*+)*+</\1>")


@dataclass(frozen=True, slots=True)
class _Line:
    record: Record
    uuid: str
    parent: str
    session: str
    sidechain: bool
    time: float | None
    heard: Conversation  # empty: a line that only links others

    @property
    def prompts(self) -> bool:
        return self.heard.said_by("user")


def matches(values: Sequence[Any]) -> bool:
    """Lines with a session and a message, or the bookkeeping that sessions begin with."""
    return any(isinstance(value, Mapping) and _is_line(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """Rejects as they come, then the main thread and the sidechains in order of their first line."""
    lines: dict[str, _Line] = {}
    for record in records:
        try:
            line = _line(record)
        except RecordError as error:
            yield Found(record, error)
        else:
            lines.setdefault(line.uuid, line)  # a resumed session repeats the lines it goes on from
    for thread in _threads(list(lines.values())):
        yield Found(thread[0].record, _trace(thread, source))


def _is_line(value: Mapping[str, Any]) -> bool:
    kind = value.get("type")
    if word(kind) in _BOOKKEEPING:
        return bool({"leafUuid", "messageId", "sessionId"} & value.keys())
    said = kind in ("user", "assistant", None) and isinstance(value.get("message"), Mapping)
    return said and "sessionId" in value and ("uuid" in value or "requestId" in value)


def _line(record: Record) -> _Line:
    if record.error is not None:
        raise record.error
    fields = mapping(record.value, "line")
    return _Line(
        record=replace(record, value=None),
        uuid=string(fields.get("uuid"), "uuid") or f"line {record.line}",
        parent=string(fields.get("parentUuid"), "parentUuid"),
        session=string(fields.get("sessionId"), "sessionId"),
        sidechain=fields.get("isSidechain") is True,
        time=moment(fields.get("timestamp")),
        heard=_heard(fields),
    )


def _heard(fields: Mapping[str, Any]) -> Conversation:
    heard, kind = Conversation(), word(fields.get("type"))
    if not kind and "message" not in fields:
        raise RecordError("BAD_FIELD", "type: found none, expected user, assistant, system, ...", field="type")
    unsaid = any(fields.get(mark) is True for mark in ("isMeta", "isCompactSummary", "isApiErrorMessage"))
    if kind in {"user", "assistant", ""} and not unsaid:
        message = mapping(fields.get("message"), "message")
        anthropic.hear(_cleaned(message), heard, moment(fields.get("timestamp")))
    return heard


def _cleaned(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A user's message without what no user said."""
    content = message.get("content")
    if message.get("role") != "user" or content is None:
        return message
    if isinstance(content, str):
        return {**message, "content": _said(content)}
    blocks = [mapping(block, "content") for block in sequence(content, "content")]
    return {**message, "content": [_cleaned_block(block) for block in blocks]}


def _cleaned_block(block: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**block, "text": _said(string(block.get("text"), "text"))} if block.get("type") == "text" else block


def _said(text: str) -> str:
    text = _REMINDER.sub("", text).strip()
    return "" if _NOT_SAID.match(text) else text


def _threads(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """The lines of the main thread, then of each sidechain, without what was taken back and what only links."""
    threads: dict[str, list[_Line]] = {"": []}
    thread_of: dict[str, str] = {}
    dropped = _taken_back(lines)
    for line in lines:
        thread_of[line.uuid] = (thread_of.get(line.parent) or line.uuid) if line.sidechain else ""
        if line.uuid not in dropped and line.heard:
            threads.setdefault(thread_of[line.uuid], []).append(line)
    return (thread for thread in threads.values() if thread)


def _taken_back(lines: Sequence[_Line]) -> set[str]:
    prompts = [line for line in lines if line.prompts and line.parent and not line.sidechain]
    last = {line.parent: line.uuid for line in prompts}
    dropped = {line.uuid for line in prompts if last[line.parent] != line.uuid}
    for line in lines:
        if line.parent in dropped:
            dropped.add(line.uuid)
    return dropped


def _trace(thread: Sequence[_Line], source: str) -> Trace:
    conversation = Conversation()
    for line in thread:
        conversation.hear(line.heard)
    first = thread[0]
    return Trace(
        trace_id=f"{first.session}/{first.uuid}" if first.sidechain else first.session,
        format=NAME,
        turns=conversation.turns(),
        source=source,
        time=first.time,
    )
