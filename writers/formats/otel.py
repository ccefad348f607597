"""OpenTelemetry spans of agents, by the conventions for generative AI, its forerunners', or Vercel's.

    {"name": "chat gpt-4", "traceId": "...", "spanId": "...", "parentSpanId": "...", "attributes": {
     "gen_ai.operation.name": "chat", "gen_ai.input.messages": "[...]", "gen_ai.output.messages": "[...]"}}

One span a line, lists of them, or OTLP's ``resourceSpans`` (and ``resourceLogs``, for evaluations). The outcome is an
evaluation's (``gen_ai.evaluation.result``), else a root span that ended in an error is a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from telltale.writers.lines import Record

from . import Found, telemetry
from .attributes import Attributes

NAME = "otel"
WHOLE_FILE = True
_MARKS = ("gen_ai.", "ai.", "traceloop.", "llm.request.type", "langfuse.observation")


def matches(values: Sequence[Any]) -> bool:
    """Spans, or attributes of one, that some convention for agents has named things in; or anything in OTLP."""
    return any(_is_otlp(value) or any(_tells(found[1]) for found in telemetry.wrapped(value)) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """A trace for each run and one for each agent within it; nothing for telemetry of other things."""
    return telemetry.read(records, NAME, source)


def _is_otlp(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("resourceSpans"), list)


def _tells(attributes: Attributes) -> bool:
    return any(name.startswith(_MARKS) for name in attributes)
