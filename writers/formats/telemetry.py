"""Telemetry's spans in the wrappings they are exported in, and what the conventions for agents put into them.

Wrappings: OTLP's JSON, the console exporter's, the JavaScript SDK's, flat rows of a table, or attributes alone.
Conventions: OpenTelemetry's for generative AI and its forerunners, OpenInference, and Vercel's. Formats that differ in
their wrapping only share this; which file is whose, they say themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from telltale.memory.errors import RecordError
from telltale.writers.caps import ROUGH, cap, cap_values
from telltale.writers.lines import Record

from . import Found
from .attributes import Attributes
from .dialects import Said, answer, messages, opened, text_in
from .scores import Score
from .shapes import arguments, moment, word
from .spans import UNNAMED, Gathering, Span
from .threads import trace_of

KINDS = {
    **dict.fromkeys(("chat", "text_completion", "generate_content", "generation", "llm", "completion"), "model"),
    **dict.fromkeys(("execute_tool", "tool", "ai.toolcall"), "tool"),
    **dict.fromkeys(("invoke_agent", "agent", "run_agent", "create_agent"), "agent"),
}
_KIND = (
    *("openinference.span.kind", "gen_ai.operation.name", "traceloop.span.kind", "langfuse.observation.type"),
    *("llm.request.type", "ai.operationId"),
)
_HEARD = (
    *("gen_ai.input.messages", "llm.input_messages", "gen_ai.prompt", "ai.prompt.messages", "ai.prompt", "events"),
    *("input.value", "traceloop.entity.input", "langfuse.observation.input", "gcp.vertex.agent.llm_request", "input"),
)
_PLAIN = ("ai.prompt", "input.value", "traceloop.entity.input", "langfuse.observation.input", "input")
_SAID = (
    *("gen_ai.output.messages", "llm.output_messages", "gen_ai.completion", "ai.response.text", "ai.response.object"),
    *("output.value", "traceloop.entity.output", "langfuse.observation.output", "gcp.vertex.agent.llm_response"),
    *("final_result", "output"),
)
_GIVEN = (
    *("gen_ai.tool.call.arguments", "ai.toolCall.args", "tool_arguments", "tool.parameters", "input.value"),
    *("gcp.vertex.agent.tool_call_args", "traceloop.entity.input", "langfuse.observation.input", "input"),
)
_GAVE = (
    *("gen_ai.tool.call.result", "ai.toolCall.result", "tool_response", "output.value"),
    *("gcp.vertex.agent.tool_response", "traceloop.entity.output", "langfuse.observation.output", "output"),
)
_TOOL = ("gen_ai.tool.name", "tool.name", "ai.toolCall.name", "traceloop.entity.name")
_CALL = ("gen_ai.tool.call.id", "ai.toolCall.id", "tool.id", "tool_call.id")
_AGENT = ("gen_ai.agent.name", "agent_name", "agent.name", "graph.node.id")
_TRACE = ("traceId", "trace_id", "traceID", "context.trace_id", "spanContext.traceId")
_SPAN = ("spanId", "span_id", "spanID", "context.span_id", "spanContext.spanId", "id")
_PARENT = ("parentSpanId", "parent_span_id", "parent_id", "parentSpanContext.spanId", "parentId")
_ERRORS = {"2", "error", "status_code_error", "statuscode.error"}
_UNSEEN = {"0000000000000000", "None", "null"}


def read(records: Iterable[Record], name: str, source: str) -> Iterator[Found]:
    """The traces of all spans, and rejects as they come; what is about no agent is nobody's item."""
    gathering = Gathering(name, source, trace_of)
    for record in records:
        try:
            if record.error is not None:
                raise record.error
            spans = list(spans_of(record.value, f"record {record.line} {record.sha256[:16]}"))
        except RecordError as error:
            yield Found(record, error)
        else:
            yield from gathering.add(record, spans)
            if not spans:
                yield Found(record, None)
    yield from gathering.rest()


def spans_of(value: Any, place: str) -> Iterator[Span]:
    """The spans in one record; ``place`` names the record for spans that have no ids. Raises RecordError for others."""
    found = list(wrapped(value))
    if not found:
        raise RecordError("UNKNOWN_FORMAT", "a record without a span; leave it out, or name the file's format")
    for number, (fields, attributes) in enumerate(found):
        yield span_of(fields, attributes, f"{place} {number}")


def wrapped(value: Any) -> Iterator[tuple[Attributes, Attributes]]:
    """Each span's own fields and its attributes; nothing where ``value`` holds no span."""
    if not isinstance(value, Mapping):
        return
    for outer, inner, spans in (
        ("resourceSpans", "scopeSpans", "spans"),
        ("resourceLogs", "scopeLogs", "logRecords"),
    ):
        for resource in _objects(value.get(outer)):
            for scope in _objects(resource.get(inner, resource.get("instrumentationLibrarySpans"))):
                for span in _objects(scope.get(spans)):
                    yield from _one(span)
    if not {"resourceSpans", "resourceLogs"} & value.keys():
        for span in _objects(value.get("spans")) if isinstance(value.get("spans"), list) else (value,):
            yield from _one(span)


def span_of(fields: Attributes, attributes: Attributes, place: str) -> Span:
    """The span with what its attributes say by any of the conventions."""
    kind, failed = _kind(attributes, fields), _error(fields, attributes)
    heard, loose = _heard(fields, attributes, kind)
    name = attributes.text(*(_TOOL if kind == "tool" else _AGENT if kind == "agent" else ())) or fields.text("name")
    told = kind == "tool"
    return Span(
        id=fields.text(*_SPAN) or place,
        trace=fields.text(*_TRACE) or f"{UNNAMED}{place}",
        parent=_parent(fields, kind),
        name=cap(name, 200),
        kind=kind,
        start=_time(fields, "start"),
        end=_time(fields, "end"),
        heard=heard,
        said=_said(fields, attributes, kind),
        loose=loose,
        call_id=attributes.text(*_CALL) if told else "",
        arguments=cap_values(arguments(_first(attributes, _GIVEN)), ROUGH) if told else {},
        observation=cap(text_in(_first(attributes, _GAVE)), ROUGH) if told else "",
        error=cap(failed, ROUGH),
        scores=tuple(_scores(fields, attributes)),
    )


def _one(span: Mapping[str, Any]) -> Iterator[tuple[Attributes, Attributes]]:
    given = span.get("attributes", span.get("tags"))
    fields = Attributes({name: held for name, held in span.items() if name not in {"attributes", "resource"}})
    if isinstance(given, Mapping | list):
        yield fields, Attributes(given)
    elif any(name.startswith("attributes.") for name in span):
        yield fields, Attributes({name[11:]: held for name, held in span.items() if name.startswith("attributes.")})
    elif any(name.startswith(("gen_ai.", "openinference.", "ai.")) for name in span):
        yield Attributes({}), Attributes(span)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else iter(())


def _kind(attributes: Attributes, fields: Attributes) -> str:
    if _event(attributes, fields) == "gen_ai.evaluation.result" and not fields.get("startTimeUnixNano", "start_time"):
        return "score"
    for name in _KIND:
        told = attributes.text(name).lower()
        if told.startswith("ai.") and told != "ai.toolcall":
            told = "chat" if told.startswith(("ai.generate", "ai.stream")) else ""
        if told in KINDS:
            return KINDS[told]
    said = fields.text("span_kind", "type").lower()
    if said in KINDS:
        return KINDS[said]
    if attributes.text("gen_ai.tool.name", "tool.name"):
        return "tool"
    return "agent" if attributes.text("gen_ai.agent.name", "agent_name") else ""


def _event(attributes: Attributes, fields: Attributes) -> str:
    return attributes.text("event.name") or fields.text("eventName", "event_name", "name")


def _parent(fields: Attributes, kind: str) -> str:
    parent = fields.text(*(_SPAN if kind == "score" else _PARENT))
    return "" if parent in _UNSEEN else parent


def _heard(fields: Attributes, attributes: Attributes, kind: str) -> tuple[tuple[Said, ...], bool]:
    for name in _HEARD:
        value = attributes.tree(name)
        if value is not None and (found := messages(value)):
            return found, False
    if kind in {"model", "tool"}:
        events = tuple(_of_events(fields, said=False))
        if events or kind == "tool":
            return events, False
    found = messages(attributes.get(*_PLAIN), "user")
    return found, bool(found)


def _said(fields: Attributes, attributes: Attributes, kind: str) -> tuple[Said, ...]:
    if kind == "tool":
        return ()
    calls = messages(attributes.get("ai.response.toolCalls"), "assistant")
    for name in _SAID:
        value = attributes.tree(name)
        said = answer(value) if kind == "model" else messages(value, "assistant")
        if said:
            return (*said, *calls)
    return (*calls, *_of_events(fields, said=True))


def _of_events(fields: Attributes, *, said: bool) -> Iterator[Said]:
    """What older conventions put into a span's events: ``gen_ai.user.message``, ``gen_ai.choice`` and so on."""
    for event in _objects(fields.get("events")):
        name = word(event.get("name"))
        held = Attributes(event.get("attributes"))
        if name.startswith("gen_ai.") and (name == "gen_ai.choice") is said:
            value = held.tree("message") or {key: held.tree(key) for key in ("content", "tool_calls", "id", "name")}
            role = held.text("role") or ("assistant" if said else name.split(".")[1])
            value = opened(value)
            yield from messages({"role": role, **value} if isinstance(value, Mapping) else value, role)
        elif name == "gen_ai.client.inference.operation.details":
            key = "gen_ai.output.messages" if said else "gen_ai.input.messages"
            yield from messages(held.tree(key))


def _first(attributes: Attributes, names: Iterable[str]) -> Any:
    return next((opened(value) for name in names if (value := attributes.tree(name)) not in (None, "")), None)


def _time(fields: Attributes, which: str) -> float | None:
    value = fields.get(f"{which}TimeUnixNano", f"{which}_time_unix_nano", f"{which}_time", f"{which}Time")
    if isinstance(value, list) and len(value) == 2 and all(type(part) in {int, float} for part in value):
        return float(value[0]) + float(value[1]) / 1e9
    if isinstance(value, str) and value.isdecimal() and len(value) < 25:
        value = int(value)
    if type(value) is int and value > 10**17:
        return value / 1e9
    return moment(value)


def _error(fields: Attributes, attributes: Attributes) -> str:
    code = str(fields.get("status.code", "status.status_code", "status_code", "statusCode") or "").lower()
    named = attributes.text("error.type")
    if code not in _ERRORS and not named:
        return ""
    message = fields.text("status.message", "status.description", "status_message", "statusMessage")
    for event in _objects(fields.get("events")):
        if word(event.get("name")) == "exception":
            message = Attributes(event.get("attributes")).text("exception.message") or message
    return message or named or "error"


def _scores(fields: Attributes, attributes: Attributes) -> Iterator[Score]:
    """Evaluations: in events, in the attributes of an event of its own, or as OpenInference's annotations."""
    held = [Attributes(event.get("attributes")) for event in _objects(fields.get("events"))]
    for one in (attributes, *held):
        if name := one.text("gen_ai.evaluation.name"):
            value = one.get("gen_ai.evaluation.score.value", "gen_ai.evaluation.score")
            yield Score(name=name, value=value, label=one.text("gen_ai.evaluation.score.label"))
    listed = attributes.tree("annotations") or fields.get("annotations", "span_annotations")
    named = attributes.tree("annotation")
    for key, entry in named.items() if isinstance(named, Mapping) else ():
        if isinstance(entry, Mapping):
            yield from _annotation({"name": key, **entry})
    for entry in _objects(listed):
        yield from _annotation(entry)


def _annotation(entry: Mapping[str, Any]) -> Iterator[Score]:
    result = entry.get("result")
    told = result if isinstance(result, Mapping) else entry
    human = word(entry.get("annotator_kind", entry.get("annotatorKind"))).lower() == "human"
    name = word(entry.get("name"))
    if name:
        yield Score(name=name, value=told.get("score"), label=word(told.get("label")), human=human)
