"""Claude Code sessions: JSON lines that make a tree by ``parentUuid``.

    {"type": "assistant", "uuid": "u2", "parentUuid": "u1", "sessionId": "s", "timestamp": "...",
     "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "Write", "input": {}}]}}

The main thread of a session is one trace, every sidechain (a subagent's run) one of its own that names the session as
its parent. A resumed session goes on in the one that it repeats. Of several prompts that answer the same line the last
counts: the others were taken back, with all below them. Bookkeeping, commands, reminders and summaries of what the
session held before are nobody's turn. Bad lines are rejects, the rest is read.
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
    r"|<(?:command-|local-command-|bash-|user-memory-|task-notification))"
)
_INTERRUPTED = "[Request interrupted by user"  # ... for tool use]
_REMINDER = re.compile(r"<(system-reminder|ide_[a-z_]{1,30})>[^<]*+(?:<(?!/\1>)[^<]*+)*+</\1>")


@dataclass(frozen=True, slots=True)
class _Line:
    record: Record
    uuid: str
    parent: str
    session: str
    sidechain: bool
    agent: str  # a subagent's id; empty where it has none
    time: float | None
    heard: Conversation  # empty: a line that only links others

    @property
    def prompts(self) -> bool:
        turns = self.heard.turns()
        return any(turn.role == "user" and not turn.text.startswith(_INTERRUPTED) for turn in turns)


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
    threads = list(_threads(list(lines.values())))
    for thread in threads:
        yield Found(thread[0].record, _trace(thread, source))
    if lines and not threads:
        yield Found(next(iter(lines.values())).record, None)  # nobody spoke


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
        agent=string(fields.get("agentId"), "agentId"),
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
        if "content" in message or "usage" not in message:  # logs of what was spent leave out what was said
            anthropic.hear(_cleaned(message), heard, moment(fields.get("timestamp")), turn_id=_turn_id(fields))
    return heard


def _turn_id(fields: Mapping[str, Any]) -> str:
    """The same in every copy: a resumed session repeats lines under a new session's id."""
    known = [string(fields.get(name), name) for name in ("uuid", "timestamp")]
    return "@".join(known) if all(known) else ""


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
    """The lines of each session, then of each sidechain, without what was taken back and what only links."""
    main: dict[str, list[_Line]] = {}
    side: dict[str, list[_Line]] = {}
    thread_of: dict[str, str] = {}  # by line
    session_of: dict[str, str] = {}  # by the id it goes under since it was resumed
    dropped = _taken_back(lines)
    for line in lines:
        before = thread_of.get(line.parent)
        if line.sidechain:
            thread_of[line.uuid] = line.agent or before or line.uuid
        else:
            thread_of[line.uuid] = session_of.setdefault(line.session, before or line.session)
        if line.uuid not in dropped and line.heard:
            (side if line.sidechain else main).setdefault(thread_of[line.uuid], []).append(line)
    yield from _with_prompts(main.values())
    yield from side.values()


def _with_prompts(sessions: Iterable[list[_Line]]) -> list[list[_Line]]:
    """The sessions, those in which nobody asks for anything joined to the one before."""
    found: list[list[_Line]] = []
    for lines in sessions:
        if found and not any(line.prompts for line in lines):
            found[-1] += lines
        else:
            found.append(lines)
    return found


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
        trace_id=f"{first.session}/{first.agent or first.uuid}" if first.sidechain else first.session,
        format=NAME,
        turns=conversation.turns(),
        source=source,
        time=first.time,
        parent=first.session if first.sidechain else "",
    )
