"""Codex rollouts: JSON lines of ``{timestamp, type, payload}``.

    {"timestamp": "...", "type": "session_meta", "payload": {"id": "...", "cwd": "/r"}}
    {"timestamp": "...", "type": "response_item", "payload": {"type": "function_call", "call_id": "c1", "name": "shell",
     "arguments": "{}"}}
    {"timestamp": "...", "type": "response_item", "payload": {"type": "function_call_output", "call_id": "c1",
     "output": "..."}}

What a user said is read from the events, since items of a user's role may be injected; from the items where there are
no events. Reasoning, compactions and turns that were rolled back are not read. No outcome of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found, together
from .conversation import INTERRUPTED, Asked, Conversation
from .shapes import arguments, mapping, moment, sequence, string, text_of, word

NAME = "codex"
WHOLE_FILE = True

_TYPES = {"session_meta", "turn_context", "response_item", "event_msg", "compacted"}
_ITEMS = {"message", "reasoning", "function_call", "function_call_output", "local_shell_call"}
_CALLS = {"function_call", "custom_tool_call", "local_shell_call", "web_search_call", "mcp_tool_call"}
_INJECTED = re.compile(
    r"\s*(?:<(?:environment_context|user_instructions|permissions|turn_aborted|collaboration_mode|subagent_notification"
    r"|skills?|apps_instructions|personality_spec|INSTRUCTIONS|user_shell_command)\b|# AGENTS\.md instructions)"
)
_EXITED = re.compile(r"(?:Exit code:|Process exited with code) (-?\d+)")
_OUTPUT = re.compile(r"\A(?:[A-Z][^\n]{0,80}\n){1,6}Output:\n")  # the lines before it say how long it took
_BOOKKEEPING = {"update_plan": True}


@dataclass(slots=True)
class _Session:
    """What was heard of a rollout so far."""

    trace_id: str = ""
    parent: str = ""
    turn_id: str = ""
    time: float | None = None
    said: list[tuple[str, Conversation]] = field(default_factory=list)  # by kind: "user item", "user event", ...
    unanswered: dict[str, None] = field(default_factory=dict)  # calls that the user declined or interrupted

    def hear(self, value: Any) -> None:
        """One line. Raises RecordError for what cannot be taken."""
        line = mapping(value, "line")
        kind, payload = word(line.get("type")), line.get("payload")
        if "payload" not in line:  # as the first releases wrote it
            kind, payload = "response_item" if kind in _ITEMS else "session_meta", line
            if kind == "session_meta" and not {"id", "record_type"} & line.keys():
                raise RecordError("BAD_FIELD", "payload: found none in a line of a rollout", field="payload")
        payload, time = mapping(payload, "payload"), moment(line.get("timestamp"))
        self.time = time if self.time is None else self.time
        if kind == "session_meta":
            self._meta(payload)
        elif kind == "turn_context":
            self.turn_id = string(payload.get("turn_id"), "turn_id") or self.turn_id
        elif kind == "response_item":
            self._item(payload, time)
        elif kind == "event_msg":
            self._event(payload, time)

    def _meta(self, payload: Mapping[str, Any]) -> None:
        if not self.trace_id:  # a fork repeats its source's own after its own
            self.trace_id = string(payload.get("id"), "id")
            self.parent = string(payload.get("parent_thread_id"), "parent_thread_id") or _spawned_by(payload)

    def _item(self, item: Mapping[str, Any], time: float | None) -> None:
        heard, kind = Conversation(_BOOKKEEPING), word(item.get("type"))
        if kind == "message" and item.get("role") in ("user", "assistant"):
            role, text = item["role"], text_of(item.get("content"))
            if role == "assistant" or not _INJECTED.match(text):
                heard.say(role, text, time=time, turn_id=self._id(role))
                self.said.append((f"{role} item", heard))
        elif kind in _CALLS:
            call = _call(kind, item)
            heard.say("assistant", "", [call], time)
            self.said.append(("call", heard))
            self.unanswered |= {} if kind == "web_search_call" else {call.call_id: None}
        elif kind.endswith("_output"):
            text, failed = _output(item.get("output"))
            call_id = string(item.get("call_id"), "call_id")
            heard.result(call_id, text, error=failed)
            self.unanswered.pop(call_id, None)
            self.said.append(("result", heard))

    def _event(self, event: Mapping[str, Any], time: float | None) -> None:
        kind = word(event.get("type"))
        if kind in {"task_started", "turn_started"}:
            self.turn_id = string(event.get("turn_id"), "turn_id") or self.turn_id
        elif kind in {"user_message", "agent_message"}:
            role, heard = ("user" if kind == "user_message" else "assistant"), Conversation()
            heard.say(role, string(event.get("message"), "message"), time=time, turn_id=self._id(role))
            self.said.append((f"{role} event", heard))
        elif kind == "turn_aborted":
            heard = Conversation()
            heard.say("user", INTERRUPTED, time=time)
            self.said.append(("interruption", heard))
        elif kind == "thread_rolled_back":
            self._take_back(event.get("num_turns"))

    def _id(self, role: str) -> str:
        return self.turn_id if role == "user" else ""

    def _take_back(self, turns: Any) -> None:
        kinds = [kind for kind, _ in self.said]
        asked = [
            at for at, kind in enumerate(kinds) if kind == ("user event" if "user event" in kinds else "user item")
        ]
        if isinstance(turns, int) and 0 < turns <= len(asked):
            del self.said[asked[-turns] :]

    def trace(self, source: str) -> Trace | None:
        """All of it; None for a session in which nobody spoke."""
        kinds = {kind for kind, _ in self.said}
        unheard = {"user item"} & kinds if "user event" in kinds else set()
        unheard |= {"assistant event"} & kinds if "assistant item" in kinds else set()
        conversation = Conversation(_BOOKKEEPING)
        for kind, heard in self.said:
            if kind not in unheard:
                conversation.hear(heard)
        for call_id in self.unanswered:
            conversation.result(call_id, "interrupted", error=True)
        if not (turns := conversation.turns()):
            return None
        return Trace(
            trace_id=self.trace_id, format=NAME, turns=turns, source=source, time=self.time, parent=self.parent
        )


def matches(values: Sequence[Any]) -> bool:
    """Lines with a type and a payload, as only rollouts have them."""
    return any(
        isinstance(value, Mapping) and word(value.get("type")) in _TYPES and isinstance(value.get("payload"), Mapping)
        for value in values
    )


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """Rejects as they come, then the one session; None for one in which nobody spoke."""
    session = _Session()
    return together(records, session.hear, lambda: session.trace(source))


def _spawned_by(payload: Mapping[str, Any]) -> str:
    source = payload.get("source")
    spawn = source.get("subagent") if isinstance(source, Mapping) else None
    thread = spawn.get("thread_spawn") if isinstance(spawn, Mapping) else None
    return word(thread.get("parent_thread_id")) if isinstance(thread, Mapping) else ""


def _call(kind: str, item: Mapping[str, Any]) -> Asked:
    call_id = item.get("call_id") or item.get("id")
    if kind == "local_shell_call":
        return Asked.of(call_id, "shell", _unwrapped(mapping(item.get("action"), "action")))
    if kind == "web_search_call":
        return Asked.of(call_id, "web_search", mapping(item.get("action"), "action"))
    if kind == "custom_tool_call":
        return Asked.of(call_id, item.get("name"), {"input": item.get("input")})
    return Asked.of(call_id, item.get("name"), _unwrapped(arguments(item.get("arguments"))))


def _unwrapped(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments with ``["bash", "-lc", "ls"]`` as the command it runs."""
    command = given.get("command")
    if isinstance(command, list) and len(command) == 3 and command[1] in ("-lc", "-c"):
        return {**given, "command": command[2]}
    return given


def _output(output: Any) -> tuple[str, bool]:
    """What came back, and whether it says that the call failed: text, parts, or JSON text with an exit code."""
    fields = arguments(output) if isinstance(output, str) and output.startswith("{") else output
    if isinstance(fields, Mapping) and ("output" in fields or "content" in fields):
        code = mapping(fields.get("metadata"), "metadata").get("exit_code")
        inner = fields.get("output", fields.get("content"))
        return _words(inner), fields.get("success") is False or code not in (None, 0)
    text = _words(output)
    exited = _EXITED.search(text[:300])
    return _OUTPUT.sub("", text, count=1), exited is not None and exited[1] != "0"


def _words(value: Any) -> str:
    return text_of(value if isinstance(value, str | None) else sequence(value, "output"))
