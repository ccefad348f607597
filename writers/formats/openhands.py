"""OpenHands event streams, of both generations: a list of events, or one of them a line.

    {"id": 5, "timestamp": "...", "source": "agent", "action": "run", "args": {"command": "ls", "thought": "..."},
     "tool_call_metadata": {"function_name": "execute_bash", "tool_call_id": "t1", "model_response": {...}}}
    {"id": 6, "source": "agent", "cause": 5, "observation": "run", "content": "...", "extras": {}}

and of the software agent SDK, told by ``kind``:

    {"kind": "ActionEvent", "id": "e1", "tool_name": "terminal", "tool_call_id": "c1", "action": {}, "thought": []}
    {"kind": "ObservationEvent", "id": "e2", "action_id": "e1", "tool_call_id": "c1", "observation": {}}

System prompts, recalls and changes of state are nobody's turn; what the agent says when it finishes is its answer, and
its own judgement of the task weighs nothing. No outcome of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found, together
from .conversation import INTERRUPTED, Asked, Conversation
from .prompts import asked, stem
from .shapes import arguments, mapping, moment, sequence, string, text_of, word

NAME = "openhands"
WHOLE_FILE = True

_NO_CALLS = {
    "change_agent_state",
    "condensation",
    "message",
    "null",
    "pause",
    "recall",
    "resume",
    "start",
    "stop",
    "system",
}
_NOT_GIVEN = {"thought", "confirmation_state", "security_risk", "hidden", "blocking", "is_input", "is_confirmed"}
_KINDS = {"MessageEvent", "ActionEvent", "ObservationEvent", "SystemPromptEvent", "AgentErrorEvent"}
_ERRORS = {"AgentErrorEvent", "UserRejectObservation"}


def matches(values: Sequence[Any]) -> bool:
    """Events: by their kind, or by who caused them and what it was."""
    return any(isinstance(value, Mapping) and is_event(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """Rejects as they come, then the one conversation; None for one in which nobody spoke."""
    said = Conversation()
    return together(records, lambda value: hear(mapping(value, "event"), said), lambda: _trace(said, source))


def is_event(value: Mapping[str, Any]) -> bool:
    """Is this an event of either generation?"""
    if word(value.get("kind")) in _KINDS:
        return "source" in value or "timestamp" in value
    return {"id", "source", "timestamp"} <= value.keys() and bool({"action", "observation"} & value.keys())


def hear(event: Mapping[str, Any], said: Conversation) -> None:
    """Add what an event says to the conversation. Raises RecordError for what is no event."""
    if word(event.get("kind")):
        _hear_kind(event, said)
    elif "action" in event:
        _hear_action(event, said)
    elif "observation" in event:
        _hear_observation(event, said)
    else:
        raise RecordError("BAD_FIELD", "an event that is no action and no observation", field="action")


def _trace(said: Conversation, source: str) -> Trace | None:
    if not (turns := said.turns()):
        return None
    began = next((turn.time for turn in turns if turn.time is not None), None)
    return Trace(trace_id=stem(source), format=NAME, turns=turns, source=source, time=began)


def _say(event: Mapping[str, Any], said: Conversation, role: str, text: str, calls: Sequence[Asked] = ()) -> None:
    known = role == "user" and "id" in event and "timestamp" in event
    turn_id = f"{event['id']}@{event['timestamp']}" if known else ""
    said.say(role, asked(text) if role == "user" else text, calls, moment(event.get("timestamp")), turn_id=turn_id)


def _hear_action(event: Mapping[str, Any], said: Conversation) -> None:
    action, given = word(event.get("action")), mapping(event.get("args"), "args")
    role = {"user": "user", "agent": "assistant"}.get(word(event.get("source")), "")
    if action == "message" and role:
        _say(event, said, role, string(given.get("content"), "content"))
    elif action == "finish" and role == "assistant":
        _say(event, said, role, string(given.get("final_thought"), "final_thought") or word(event.get("message")))
    elif role == "assistant" and action not in _NO_CALLS:
        _say(event, said, role, string(given.get("thought"), "thought"), [_call(event, action, given)])


def _call(event: Mapping[str, Any], action: str, given: Mapping[str, Any]) -> Asked:
    """The call as the model made it where that is recorded, else as it was carried out."""
    made = mapping(event.get("tool_call_metadata"), "tool_call_metadata")
    call_id = string(event.get("id"), "id")
    for choice in sequence(mapping(made.get("model_response"), "model_response").get("choices"), "choices"):
        message = mapping(mapping(choice, "choices").get("message"), "message")
        for entry in sequence(message.get("tool_calls"), "tool_calls"):
            call = mapping(entry, "tool_calls")
            if call.get("id") == made.get("tool_call_id"):
                function = mapping(call.get("function"), "function")
                return Asked.of(call_id, function.get("name"), function.get("arguments"))
    kept = {name: value for name, value in given.items() if name not in _NOT_GIVEN and value is not None}
    return Asked.of(call_id, made.get("function_name") or action, kept)


def _hear_observation(event: Mapping[str, Any], said: Conversation) -> None:
    if (cause := event.get("cause")) is None:
        return
    extras = mapping(event.get("extras"), "extras")
    code = mapping(extras.get("metadata"), "extras.metadata").get("exit_code", extras.get("exit_code"))
    failed = event.get("observation") == "error" or code not in (None, 0, -1)  # -1: it still runs
    empty = f"exit code {code}" if failed and isinstance(code, int) else ""
    said.result(string(cause, "cause"), text_of(event.get("content")).strip() or empty, error=failed)


def _hear_kind(event: Mapping[str, Any], said: Conversation) -> None:
    kind = event["kind"]
    if kind == "MessageEvent":
        message = mapping(event.get("llm_message"), "llm_message")
        role = {"user": "user", "agent": "assistant"}.get(word(event.get("source")), "")
        if role:
            _say(event, said, role, text_of(message.get("content")))
    elif kind == "PauseEvent":
        said.say("user", INTERRUPTED, time=moment(event.get("timestamp")))
    elif kind == "ActionEvent":
        _hear_call(event, said)
    elif kind == "ObservationEvent" or kind in _ERRORS:
        _hear_result(event, said)


def _hear_call(event: Mapping[str, Any], said: Conversation) -> None:
    action = mapping(event.get("action"), "action")
    thought = text_of(event.get("thought"), "thought")
    if event.get("tool_name") == "finish" or action.get("kind") == "FinishAction":
        _say(event, said, "assistant", string(action.get("message"), "action.message") or thought)
        return
    made = mapping(event.get("tool_call"), "tool_call")
    given = made.get("arguments") or mapping(made.get("function"), "function").get("arguments")
    kept = {name: value for name, value in action.items() if name != "kind"}
    asked_for = Asked.of(event.get("tool_call_id"), event.get("tool_name"), arguments(given) if given else kept)
    _say(event, said, "assistant", thought, [asked_for])


def _hear_result(event: Mapping[str, Any], said: Conversation) -> None:
    found = mapping(event.get("observation"), "observation")
    told = next((found[name] for name in ("content", "output", "text", "error") if found.get(name)), None)
    told = event.get("error", event.get("rejection_reason")) if event["kind"] in _ERRORS else told
    failed = event["kind"] in _ERRORS or found.get("is_error") is True or found.get("exit_code") not in (None, 0, -1)
    said.result(string(event.get("tool_call_id"), "tool_call_id"), text_of(told), error=failed)
