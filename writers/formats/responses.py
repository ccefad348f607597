"""OpenAI Responses: items, a list of them or an object that holds what went in and what came out.

    [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "..."}]},
     {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{}", "status": "completed"},
     {"type": "function_call_output", "call_id": "c1", "output": "..."}]
    {"id": "resp_1", "object": "response", "status": "completed", "input": "...", "output": [items]}

Calls and results belong together by ``call_id``. Calls that the provider runs itself (web search, code interpreter)
bring their result in the same item. Reasoning is not read. The format has no outcome of its own, but a response whose
``status`` is ``failed`` is a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from telltale.memory.canonical import to_json
from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.lines import Record

from . import Found, each
from .conversation import Asked, Conversation, read_only_hints, trace_of
from .shapes import bad_field, mapping, moment, sequence, string, text_of, word

NAME = "responses"
WHOLE_FILE = False
_CALLS = {  # the item's type -> where its arguments are; the name is the item's own, else its type's
    "function_call": "arguments",
    "custom_tool_call": "input",
    "computer_call": "action",
    "local_shell_call": "action",
    "shell_call": "action",
    "apply_patch_call": "operation",
    "mcp_call": "arguments",
    "web_search_call": "action",
    "file_search_call": "queries",
    "code_interpreter_call": "code",
    "image_generation_call": "prompt",
}
_NAMED = {"function_call", "custom_tool_call", "mcp_call"}
_OWN = {"mcp_call": "output", "web_search_call": "results", "file_search_call": "results"}
_OWN |= {"code_interpreter_call": "outputs"}
_OUTPUTS = {f"{kind}_output" for kind in _CALLS}
_PARTS = {"input_text", "output_text", "refusal", "input_image", "input_file"}


def matches(values: Sequence[Any]) -> bool:
    """Lists of items, or objects with such lists, of which at least one is no plain chat message."""
    return any(_is_responses(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace a record."""
    return each(records, lambda value: [_trace(value, source)])


def hear(item: Mapping[str, Any], conversation: Conversation) -> None:
    """Add one item to the conversation."""
    kind = word(item.get("type")) or "message"
    if kind in _CALLS:
        call_id = string(item.get("call_id", item.get("id")), "call_id")
        given = item.get(_CALLS[kind])
        named = {_CALLS[kind]: given} if given is not None and not isinstance(given, str | Mapping) else given
        name = item.get("name") if kind in _NAMED else kind.removesuffix("_call")
        conversation.say("assistant", "", [Asked.of(call_id, name, {"code": given} if kind[:4] == "code" else named)])
        if kind in _OWN and (item.get(_OWN[kind]) is not None or item.get("error")):
            error = item.get("error")
            conversation.result(call_id, _answer(error or item.get(_OWN[kind])), error=bool(error))
    elif kind in _OUTPUTS:
        failed = word(item.get("status")) in {"failed", "incomplete"}
        conversation.result(string(item.get("call_id"), "call_id"), _answer(item.get("output")), error=failed)
    elif kind == "message":
        role = word(item.get("role"))
        if role in {"user", "assistant"}:
            conversation.say(role, text_of(item.get("content")))
        elif role not in {"system", "developer", "tool", "critic", "discriminator", "unknown"}:
            raise RecordError("BAD_FIELD", "role: expected user, assistant, system or developer", field="role")


def _trace(value: Any, source: str) -> Trace:
    fields = value if isinstance(value, Mapping) else {}
    response = mapping(fields.get("response"), "response") or fields
    request = mapping(fields.get("request"), "request") or fields
    conversation = Conversation(read_only_hints(request.get("tools", response.get("tools"))))
    for item in _items(value, request, response):
        hear(mapping(item, "item"), conversation)
    if not len(conversation):
        raise RecordError("EMPTY_TRACE", "a response without items; leave it out, or record what was said")
    found = trace_of(_about(fields, response), conversation.turns(), name=NAME, source=source)
    if found.outcome is Outcome.UNKNOWN and word(response.get("status")) == "failed":
        return replace(found, outcome=Outcome.FAILURE, said_by="response status")
    return found


def _items(value: Any, request: Mapping[str, Any], response: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
        return
    asked = _given(request)
    yield from [{"role": "user", "content": asked}] if isinstance(asked, str) else sequence(asked, "input")
    yield from sequence(response.get("output"), "output")


def _about(fields: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, Any]:
    """What the record says of its run; a response's ``metadata`` is the caller's own, as is the record's."""
    told = dict(fields)
    told.setdefault("id", response.get("id"))
    told.setdefault("created", moment(response.get("created_at")))
    return told


def _answer(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(
        isinstance(part, Mapping) and word(part.get("type")) in _PARTS for part in value
    ):
        return text_of(value, "output")
    if not isinstance(value, Mapping | list):
        raise bad_field("output", value, "text, parts or an object")
    return to_json(value).decode()


def _is_responses(value: Any) -> bool:
    if isinstance(value, Mapping):
        if value.get("object") == "response":
            return isinstance(value.get("output"), list)
        inner = value.get("response")
        return _is_responses(inner) if isinstance(inner, Mapping) else _has_item(_given(value))
    return _has_item(value)


def _given(fields: Mapping[str, Any]) -> Any:
    return next((fields[name] for name in ("input", "items", "messages") if name in fields), None)


def _has_item(items: Any) -> bool:
    return isinstance(items, list) and any(isinstance(item, Mapping) and _is_item(item) for item in items)


def _is_item(item: Mapping[str, Any]) -> bool:
    kind = word(item.get("type"))
    content = item.get("content")
    parts = content if isinstance(content, list) else []
    if kind in _OUTPUTS or (kind in _CALLS and {"call_id", "id", "status"} & item.keys()):
        return True
    if kind == "reasoning" and {"summary", "encrypted_content"} & item.keys():
        return True
    return "role" in item and any(isinstance(part, Mapping) and word(part.get("type")) in _PARTS for part in parts)
