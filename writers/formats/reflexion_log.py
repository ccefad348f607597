"""Reflexion's logs, which are plain text: questions with a verdict, and games with a status.

    BEGIN TRIAL 1                                  Environment #0:
    Question: Where was A born?                    Here is the task:
    Thought 1: I look for A.                       You are in the middle of a room.
    Action 1: Search[A]                            Your task is to: put a mug on a shelf.
    Observation 1: A is a town.                    > go to shelf 1
    Action 2: Finish[B]                            On the shelf 1, you see nothing.
    Observation 2: Answer is INCORRECT             STATUS: FAIL
    Correct answer: C

The environment gives the verdict. The right answer and what earlier trials came to (they are traces of their own) are
not read; a trial that says the same as one before is the same episode.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.lines import Record

from . import Found, Item
from .conversation import Asked, Conversation
from .react import played

NAME = "reflexion-log"
WHOLE_FILE = True

_BEGINS = re.compile(r"BEGIN TRIAL \d+\s*\Z|Environment #\d+:")
_GAME = re.compile(r"Environment #\d+:\s*\Z")
_QUESTION = re.compile(r"Question:\s*(.*)")
_ENDS = re.compile(r"Correct answer:|STATUS:|#{5,}\s*\Z|-{13} BEGIN|BEGIN TRIAL")
_SAID = re.compile(r"(Thought|Action|Observation)(?: \d+)?:\s*(.*)")
_ACTION = re.compile(r"(\w+)\[(.*)\]\s*\Z", re.DOTALL)
_VERDICTS = {"Answer is CORRECT": Outcome.SUCCESS, "Answer is INCORRECT": Outcome.FAILURE}
_STATUSES = {"STATUS: OK": Outcome.SUCCESS, "STATUS: FAIL": Outcome.FAILURE}
_LONGEST = 4096  # lines of one run


def matches(values: Sequence[Any]) -> bool:
    """Lines of text that begin a trial or an environment."""
    return any(isinstance(value, str) and _BEGINS.match(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace for each question or game; None for what only says that a game was won before."""
    lines: list[str] = []
    first: Record | None = None
    for record in records:
        if (line := _line(record)) is None:
            yield Found(record, record.error)
            continue
        if _GAME.match(line) or _QUESTION.match(line):
            lines, first = [], record
        ends = _ENDS.match(line)
        if first is not None and (not ends or line.startswith("STATUS")) and len(lines) < _LONGEST:
            lines.append(line)
        if first is not None and ends and lines:
            yield Found(first, _item(lines, source))
            lines, first = [], None
    if first is not None and lines:
        yield Found(first, _item(lines, source))


def _line(record: Record) -> str | None:
    if record.error is None:  # a line that happens to be JSON
        return record.value if isinstance(record.value, str) else json.dumps(record.value, ensure_ascii=False)
    return record.text if record.error.code == "BAD_JSON" else None


def _item(lines: Sequence[str], source: str) -> Item:
    try:
        said, ended = _game(lines) if _GAME.match(lines[0]) else _question(lines)
    except RecordError as error:
        return error
    told = "" if ended is Outcome.UNKNOWN else "environment"
    return Trace(trace_id="", format=NAME, turns=said.turns(), outcome=ended, said_by=told, source=source)


def _game(lines: Sequence[str]) -> tuple[Conversation, Outcome]:
    text = "\n".join(lines[1:])
    ended = next((_STATUSES[line.strip()] for line in reversed(lines) if line.strip() in _STATUSES), Outcome.UNKNOWN)
    task = text.rpartition("Here is the task:")[2]  # after the examples and what was remembered
    return played(task.partition("\nSTATUS:")[0]), ended


def _question(lines: Sequence[str]) -> tuple[Conversation, Outcome]:
    said, ended, calls = Conversation(), Outcome.UNKNOWN, 0
    kind, text = "Question", ""
    for line in [*lines, "Thought:"]:
        begins = _QUESTION.match(line) or _SAID.match(line)
        if begins or line.startswith("Reflections:"):
            ended = _hear(kind, text, said, str(calls)) or ended
            calls += kind == "Observation"
            if line.startswith("Reflections:"):
                break
        if found := _SAID.match(line):
            kind, text = found[1], found[2]
        elif found := _QUESTION.match(line):
            kind, text = "Question", found[1]
        else:
            text += f"\n{line}"
    return said, ended


def _hear(kind: str, text: str, said: Conversation, call_id: str) -> Outcome | None:
    if kind == "Question":
        said.say("user", text)
    elif kind == "Thought":
        said.say("assistant", text)
    elif kind == "Action":
        action = _ACTION.match(text.strip())
        if action and action[1] == "Finish":
            said.say("assistant", action[2])
        elif action:
            said.say("assistant", "", [Asked(call_id, action[1], {"1": action[2]})])
    elif (verdict := _VERDICTS.get(text.strip())) is not None:
        return verdict
    else:
        said.result(call_id, text.strip())
    return None
