"""OpenAI chat messages: a list of them, or an object with ``messages`` and what else is known of the run.

    {"id": "t1", "context": {...}, "outcome": "success", "tools": [...], "messages": [
      {"role": "user", "content": "..."},
      {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}]},
      {"role": "tool", "tool_call_id": "c1", "content": "..."}]}

System and developer messages are not read. The format has no outcome of its own: it comes with the record or beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found, each
from .conversation import Asked, Conversation, fields_of, messages_of, read_only_hints, trace_of
from .shapes import mapping, moment, sequence, string, text_of, word

NAME = "openai"
WHOLE_FILE = False
ROLES = {"system", "developer", "user", "assistant", "tool", "function"}

# Scaffolds act in fenced text and put what came of it into user turns: read as a chat, the user would seem to say it.
_OBSERVED = re.compile(r"\s*(?:<returncode>|observation:)", re.IGNORECASE)


def matches(values: Sequence[Any]) -> bool:
    """Lists of messages with known roles, none of them a scaffold's observation in a user's mouth."""
    return any(_is_chat(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace a record."""
    return each(records, lambda value: [_trace(value, source)])


def hear(message: Mapping[str, Any], conversation: Conversation) -> None:
    """Add one message to the conversation."""
    role = word(message.get("role"))
    if role not in ROLES:
        raise RecordError("BAD_FIELD", f"role: expected one of {', '.join(sorted(ROLES))}", field="role")
    text = text_of(message.get("content"))
    if role in {"tool", "function"}:
        call_id = message.get("tool_call_id") or message.get("id") or message.get("name")
        conversation.result(string(call_id, "tool_call_id"), text, error=message.get("error") is True)
    elif role in {"user", "assistant"}:
        calls = calls_of(message) if role == "assistant" else []
        conversation.say(role, text, calls, moment(message.get("timestamp")))


def _trace(value: Any, source: str) -> Trace:
    messages, fields = messages_of(value), fields_of(value)
    conversation = Conversation(read_only_hints(fields.get("tools")))
    for message in messages:
        hear(mapping(message, "message"), conversation)
    return trace_of(fields, conversation.turns(), name=NAME, source=source)


def calls_of(message: Mapping[str, Any]) -> list[Asked]:
    """The tool calls of a message, in either of OpenAI's shapes."""
    found = []
    for entry in sequence(message.get("tool_calls"), "tool_calls"):
        call = mapping(entry, "tool_calls")
        made = mapping(call.get("function"), "function") or call
        found.append(Asked.of(call.get("id"), made.get("name"), made.get("arguments")))
    if message.get("function_call") is not None:
        made = mapping(message["function_call"], "function_call")
        found.append(Asked.of(made.get("name"), made.get("name"), made.get("arguments")))
    return found


def _is_chat(value: Any) -> bool:
    messages = value.get("messages") if isinstance(value, Mapping) else value
    if not isinstance(messages, list) or (isinstance(value, Mapping) and "trajectory_format" in value):
        return False
    known = all(isinstance(message, Mapping) and word(message.get("role")) in ROLES for message in messages[:8])
    return known and not any(_is_observation(message) for message in messages)


def _is_observation(message: Any) -> bool:
    if not isinstance(message, Mapping) or message.get("role") != "user":
        return False
    content = message.get("content")
    return isinstance(content, str) and _OBSERVED.match(content) is not None
