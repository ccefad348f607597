"""LangSmith runs: a tree by ``parent_run_id`` or ``dotted_order``, as runs, as trees of runs, or as the SDK posts them.

    {"id": "r1", "name": "agent", "run_type": "chain", "trace_id": "t", "parent_run_id": null, "start_time": "...",
     "inputs": {}, "outputs": {}, "error": null, "feedback_stats": {"correctness": {"avg": 1.0}}}
    {"run_id": "r1", "key": "correctness", "score": 1, "value": null, "comment": "..."}
    {"post": [run, ...], "patch": [{"id": "r1", "outputs": {}}, ...]}

The outcome is a feedback's, of the run or in a record of its own; else a root run with an error is a failure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.writers.caps import ROUGH, cap, cap_values
from telltale.writers.lines import Record

from . import Found
from .dialects import messages, text_in
from .scores import Score
from .shapes import arguments, mapping, moment, sequence, string, word
from .spans import Gathering, Span, gathered
from .threads import trace_of

NAME = "langsmith"
WHOLE_FILE = True
_KINDS = {"llm": "model", "chat_model": "model", "tool": "tool"}
_AGENTS = ("agent", "agentexecutor", "agent_executor", "langgraph")
_DEEPEST = 60


def matches(values: Sequence[Any]) -> bool:
    """Objects with a run's type and its inputs or place in the tree, or what the SDK posts."""
    return any(isinstance(value, Mapping) and (_is_run(value) or _is_post(value)) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """A trace for each run that has no parent, and one for each agent that it handed on to."""
    return gathered(records, Gathering(NAME, source, trace_of), _spans)


def _is_run(value: Mapping[str, Any]) -> bool:
    placed = {"inputs", "dotted_order", "parent_run_id", "trace_id"} & value.keys()
    return isinstance(value.get("run_type"), str) and bool(placed)


def _is_post(value: Mapping[str, Any]) -> bool:
    return {"post", "patch"} <= value.keys() and all(isinstance(value[name], list) for name in ("post", "patch"))


def _is_feedback(value: Mapping[str, Any]) -> bool:
    return "key" in value and "run_id" in value


def _spans(value: Any) -> Iterator[Span]:
    fields = mapping(value, "run")
    if _is_post(fields):
        merged: dict[str, dict[str, Any]] = {}
        for entry in (*sequence(fields["post"], "post"), *sequence(fields["patch"], "patch")):
            run = mapping(entry, "post")
            there = merged.setdefault(_id(run), {})
            there |= {name: held for name, held in run.items() if held or name not in there}
        for run in merged.values():
            yield from _of_run(run, 0)
    elif _is_feedback(fields) and not _is_run(fields):
        run_id = string(fields["run_id"], "run_id")
        trace = string(fields.get("trace_id"), "trace_id") or run_id
        scores = (_score(word(fields["key"]), fields),)
        yield Span(id=f"feedback {run_id}", trace=trace, parent=run_id, kind="score", scores=scores)
    elif isinstance(fields.get("runs"), list):
        for run in fields["runs"]:
            yield from _of_run(mapping(run, "runs"), 0)
    elif _is_run(fields):
        yield from _of_run(fields, 0)
    else:
        raise RecordError("UNKNOWN_FORMAT", "a record that is no run among others that are", field="run_type")


def _of_run(run: Mapping[str, Any], depth: int) -> Iterator[Span]:
    span = _span(run)
    yield span
    for child in sequence(run.get("child_runs"), "child_runs") if depth < _DEEPEST else ():
        for inner in _of_run(mapping(child, "child_runs"), depth + 1):
            yield dataclasses.replace(inner, trace=span.trace, parent=inner.parent or span.id)


def _span(run: Mapping[str, Any]) -> Span:
    kind = _KINDS.get(word(run.get("run_type")).lower(), "")
    name = string(run.get("name"), "name")
    if not kind and name.replace(" ", "").lower() in _AGENTS:
        kind = "agent"
    inputs, outputs, found = run.get("inputs"), run.get("outputs"), _id(run)
    heard = () if kind == "tool" else messages(inputs)
    loose = not heard and kind != "tool"
    return Span(
        id=found,
        trace=string(run.get("trace_id"), "trace_id") or _from_order(run, 0) or found,
        parent=string(run.get("parent_run_id"), "parent_run_id") or _from_order(run, -2),
        name=cap(name, 200),
        kind=kind,
        start=moment(run.get("start_time")),
        end=moment(run.get("end_time")),
        heard=messages(inputs, "user") if loose else heard,
        loose=loose,
        said=() if kind == "tool" else messages(outputs, "assistant"),
        call_id=_call_id(run) if kind == "tool" else "",
        arguments=cap_values(arguments(_given(inputs)), ROUGH) if kind == "tool" else {},
        observation=cap(_gave(outputs), ROUGH) if kind == "tool" else "",
        error=cap(string(run.get("error"), "error"), ROUGH),
        scores=tuple(_scores(run)),
    )


def _id(run: Mapping[str, Any]) -> str:
    return string(run.get("id", run.get("run_id")), "id") or _from_order(run, -1) or word(run.get("trace_id"))


def _from_order(run: Mapping[str, Any], place: int) -> str:
    """The id at a place of ``dotted_order``, whose parts are a time and the id of a run, the root's first."""
    parts = word(run.get("dotted_order")).split(".")
    if len(parts) < abs(place):
        return ""
    return parts[place].partition("Z")[2]


def _given(inputs: Any) -> Any:
    """A tool's arguments: LangChain gives them as text under ``input``."""
    if isinstance(inputs, Mapping) and inputs.keys() <= {"input", "tool_input"}:
        held = next(iter(inputs.values()), None)
        return held if isinstance(held, Mapping) or (word(held).lstrip().startswith("{")) else inputs
    return inputs


def _gave(outputs: Any) -> str:
    if isinstance(outputs, Mapping) and len(outputs) == 1 and "output" in outputs:
        return text_in(outputs["output"])
    return text_in(outputs)


def _call_id(run: Mapping[str, Any]) -> str:
    for held in (run.get("inputs"), run.get("outputs")):
        for place in (held, held.get("output") if isinstance(held, Mapping) else None):
            if isinstance(place, Mapping) and word(place.get("tool_call_id")):
                return word(place["tool_call_id"])
    return ""


def _scores(run: Mapping[str, Any]) -> Iterator[Score]:
    for entry in sequence(run.get("feedback"), "feedback"):
        fields = mapping(entry, "feedback")
        yield _score(word(fields.get("key")), fields)
    stats = run.get("feedback_stats")
    for name, stat in stats.items() if isinstance(stats, Mapping) else ():
        if isinstance(stat, Mapping):
            yield Score(name=name, value=stat.get("avg"))


def _score(name: str, fields: Mapping[str, Any]) -> Score:
    source = fields.get("feedback_source")
    human = isinstance(source, Mapping) and word(source.get("type")) == "app"
    value = fields.get("score") if fields.get("score") is not None else fields.get("value")
    return Score(name=name, value=value, label=word(fields.get("value")), human=human)
