"""Messages as any provider writes them: who spoke, what was said, which tools were called and what they answered.

Reads chat messages, content blocks, parts, items of responses, LangChain's and Vercel's, one or many of them, as
objects or as JSON text. Made for telemetry, where one field may hold any of these: what it does not know it passes
over, and nothing raises. Where a format has one shape only, its own module is stricter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telltale.memory.canonical import to_json
from telltale.memory.errors import RecordError
from telltale.writers import strict_json
from telltale.writers.caps import ROUGH, cap

from .conversation import Asked
from .shapes import word

_ROLES = {
    **dict.fromkeys(("user", "human", "humanmessage", "humanmessagechunk", "input"), "user"),
    **dict.fromkeys(("assistant", "ai", "model", "aimessage", "aimessagechunk", "choice", "chatbot"), "assistant"),
    **dict.fromkeys(("tool", "function", "toolmessage", "functionmessage"), "tool"),
    **dict.fromkeys(("system", "developer", "systemmessage"), "system"),
}
_MANY = ("messages", "contents", "history", "events")
_ONE = ("message", "new_message", "choices", "generations", "candidates", "output", "response", "request")
_ASKED = ("prompt", "input", "question", "query", "task", "user_input", "goal", "instruction", "instructions", "topic")
_TOLD = ("text", "output", "answer", "result", "final_output", "final_result", "completion", "object")
_CALLS = {"tool_call", "tool_use", "server_tool_use", "mcp_tool_use", "function_call", "tool-call", "custom_tool_call"}
_RESULTS = {
    *("tool_call_response", "tool_result", "mcp_tool_result", "web_search_tool_result", "function_call_output"),
    *("tool-result", "custom_tool_call_output"),
}
_TEXTS = {"text", "input_text", "output_text", "markdown"}
_NOTHING = {"None", "null", "NaN"}
_DEEPEST = 8
_ANSWERS = 8  # messages that one answer may have


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool answered; ``call_id`` or ``tool`` says which call it belongs to."""

    call_id: str
    tool: str
    text: str
    error: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    role: str  # "user" | "assistant" | "system" | "tool"
    text: str = ""
    calls: tuple[Asked, ...] = ()
    results: tuple[Result, ...] = ()
    plain: bool = False  # text that was not told to be a message


def messages(value: Any, role: str = "") -> tuple[Said, ...]:
    """The messages in ``value``, in order; ``role`` is who speaks where they do not say.

    Without a ``role`` only what is told apart as messages is taken. With one, so is plain text, and the text under a
    name that is usual for it.
    """
    return tuple(_messages(opened(value), role, 0))


def answer(value: Any) -> tuple[Said, ...]:
    """What a model gave back: its messages, those that are pieces of one stream joined, or else all of it as text."""
    found = messages(value, "assistant")
    if not found and isinstance(value, str):
        return tuple(_plain(value, "assistant"))
    if len(found) > _ANSWERS and all(said.role == "assistant" and not said.calls for said in found):
        return (Said("assistant", cap("".join(said.text for said in found), ROUGH)),)
    return found


def opened(value: Any) -> Any:
    """``value``, parsed where it is the text of a JSON object, list or string."""
    if not isinstance(value, str) or value.lstrip()[:1] not in {"{", "[", '"'}:
        return value
    try:
        return strict_json.loads(value.encode("utf-8", "replace"))
    except RecordError:
        return value


def text_in(value: Any) -> str:
    """What a tool answered, as text: its content where it is a message, else itself."""
    value = opened(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        for name in ("content", "text", "value", "output", "result", "response"):
            if isinstance(value.get(name), str) and (len(value) == 1 or "type" in value or "role" in value):
                return str(value[name])
    if isinstance(value, list) and value and all(isinstance(part, Mapping) and "text" in part for part in value):
        return "\n".join(word(part["text"]) for part in value)
    return "" if value is None else to_json(value).decode()


def asked(call_id: Any, tool: Any, given: Any) -> Iterator[Asked]:
    """The call, if it names its tool."""
    if isinstance(tool, str) and tool.strip():
        yield Asked.of(call_id if isinstance(call_id, str | int) else "", tool, given)


def _messages(value: Any, role: str, depth: int) -> Iterator[Said]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from _plain(value, role)
    elif isinstance(value, Mapping):
        yield from _in_object(value, role, depth)
    elif isinstance(value, list):
        yield from _in_list(value, role, depth)


def _plain(text: str, role: str) -> Iterator[Said]:
    if role and text.strip() and text.strip() not in _NOTHING:
        yield Said(role, cap(text, ROUGH), plain=True)


def _in_list(values: Sequence[Any], role: str, depth: int) -> Iterator[Said]:
    if values and isinstance(values[0], list):  # a batch of conversations: the first
        values = values[0]
    if values and all(isinstance(value, Mapping) and not _role(value) and _is_part(value) for value in values):
        yield from _message({"role": role or "assistant", "content": values})
        return
    for value in values:
        if isinstance(value, Mapping):
            yield from _in_object(value, "assistant" if role == "assistant" else "", depth)
        elif isinstance(value, str) and len(values) == 1:
            yield from _plain(value, role)


def _in_object(value: Mapping[str, Any], role: str, depth: int) -> Iterator[Said]:
    found: list[Said] = []
    if _role(value) or word(value.get("type")) in _CALLS | _RESULTS:
        yield from _message(value)
        return
    for name in _MANY:
        if isinstance(held := opened(value.get(name)), list | Mapping) and not found:
            found += _messages(held, "", depth + 1)
    for name in () if found else _ONE:
        held = opened(value.get(name))
        held = held[:1] if name in {"choices", "generations", "candidates"} and isinstance(held, list) else held
        if isinstance(held, list | Mapping) and not found:
            found += _messages(held, role, depth + 1)
    if not found and {"parts", "content", "tool_calls", "kwargs", "toolCalls"} & value.keys():
        found += _message({"role": role, **value}) if role or "kwargs" in value else ()
    yield from found or _named(value, role, depth)


def _named(value: Mapping[str, Any], role: str, depth: int) -> Iterator[Said]:
    """The text under a usual name; a traced function's arguments where they are one text."""
    for name in _ASKED if role == "user" else _TOLD if role == "assistant" else ():
        held = opened(value.get(name))
        if found := tuple(_messages(held, role, depth + 1)):
            yield from found
            return
    given = value.get("args")
    if role == "user" and isinstance(given, list) and len(given) == 1 and isinstance(given[0], str):
        yield from _plain(given[0], role)


def _role(value: Mapping[str, Any]) -> str:
    if isinstance(value.get("role"), str):
        return _ROLES.get(value["role"].lower(), "")
    if isinstance(value.get("id"), list) and value["id"]:  # LangChain's own serialisation
        return _ROLES.get(word(value["id"][-1]).lower(), "")
    named = "content" in value or "data" in value
    return _ROLES.get(word(value.get("type")).lower(), "") if named else ""


def _message(value: Mapping[str, Any]) -> Iterator[Said]:
    kind = word(value.get("type"))
    if kind in _CALLS | _RESULTS and "role" not in value:
        yield from _of_parts("tool" if kind in _RESULTS else "assistant", [value], value)
        return
    inner = value.get("kwargs", value.get("data"))
    role = _role(value)
    if isinstance(inner, Mapping):
        value = {**value, **inner}
    content = value.get("parts", value.get("contents", value.get("content")))
    if isinstance(content, Mapping) and "parts" in content:
        content = content["parts"]
    parts = content if isinstance(content, list) else [content]
    yield from _of_parts(role or "assistant", parts, value)


def _of_parts(role: str, parts: Iterable[Any], value: Mapping[str, Any]) -> Iterator[Said]:
    texts: list[str] = []
    calls: list[Asked] = []
    results: list[Result] = []
    for part in map(_unwrapped, parts):
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            texts += _text(part)
            calls += _call(part)
            results += _result(part)
    text = cap("\n".join(text for text in texts if text.strip()), ROUGH)
    if role == "assistant":
        calls += _calls_beside(value)
        if not calls and (calls := list(_calls_in(text))):
            text = ""
        text = "" if text in _NOTHING else text
    if role == "tool" and not results:
        id_ = word(value.get("tool_call_id")) or word(value.get("id"))
        results, text = [Result(id_, word(value.get("name")), text, value.get("status") == "error")], ""
    role = "tool" if results and not text else role
    if text or calls or results:
        yield Said(role, text, tuple(calls), tuple(results))


def _unwrapped(part: Any) -> Any:
    return part["message_content"] if isinstance(part, Mapping) and "message_content" in part else part


def _is_part(value: Mapping[str, Any]) -> bool:
    kind = word(value.get("type"))
    return kind in _TEXTS or bool({"toolName", "functionCall", "function_call", "functionResponse"} & value.keys())


def _text(part: Mapping[str, Any]) -> Iterator[str]:
    if word(part.get("type", "text")) in _TEXTS and part.get("thought") is not True:
        text = part.get("text", part.get("content"))
        yield text if isinstance(text, str) else ""


def _call(part: Mapping[str, Any]) -> Iterator[Asked]:
    kind = word(part.get("type"))
    made = part.get("functionCall", part.get("function_call"))
    if isinstance(made, Mapping):
        yield from asked(made.get("id"), made.get("name"), made.get("args", made.get("arguments")))
    elif kind in _CALLS or ("toolName" in part and kind not in _RESULTS):
        id_ = part.get("call_id", part.get("toolCallId", part.get("tool_call_id", part.get("id"))))
        given = next((part[name] for name in ("arguments", "input", "args") if name in part), None)
        yield from asked(id_, part.get("name", part.get("toolName")), given)


def _result(part: Mapping[str, Any]) -> Iterator[Result]:
    kind = word(part.get("type"))
    made = part.get("functionResponse", part.get("function_response"))
    if isinstance(made, Mapping):
        text = cap(text_in(made.get("response")), ROUGH)
        yield Result(word(made.get("id")), word(made.get("name")), text)
    elif kind in _RESULTS:
        names = ("call_id", "tool_use_id", "toolCallId", "tool_call_id", "id")
        id_ = next((part[name] for name in names if isinstance(part.get(name), str)), "")
        answer = next((part[name] for name in ("result", "response", "output", "content") if name in part), None)
        failed = part.get("is_error") is True or part.get("isError") is True
        yield Result(id_, word(part.get("name", part.get("toolName"))), cap(text_in(answer), ROUGH), failed)


def _calls_beside(value: Mapping[str, Any]) -> Iterator[Asked]:
    more = value.get("additional_kwargs")
    listed = opened(value.get("tool_calls") or value.get("toolCalls"))
    if not listed and isinstance(more, Mapping):
        listed = more.get("tool_calls")
    for entry in listed if isinstance(listed, list) else ():
        call = entry.get("tool_call", entry) if isinstance(entry, Mapping) else None
        if isinstance(call, Mapping):
            made = call["function"] if isinstance(call.get("function"), Mapping) else call
            name = next((made[key] for key in ("name", "toolName", "function") if key in made), None)
            given = next((made[key] for key in ("arguments", "args", "input") if key in made), None)
            yield from asked(call.get("id", call.get("toolCallId")), name, given)
    old = value.get("function_call")
    if isinstance(old, Mapping):
        yield from asked(old.get("id", ""), old.get("name"), old.get("arguments"))


def _calls_in(text: str) -> Iterator[Asked]:
    """Calls that were recorded as text."""
    if text.startswith("[{") and '"function"' in text:
        yield from _calls_beside({"tool_calls": text})
