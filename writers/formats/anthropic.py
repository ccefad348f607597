"""Anthropic messages: calls are ``tool_use`` blocks with an object as input, results sit in user turns.

    [{"role": "user", "content": "..."},
     {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {}}]},
     {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "...", "is_error": false}]}]

A list of them, or an object with ``messages`` and what else is known of the run. Thinking blocks are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found, each
from .conversation import Asked, Conversation, fields_of, messages_of, read_only_hints, trace_of
from .dialects import text_in
from .shapes import mapping, moment, sequence, string, text_of, word

NAME = "anthropic"
WHOLE_FILE = False
_CALLS = {"tool_use", "server_tool_use", "mcp_tool_use"}
_TELLING = _CALLS | {"thinking", "redacted_thinking"}
_UNREAD = {"text", "image", "document", "tool_reference"}
_RESULT = "tool_result"  # and mcp_tool_result, web_search_tool_result, code_execution_tool_result, ...


def matches(values: Sequence[Any]) -> bool:
    """Lists of messages in which some block calls a tool, answers one, or thinks."""
    return any(_is_anthropic(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace a record."""
    return each(records, lambda value: [_trace(value, source)])


def hear(
    message: Mapping[str, Any], conversation: Conversation, time: float | None = None, *, turn_id: str = ""
) -> None:
    """Add one message to the conversation."""
    role = word(message.get("role"))
    if role == "system":
        return
    if role not in {"user", "assistant"}:
        raise RecordError("BAD_FIELD", "role: expected user or assistant", field="role")
    content = message.get("content")
    if content is None:
        raise RecordError("BAD_FIELD", "a message without content", field="content")
    blocks = [] if isinstance(content, str) else [mapping(block, "content") for block in sequence(content, "content")]
    for block in blocks:
        if word(block.get("type")).endswith(_RESULT):
            result = _answer(block.get("content"))
            conversation.result(string(block.get("tool_use_id"), "id"), result, error=block.get("is_error") is True)
    calls = [
        Asked.of(block.get("id"), block.get("name"), block.get("input"))
        for block in blocks
        if word(block.get("type")) in _CALLS and role == "assistant"
    ]
    conversation.say(role, text_of(content), calls, time, turn_id=turn_id)


def _trace(value: Any, source: str) -> Trace:
    messages, fields = messages_of(value), fields_of(value)
    conversation = Conversation(read_only_hints(fields.get("tools")))
    for message in messages:
        hear(mapping(message, "message"), conversation, moment(mapping(message, "message").get("timestamp")))
    return trace_of(fields, conversation.turns(), name=NAME, source=source)


def _answer(content: Any) -> str:
    """The text of a result's blocks; of those that have none (the provider's own tools) all that they say."""
    text = "" if isinstance(content, Mapping) else text_of(content, "tool_result.content")
    parts = content if isinstance(content, list) else [content]
    shown = [part for part in parts if isinstance(part, Mapping) and word(part.get("type")) not in _UNREAD]
    return text or "\n".join(map(text_in, shown))


def _is_anthropic(value: Any) -> bool:
    messages = value.get("messages") if isinstance(value, Mapping) else value
    if not isinstance(messages, list):
        return False
    return any(_has_blocks(message) for message in messages)


def _has_blocks(message: Any) -> bool:
    if not isinstance(message, Mapping) or word(message.get("role")) not in {"user", "assistant"}:
        return False
    content = message.get("content")
    blocks = [block for block in content if isinstance(block, Mapping)] if isinstance(content, list) else []
    return any(word(block.get("type")) in _TELLING or word(block.get("type")).endswith(_RESULT) for block in blocks)
