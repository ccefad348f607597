"""OpenInference spans (Arize, Phoenix): what happened is in flattened attributes.

    {"context": {"trace_id": "...", "span_id": "..."}, "parent_id": null, "attributes": {
     "openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user",
     "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f"}}

In the wrappings that spans of OpenTelemetry come in, or as attributes alone. The outcome is an annotation's, else a
root span that ended in an error is a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from telltale.writers.lines import Record

from . import Found, telemetry

NAME = "openinference"
WHOLE_FILE = True


def matches(values: Sequence[Any]) -> bool:
    """Spans, or attributes of one, that have a span kind of OpenInference."""
    return any("openinference.span.kind" in found[1] for value in values for found in telemetry.wrapped(value))


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """A trace for each run and one for each agent within it; nothing for telemetry of other things."""
    return telemetry.read(records, NAME, source)
