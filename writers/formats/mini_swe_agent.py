"""mini-swe-agent ``.traj.json``: chat messages in which the agent acts in fenced text, or by calling ``bash``.

    {"info": {"exit_status": "Submitted", "submission": "..."}, "trajectory_format": "mini-swe-agent-1", "messages": [
      {"role": "user", "content": "Please solve this issue: ..."},
      {"role": "assistant", "content": "I look.\\n\\n```bash\\nls\\n```"},
      {"role": "user", "content": "<returncode>0</returncode>\\n<output>\\na.py\\n</output>"}]}

or the messages alone. What follows an action is what came of it, whoever is said to have said it. That something was
submitted says nothing of its worth; a run that ended with nothing to submit has failed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.lines import Record

from . import Found, Item, each
from .conversation import Asked, Conversation, fields_of, messages_of
from .openai import calls_of
from .prompts import asked, stem
from .shapes import mapping, moment, sequence, string, text_of, word

NAME = "mini-swe-agent"
WHOLE_FILE = False

_FENCED = re.compile(r"^```(?:mswea_bash_command|bash|sh)\s*\n(.*?)\n?^```", re.DOTALL | re.MULTILINE)
_RETURNED = re.compile(r"\s*<returncode>(-?\d+)</returncode>\s*")
_OUTPUT = re.compile(r"\A\s*<output>\n?(.*?)\n?</output>\s*\Z", re.DOTALL)


def matches(values: Sequence[Any]) -> bool:
    """Objects that say so, and lists of messages with an action in fenced text and its return code."""
    return any(_is_run(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace a record."""
    for record in records:
        yield from each([record], partial(_items, record=record, source=source))


def _is_run(value: Any) -> bool:
    if isinstance(value, Mapping):
        return word(value.get("trajectory_format")).startswith("mini-swe-agent")
    messages = [message for message in value if isinstance(message, Mapping)] if isinstance(value, list) else []
    return any(
        _says(before, "assistant", _FENCED) and _says(after, "user", _RETURNED)
        for before, after in itertools.pairwise(messages)
    )


def _says(message: Mapping[str, Any], role: str, pattern: re.Pattern[str]) -> bool:
    content = message.get("content")
    return message.get("role") == role and isinstance(content, str) and pattern.search(content) is not None


def _items(value: Any, record: Record, source: str) -> list[Item]:
    return [_trace(value, record, source)]


def _trace(value: Any, record: Record, source: str) -> Trace:
    fields, said = fields_of(value), Conversation()
    waiting: list[Asked] = []  # calls without a result yet
    prompts = 0
    for place, message in enumerate(mapping(message, "message") for message in messages_of(value)):
        role, text = word(message.get("role")), text_of(message.get("content"))
        if role == "assistant":
            waiting = _calls(message, text, place)
            said.say(role, _FENCED.sub("", text), waiting, _time(message))
        elif waiting and role in {"user", "tool"}:
            _answer(waiting, message, text, said)
        elif role == "user":
            prompts += 1
            said.say(role, asked(text), time=_time(message), turn_id="" if prompts > 1 else record.sha256[:32])
    if not (turns := said.turns()):
        raise RecordError("EMPTY_TRACE", "a run in which nobody spoke; leave it out")
    info = mapping(fields.get("info"), "info")
    failed = word(info.get("exit_status")) not in {"", "Submitted"} and not info.get("submission")
    return Trace(
        trace_id=string(fields.get("instance_id"), "instance_id") or stem(source),
        format=NAME,
        turns=turns,
        outcome=Outcome.FAILURE if failed else Outcome.UNKNOWN,
        said_by="exit_status" if failed else "",
        source=source,
        time=next((turn.time for turn in turns if turn.time), None),
    )


def _time(message: Mapping[str, Any]) -> float | None:
    extra = message.get("extra")
    return moment(extra.get("timestamp")) if isinstance(extra, Mapping) else moment(message.get("timestamp"))


def _calls(message: Mapping[str, Any], text: str, place: int) -> list[Asked]:
    if calls := calls_of(message):
        return calls
    actions = sequence(mapping(message.get("extra"), "extra").get("actions"), "extra.actions")
    given = [string(mapping(action, "extra.actions").get("command"), "command") for action in actions]
    commands = [command for command in given or _FENCED.findall(text) if command.strip()]
    return [Asked.of(f"{place}.{number}", "bash", {"command": command}) for number, command in enumerate(commands)]


def _answer(waiting: list[Asked], message: Mapping[str, Any], text: str, said: Conversation) -> None:
    """Give the result to the call it names, else to the first that waits."""
    named = string(message.get("tool_call_id"), "tool_call_id")
    call = next((call for call in waiting if call.call_id == named), waiting[0])
    waiting.remove(call)
    returned = _RETURNED.match(text)
    rest = text[returned.end() :] if returned else text
    output = _OUTPUT.match(rest)
    code = returned[1] if returned else "0"
    said.result(call.call_id, (output[1] if output else rest) or _empty(code), error=code != "0")


def _empty(code: str) -> str:
    return "" if code == "0" else f"exit code {code}"
