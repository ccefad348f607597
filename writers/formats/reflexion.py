"""Reflexion's results: programs with the verdict of the hidden tests, a row each.

    {"task_id": "HumanEval/0", "prompt": "def f(x): ...", "solution": "return x", "is_solved": true,
     "reflections": ["..."], "test": "...", "canonical_solution": "..."}
    {"name": "env_0", "memory": ["..."], "is_success": true}

The tests and the right solution are the answer and not read. Rows of the second kind do not say what the task was:
they are passed over, and the runs are in the logs (reflexion_log.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record

from . import Found, Item, each
from .conversation import Conversation
from .shapes import mapping, outcome, sequence, string

NAME = "reflexion"
WHOLE_FILE = False

_RESULT = {"name", "memory", "is_success"}


def matches(values: Sequence[Any]) -> bool:
    """Objects with a prompt and whether it was solved, or with a memory and whether it succeeded."""
    return any(
        isinstance(value, Mapping) and ({"prompt", "is_solved"} <= value.keys() or value.keys() >= _RESULT)
        for value in values
    )


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace a row, None for results without their task."""
    return each(records, lambda value: [_item(mapping(value, "row"), source)])


def _item(row: Mapping[str, Any], source: str) -> Item:
    if row.keys() >= _RESULT:
        return None
    said = Conversation()
    if not (prompt := string(row.get("prompt"), "prompt")).strip():
        raise RecordError("NO_TASK", "a row without a prompt; say what the task was", field="prompt")
    said.say("user", prompt)
    for reflection in sequence(row.get("reflections"), "reflections"):
        said.say("assistant", string(reflection, "reflections"))
    said.say("assistant", string(row.get("solution"), "solution"))
    solved = outcome(row.get("is_solved"), "is_solved")
    return Trace(
        trace_id="",  # the task's id is every run's
        format=NAME,
        turns=said.turns(),
        outcome=solved,
        said_by="hidden tests" if row.get("is_solved") is not None else "",
        source=source,
    )
