"""SWE-agent ``.traj``: the steps of a run, the messages that the model saw, or both.

    {"environment": "...", "trajectory": [{"action": "ls -F", "observation": "...", "thought": "...", "query": []}],
     "history": [{"role": "user", "content": "...", "message_type": "observation", "is_demo": false}],
     "info": {"exit_status": "submitted", "submission": "diff --git ..."}}

The task is what the first prompt after the demonstrations asks. A command of the interface is a tool of its own, any
other is the shell's. That something was submitted says nothing of its worth; a run that ended with nothing to submit
has failed. Whether an issue was resolved stands in a benchmark's report, which an outcomes file can join by the
instance: the id in the replay's settings, else the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.lines import Record

from . import Found, Item, each
from .conversation import Asked, Conversation
from .openai import calls_of
from .prompts import asked, stem
from .shapes import arguments, mapping, sequence, string, text_of, word

NAME = "swe-agent"
WHOLE_FILE = False

_VIEWS = "find_file goto open scroll_down scroll_up search_dir search_file set_cursors decompile disassemble"
_LOOKS = dict.fromkeys(_VIEWS.split(), True)
_TOOLS = {*_LOOKS, "append", "create", "edit", "exit_forfeit", "insert", "submit"}
_STATE = re.compile(r"\n*\(Open file: [^\n]*\)\n\(Current directory: [^\n]*\)\nbash-\$\s*\Z")
_NOT_EDITED = ("Your proposed edit has introduced new syntax error", "Your edit was not applied")
_CARRIED_ON = {"", "submitted", "skipped", "early_exit"}


def matches(values: Sequence[Any]) -> bool:
    """Objects with a trajectory of actions and observations, or a history of messages by agents."""
    return any(isinstance(value, Mapping) and _is_run(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace a record."""
    for record in records:
        yield from each([record], partial(_items, record=record, source=source))


def _is_run(value: Mapping[str, Any]) -> bool:
    steps, history = value.get("trajectory"), value.get("history")
    if isinstance(steps, list) and "info" in value:
        return all(isinstance(step, Mapping) and {"action", "observation"} <= step.keys() for step in steps[:3])
    return isinstance(history, list) and any(
        isinstance(message, Mapping) and "agent" in message and "role" in message for message in history[:3]
    )


def _items(value: Any, record: Record, source: str) -> list[Item]:
    return [_trace(mapping(value, "run"), record, source)]


def _trace(run: Mapping[str, Any], record: Record, source: str) -> Trace:
    history = [mapping(message, "history") for message in sequence(run.get("history"), "history")]
    steps = [mapping(step, "trajectory") for step in sequence(run.get("trajectory"), "trajectory")]
    said = Conversation(_LOOKS)
    said.say("user", _task(run, history), turn_id=record.sha256[:32])
    if steps:
        _hear_steps(steps, _structured(history), said)
    else:
        _hear_history(history, said)
    if not (turns := said.turns()):
        raise RecordError("EMPTY_TRACE", "a run without steps or messages; leave it out")
    failed = _failed(mapping(run.get("info"), "info"))
    return Trace(
        trace_id=_instance(run) or stem(source),
        format=NAME,
        turns=turns,
        outcome=Outcome.FAILURE if failed else Outcome.UNKNOWN,
        said_by="exit_status" if failed else "",
        source=source,
    )


def _failed(info: Mapping[str, Any]) -> bool:
    status = word(info.get("exit_status"))
    return status not in _CARRIED_ON and not status.startswith("submitted") and not info.get("submission")


def _problem(run: Mapping[str, Any]) -> Mapping[str, Any]:
    settings = run.get("replay_config")
    found = arguments(settings).get("problem_statement")
    return found if isinstance(found, Mapping) else {}


def _instance(run: Mapping[str, Any]) -> str:
    return word(run.get("instance_id")) or word(_problem(run).get("id"))


def _task(run: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> str:
    prompts = (text_of(message.get("content")) for message in history if _is_prompt(message))
    return asked(_STATE.sub("", next(prompts, ""))) or word(_problem(run).get("text"))


def _is_prompt(message: Mapping[str, Any]) -> bool:
    shown = message.get("is_demo") is True or message.get("message_type") == "demonstration"
    return message.get("role") == "user" and not shown


def _structured(history: Sequence[Mapping[str, Any]]) -> dict[str, list[Asked]]:
    """By action: the calls that it was written from, where the model called functions."""
    return {
        string(message.get("action"), "action").strip(): calls_of(message)
        for message in history
        if message.get("tool_calls")
    }


def _hear_steps(steps: Sequence[Mapping[str, Any]], structured: Mapping[str, list[Asked]], said: Conversation) -> None:
    for place, step in enumerate(steps):
        action = string(step.get("action"), "action").strip()
        calls = [
            Asked(str(place), call.tool, call.arguments) for call in structured.get(action, _calls(action, str(place)))
        ]
        said.say("assistant", string(step.get("thought"), "thought"), calls)
        if calls:
            _hear_result(str(place), text_of(step.get("observation"), "observation"), said)


def _hear_history(history: Sequence[Mapping[str, Any]], said: Conversation) -> None:
    place, begun = "", False
    for number, message in enumerate(history):
        role = word(message.get("role"))
        if role == "assistant" and message.get("is_demo") is not True:
            action = string(message.get("action"), "action").strip()
            place, begun = str(number), True
            calls = [Asked(place, call.tool, call.arguments) for call in calls_of(message) or _calls(action, place)]
            said.say("assistant", string(message.get("thought"), "thought") or text_of(message.get("content")), calls)
        elif begun and role in {"user", "tool"}:
            _hear_result(place, text_of(message.get("content")), said)


def _hear_result(place: str, text: str, said: Conversation) -> None:
    said.result(place, _STATE.sub("", text), error=text.lstrip().startswith(_NOT_EDITED))


def _calls(action: str, call_id: str) -> list[Asked]:
    """A command as a call: of the interface where it knows the command, else of the shell."""
    verb, _, rest = action.partition("\n" if "\n" in action.partition(" ")[0] else " ")
    if not verb:
        return []
    if verb == "str_replace_editor":
        command, _, rest = rest.partition(" ")
        return [Asked.of(call_id, verb, {"command": command, "arguments": rest})]
    if verb in _TOOLS and "&&" not in rest:
        return [Asked.of(call_id, verb, {"arguments": rest.strip()} if rest.strip() else {})]
    return [Asked.of(call_id, "bash", {"command": action})]
