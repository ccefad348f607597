"""ReAct prompts of text games: named examples, each a task and what was thought, done and seen.

    {"react_put_0": "You are in the middle of a room. ...\\nYour task is to: put some spraybottle on toilet.\\n
    > think: First I need to find a spraybottle.\\nOK.\\n> go to cabinet 1\\nOn the cabinet 1, you see a cloth 1.\\n"}

Thoughts are the agent's words, commands its steps. Nothing says how an example ended, though it is shown as a good one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found, Item, each
from .actions import step_of
from .conversation import Asked, Conversation
from .shapes import mapping, string

NAME = "react"
WHOLE_FILE = False

_TASK = re.compile(r"^Your task is to:[ \t]*(.+)$", re.MULTILINE)
_THOUGHT = re.compile(r"think:\s*", re.IGNORECASE)


def matches(values: Sequence[Any]) -> bool:
    """Objects all of whose values are texts, some of them games."""
    return any(
        isinstance(value, Mapping)
        and value
        and all(isinstance(text, str) for text in value.values())
        and any(_TASK.search(text) and "\n> " in text for text in value.values())
        for value in values
    )


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace for each example."""
    return each(records, lambda value: _items(mapping(value, "prompts"), source))


def played(text: str) -> Conversation:
    """What was asked, thought, done and seen in a game. Raises NO_TASK for a text that is none."""
    said = Conversation()
    if not (task := _TASK.search(text)):
        raise RecordError("NO_TASK", "a game without a line 'Your task is to: ...'; say what the task was")
    said.say("user", task[1])
    for place, move in enumerate(re.split(r"^> ?", text[task.end() :], flags=re.MULTILINE)[1:]):
        command, _, seen = move.partition("\n")
        if thought := _THOUGHT.match(command):
            said.say("assistant", command[thought.end() :])
        elif command.strip():
            step = step_of(command)
            said.say("assistant", "", [Asked(str(place), step.tool, step.arguments)])
            said.result(str(place), seen.strip())
    return said


def _items(prompts: Mapping[str, Any], source: str) -> Iterator[Item]:
    if not prompts:
        yield RecordError("EMPTY_TRACE", "an object without examples; leave it out")
    for text in prompts.values():
        try:
            turns = played(string(text, "prompt")).turns()
            yield Trace(trace_id="", format=NAME, turns=turns, source=source)
        except RecordError as error:
            yield error
