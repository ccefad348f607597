"""Langfuse traces with their observations and scores, or rows of observations.

    {"id": "t", "name": "...", "input": {}, "output": {}, "scores": [{"name": "success", "value": 1}], "observations": [
      {"id": "o", "type": "GENERATION", "parentObservationId": null, "input": [], "output": {}, "level": "DEFAULT"}]}

The trace's own fields may stand beside the observations or under ``trace``. What was sent by OpenTelemetry is in the
observations' metadata. The outcome is a score's; else a trace whose outermost observation has the level ERROR failed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.writers.caps import ROUGH, cap, cap_values
from telltale.writers.lines import Record

from . import Found, telemetry
from .attributes import Attributes
from .dialects import Said, answer, messages, opened, text_in
from .scores import Score
from .shapes import arguments, mapping, moment, sequence, string, word
from .spans import Gathering, Span, gathered
from .threads import trace_of

NAME = "langfuse"
WHOLE_FILE = True
_KINDS = {"generation": "model", "tool": "tool", "agent": "agent"}
_TYPES = {
    *("SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL"),
}


def matches(values: Sequence[Any]) -> bool:
    """Objects with observations, or observations of a trace."""
    return any(isinstance(value, Mapping) and (_is_whole(value) or _is_observation(value)) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """A trace for each of Langfuse's, and one for each agent within it."""
    return gathered(records, Gathering(NAME, source, trace_of), _spans)


def _is_whole(value: Mapping[str, Any]) -> bool:
    observations = value.get("observations")
    if not isinstance(observations, list):
        return False
    known = isinstance(value.get("trace"), Mapping) or {"scores", "sessionId", "projectId", "timestamp"} & value.keys()
    return bool(known) or any(isinstance(one, Mapping) and _is_observation(one) for one in observations)


def _is_observation(value: Mapping[str, Any]) -> bool:
    return word(value.get("type")) in _TYPES and bool({"traceId", "parentObservationId"} & value.keys())


def _spans(value: Any) -> Iterator[Span]:
    fields = mapping(value, "trace")
    if not _is_whole(fields):
        if not _is_observation(fields):
            raise RecordError("UNKNOWN_FORMAT", "a record that is no trace among others that are", field="observations")
        yield _observed(fields, string(fields.get("traceId"), "traceId"))
        return
    own = mapping(fields.get("trace"), "trace") or fields
    observations = [mapping(one, "observations") for one in sequence(fields["observations"], "observations")]
    trace_id = string(own.get("id"), "id") or next((word(one.get("traceId")) for one in observations), "")
    root = f"trace {trace_id}"  # a span of its own, which the observations without a parent hang from
    ids = {word(one.get("id")) for one in observations}
    scores = [_score(mapping(score, "scores")) for score in sequence(own.get("scores"), "scores")]
    yield Span(
        id=root,
        trace=trace_id,
        name=cap(string(own.get("name"), "name"), 200),
        start=moment(own.get("timestamp", own.get("createdAt"))),
        heard=_said(own.get("input"), "user"),
        said=_said(own.get("output"), "assistant"),
        scores=tuple(scores),
    )
    for one in observations:
        span = _observed(one, trace_id)
        yield span if span.parent in ids else dataclasses.replace(span, parent=root)


def _said(value: Any, role: str) -> tuple[Said, ...]:
    value = opened(value)
    return messages(value) or messages(value, role)


def _observed(one: Mapping[str, Any], trace_id: str) -> Span:
    sent = mapping(_object(one.get("metadata")), "metadata")
    told = telemetry.span_of(Attributes({}), Attributes(_object(sent.get("attributes"))), "")
    kind = _KINDS.get(word(one.get("type")).lower()) or told.kind
    given, gave = opened(one.get("input")), opened(one.get("output"))
    heard = () if kind == "tool" else messages(given)
    structured = heard or told.heard
    error = word(one.get("level")) == "ERROR"
    return Span(
        id=string(one.get("id"), "id"),
        trace=trace_id,
        parent=string(one.get("parentObservationId"), "parentObservationId"),
        name=(told.name if kind in {"tool", "agent"} else "") or cap(string(one.get("name"), "name"), 200),
        kind=kind,
        start=moment(one.get("startTime")),
        end=moment(one.get("endTime")),
        heard=structured or (() if kind == "tool" else messages(given, "user")),
        loose=not structured,
        said=() if kind == "tool" else (answer if kind == "model" else _told)(one.get("output")) or told.said,
        call_id=told.call_id,
        arguments=cap_values(arguments(given), ROUGH) or told.arguments if kind == "tool" else {},
        observation=(cap(text_in(gave), ROUGH) or told.observation) if kind == "tool" else "",
        error=cap(string(one.get("statusMessage"), "statusMessage") or "error", ROUGH) if error else "",
    )


def _told(value: Any) -> tuple[Said, ...]:
    return messages(value, "assistant")


def _object(value: Any) -> Any:
    found = opened(value)
    return found if isinstance(found, Mapping) else {}


def _score(fields: Mapping[str, Any]) -> Score:
    value = fields.get("value") if fields.get("value") is not None else fields.get("stringValue")
    human = word(fields.get("source")).upper() == "ANNOTATION"
    return Score(name=word(fields.get("name")), value=value, label=word(fields.get("stringValue")), human=human)
