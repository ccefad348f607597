"""Telltale's own episodes as JSON lines, and case files, which are the same with less said.

    {"text": "...", "context": {...}, "steps": [{"tool": "f", "arguments": {}, "observation": "..."}],
     "outcome": "success"}
    {"id": "c1", "text": "...", "plan": "cancel > refund x2", "split": "memory", "actions": ["go to shelf 8"]}

What ``telltale episodes --json`` prints is read, too. A row whose ``split`` is ``query`` is not for the memory.
``plan`` is the procedure as given by the caller, and a row with a plan and no ``success`` is a success, said by
``dataset``. ``actions`` become steps; ``sql``, ``command`` or ``steps`` in words become the answer. A row's ``id`` is
its trace id: the same id is the same episode, in any file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Episode, Outcome, Step
from telltale.writers.lines import Record

from . import Found, Item, each
from .actions import step_of
from .shapes import bad_field, mapping, moment, outcome, sequence, string, unit

NAME = "telltale"
WHOLE_FILE = False
_DONE = {
    "split", "plan", "label", "signature", "steps", "actions", "tools", "answer", "sql", "command", "outcome",
    "success",
}  # fmt: skip
_ANSWERS = ("answer", "sql", "command")


def matches(values: Sequence[Any]) -> bool:
    """Objects with a text and something of what was done or how it ended, or what the command line prints of them."""
    return any(isinstance(value, Mapping) and (_is_row(value) or _is_printed(value)) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One episode a row, ``None`` for queries."""
    return each(records, lambda value: _items(mapping(value, "row"), source))


def dump(episode: Episode) -> dict[str, Any]:
    """The episode as a JSON object, which ``read`` turns into an equal episode."""
    names = [name for name in Episode.__slots__ if name != "steps"]
    steps = [{name: getattr(step, name) for name in Step.__slots__} for step in episode.steps]
    plain = {name: getattr(episode, name) for name in names}
    return plain | {"context": dict(episode.context), "outcome": str(episode.outcome), "steps": steps, "telltale": 1}


def _is_row(value: Mapping[str, Any]) -> bool:
    return "text" in value and bool(_DONE & value.keys())


def _is_printed(value: Mapping[str, Any]) -> bool:
    rows = value.get("episodes")
    return isinstance(rows, list) and all(isinstance(row, Mapping) and _is_row(row) for row in rows)


def _items(value: Mapping[str, Any], source: str) -> Iterator[Item]:
    if not _is_printed(value):
        yield _item(value, source)
        return
    for row in value["episodes"]:
        try:
            yield _item({**row, "telltale": 1}, source)
        except RecordError as error:
            yield error


def _item(row: Mapping[str, Any], source: str) -> Item:
    if row.get("split") not in (None, "memory"):
        return None
    if not (text := string(row.get("text"), "text")).strip():
        raise RecordError("NO_TASK", "a row without text; say what the task was", field="text")
    said, said_by = _outcome(row)
    return Episode(
        text=text,
        context=dict(mapping(row.get("context"), "context")),
        steps=_steps(row),
        answer=_answer(row),
        outcome=said,
        score=unit(row.get("score"), "score"),
        said_by=said_by,
        label=string(row.get("label"), "label") or string(row.get("plan"), "plan"),
        signature=string(row.get("signature"), "signature"),
        trace_id=_trace_id(row),
        task_index=_index(row.get("task_index")),
        format=string(row.get("format"), "format") or NAME,
        source=string(row.get("source"), "source") or source,
        time=moment(row.get("time")),
        id=string(row.get("id"), "id") if "telltale" in row else "",
        parent=string(row.get("parent"), "parent"),
        task_id=string(row.get("task_id"), "task_id"),
    )


def _trace_id(row: Mapping[str, Any]) -> str:
    found = row.get("trace_id", None if "telltale" in row else row.get("id"))
    return string(found, "trace_id")


def _index(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise bad_field("task_index", value, "a number from 0")
    return value


def _outcome(row: Mapping[str, Any]) -> tuple[Outcome, str]:
    given = row.get("outcome")
    found = outcome(row.get("success"), "success") if given is None else outcome(given)
    if found is Outcome.UNKNOWN and given is None and row.get("success") is None and row.get("plan"):
        found = Outcome.SUCCESS
    said_by = string(row.get("said_by"), "said_by")
    return found, said_by or ("" if found is Outcome.UNKNOWN or "telltale" in row else "dataset")


def _answer(row: Mapping[str, Any]) -> str:
    for name in _ANSWERS:
        if row.get(name) is not None:
            return string(row[name], name)
    steps = sequence(row.get("steps"), "steps")
    return "\n".join(step for step in steps if isinstance(step, str))


def _steps(row: Mapping[str, Any]) -> tuple[Step, ...]:
    given = [step for step in sequence(row.get("steps"), "steps") if not isinstance(step, str)]
    named = given or sequence(row.get("actions"), "actions") or sequence(row.get("tools"), "tools")
    return tuple(step_of(step) for step in named if step != "")
