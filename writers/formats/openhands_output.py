"""OpenHands' benchmark outputs (``output.jsonl``): one run a line, with its history of events.

    {"instance_id": "...", "instruction": "...", "history": [events], "test_result": {"git_patch": "..."},
     "error": null, "report": {"resolved": true}}

The outcome is the report's, where the evaluation has added one. Without it a run that an error ended is no failure
yet: its patch may do. The id is the instance's, as benchmarks' reports name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.lines import Record

from . import Found, each, openhands
from .conversation import Conversation
from .prompts import asked
from .shapes import mapping, sequence, string

NAME = "openhands-output"
WHOLE_FILE = False


def matches(values: Sequence[Any]) -> bool:
    """Objects with an instance and the history of its run."""
    return any(
        isinstance(value, Mapping)
        and {"instance_id", "history"} <= value.keys()
        and {"metadata", "test_result"} & value.keys()
        for value in values
    )


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace a line."""
    return each(records, lambda value: [_trace(mapping(value, "run"), source)])


def _trace(run: Mapping[str, Any], source: str) -> Trace:
    said = Conversation()
    for event in _events(run):
        openhands.hear(event, said)
    if not said.said_by("user"):
        first, said = said, Conversation()
        said.say("user", asked(string(run.get("instruction"), "instruction")))
        said.hear(first)
    if not (turns := said.turns()):
        raise RecordError("EMPTY_TRACE", "a run without events; leave it out")
    resolved = _resolved(run)
    return Trace(
        trace_id=string(run.get("instance_id"), "instance_id"),
        format=openhands.NAME,
        turns=turns,
        outcome=resolved,
        said_by="" if resolved is Outcome.UNKNOWN else "report.resolved",
        source=source,
        time=next((turn.time for turn in turns if turn.time is not None), None),
    )


def _events(run: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The events in order; the oldest outputs hold them in pairs of an action and what came of it."""
    for entry in sequence(run.get("history"), "history"):
        for event in entry if isinstance(entry, list) else [entry]:
            yield mapping(event, "history")


def _resolved(run: Mapping[str, Any]) -> Outcome:
    tested = mapping(run.get("test_result"), "test_result")
    for report in (run.get("report"), tested.get("report"), tested):
        if isinstance(report, Mapping) and isinstance(found := report.get("resolved"), bool):
            return Outcome.SUCCESS if found else Outcome.FAILURE
    return Outcome.UNKNOWN
