"""Spans of every kind become the run that they tell of: asked once, each call once, agents within agents linked."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.cut import cut
from telltale.writers.formats import spans
from telltale.writers.formats.detect import Reading
from telltale.writers.formats.scores import Score, judged, meant


def read(*records: Any) -> list[Any]:
    data = b"\n".join(json.dumps(record).encode() for record in records)
    return [found.item for found in Reading(io.BytesIO(data), "spans.jsonl")]


def told(trace: Trace) -> list[tuple[str, str, list[tuple[str, dict[str, Any], str]]]]:
    """Who said what and called what, and what came back."""
    return [
        (
            turn.role,
            turn.text,
            [(call.tool, dict(call.arguments), call.error or call.observation) for call in turn.calls],
        )
        for turn in trace.turns
    ]


ASKED_DONE = [
    ("user", "Refund order 7", []),
    ("assistant", "", [("refund", {"order": 7}, "ok")]),
    ("assistant", "Done.", []),
]


def span(id_: str, parent: str, at: int, **attributes: Any) -> dict[str, Any]:
    times = {"startTimeUnixNano": str((1_700_000_000 + at) * 10**9), "endTimeUnixNano": (1_700_000_001 + at) * 10**9}
    return {"traceId": "t", "spanId": id_, "parentSpanId": parent, "name": id_, "attributes": attributes} | times


def parts(role: str, *held: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "parts": list(held)}


USER = parts("user", {"type": "text", "content": "Refund order 7"})
CALL = parts("assistant", {"type": "tool_call", "id": "c1", "name": "refund", "arguments": {"order": 7}})
BACK = parts("tool", {"type": "tool_call_response", "id": "c1", "response": "ok"})
DONE = parts("assistant", {"type": "text", "content": "Done."})


def chat(id_: str, parent: str, at: int, heard: list[Any], said: list[Any]) -> dict[str, Any]:
    told = {"gen_ai.input.messages": json.dumps(heard), "gen_ai.output.messages": said}
    return span(id_, parent, at, **{"gen_ai.operation.name": "chat"} | told)


def agent(id_: str, parent: str, at: int, **more: Any) -> dict[str, Any]:
    return span(id_, parent, at, **{"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": id_} | more)


def ran(id_: str, parent: str, at: int, **more: Any) -> dict[str, Any]:
    named = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund", "gen_ai.tool.call.id": "c1"}
    return span(id_, parent, at, **named | more)


RUN = [
    agent("a", "", 0),
    chat("m1", "a", 1, [USER], [CALL]),
    ran("f", "a", 3, **{"gen_ai.tool.call.result": "ok"}),
    chat("m2", "a", 5, [USER, CALL, BACK], [DONE]),
]


# ---- OpenTelemetry -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, -1])
def test_spans_of_one_trace_are_one_run_in_any_order(order: int) -> None:
    (trace,) = read(*RUN[::order])
    assert (trace.format, trace.trace_id, told(trace)) == ("otel", "t", ASKED_DONE)
    assert (trace.outcome, trace.time) == (Outcome.UNKNOWN, 1_700_000_000.0)


def test_otlp_wraps_spans_with_typed_values() -> None:
    def typed(value: Any) -> dict[str, Any]:
        return {"stringValue": value if isinstance(value, str) else json.dumps(value)}

    listed = [
        one | {"attributes": [{"key": key, "value": typed(value)} for key, value in one["attributes"].items()]}
        for one in RUN
    ]
    (trace,) = read({"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": listed}]}]})
    assert told(trace) == ASKED_DONE


def test_a_call_that_only_its_span_tells_of_is_a_step() -> None:
    with_input = ran("f", "a", 3, **{"gen_ai.tool.call.arguments": '{"order": 7}', "gen_ai.tool.call.result": "ok"})
    (trace,) = read(agent("a", "", 0), chat("m1", "a", 1, [USER], []), with_input, chat("m2", "a", 5, [USER], [DONE]))
    assert told(trace) == ASKED_DONE


def test_messages_may_stand_in_events_as_older_conventions_have_it() -> None:
    calls = [{"id": "c1", "function": {"name": "refund", "arguments": '{"order": 7}'}}]
    events = [
        {"name": "gen_ai.user.message", "attributes": {"content": "Refund order 7"}},
        {"name": "gen_ai.choice", "attributes": {"message": json.dumps({"role": "assistant", "tool_calls": calls})}},
    ]
    first = span("m1", "", 1, **{"gen_ai.operation.name": "chat"}) | {"events": events}
    (trace,) = read(first, ran("f", "m1", 3, **{"gen_ai.tool.call.result": "ok"}), chat("m2", "", 5, [USER], [DONE]))
    assert told(trace) == ASKED_DONE


def test_vercels_spans_are_read() -> None:
    prompt = json.dumps([{"role": "user", "content": [{"type": "text", "text": "Refund order 7"}]}])
    asked = json.dumps([{"toolCallId": "c1", "toolName": "refund", "input": '{"order": 7}'}])
    model = {"ai.operationId": "ai.generateText.doGenerate", "ai.prompt.messages": prompt}
    tool = {"ai.operationId": "ai.toolCall", "ai.toolCall.name": "refund", "ai.toolCall.id": "c1"}
    whole = {
        "ai.operationId": "ai.generateText",
        "ai.prompt": '{"prompt": "Refund order 7"}',
        "ai.response.text": "Done.",
    }
    (trace,) = read(
        span("g", "", 0, **whole) | {"endTimeUnixNano": (1_700_000_009) * 10**9},
        span("m", "g", 1, **model, **{"ai.response.toolCalls": asked}),
        span("f", "g", 3, **tool, **{"ai.toolCall.result": '"ok"'}),
    )
    assert told(trace) == ASKED_DONE


def test_an_evaluation_is_the_outcome_and_an_error_of_the_root_a_failure() -> None:
    told = {"gen_ai.evaluation.name": "task_completion", "gen_ai.evaluation.score.label": "pass"}
    event = {"name": "gen_ai.evaluation.result", "attributes": told}
    judged_run, broken = RUN[0] | {"events": [event]}, RUN[0] | {"status": {"code": 2, "message": "boom"}}
    (trace,), (failed,) = read(judged_run, *RUN[1:]), read(broken, *RUN[1:])
    assert (trace.outcome, trace.score, trace.said_by) == (Outcome.SUCCESS, 1.0, "otel task_completion")
    assert (failed.outcome, failed.said_by) == (Outcome.FAILURE, "otel error")


def test_an_evaluation_may_come_as_a_log_record() -> None:
    told = {"event.name": "gen_ai.evaluation.result", "gen_ai.evaluation.name": "correctness"}
    log = {"traceId": "t", "spanId": "a", "attributes": told | {"gen_ai.evaluation.score.value": 0.0}}
    (trace,) = read(*RUN, log)
    assert (trace.outcome, trace.said_by) == (Outcome.FAILURE, "otel correctness")


def test_telemetry_of_other_things_is_nobodys_item() -> None:
    other = span("h", "", 0, **{"http.request.method": "GET"}) | {"traceId": "u"}
    assert [type(item) for item in read(*RUN, other)] == [Trace, type(None)]


def test_attributes_alone_are_one_run_without_an_id() -> None:
    (trace,) = read(
        {"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps([USER, CALL, BACK]), "output": "Done."}
    )
    assert (trace.trace_id, told(trace)) == ("", ASKED_DONE)


# ---- agents within agents ------------------------------------------------------------------------------------------


def test_an_agent_within_a_run_is_a_step_of_it_and_a_linked_run_of_its_own() -> None:
    inner = [parts("user", {"type": "text", "content": "Check order 7"})]
    fine = [parts("assistant", {"type": "text", "content": "It is fine."})]
    main, sub = read(*RUN[:2], agent("checker", "a", 3), chat("m", "checker", 4, inner, fine), *RUN[2:])
    assert (sub.trace_id, sub.parent, main.parent) == ("t/checker", "t", "")
    assert ("assistant", "", [("checker", {"task": "Check order 7"}, "It is fine.")]) in told(main)
    assert told(sub) == [("user", "Check order 7", []), ("assistant", "It is fine.", [])]


def test_layers_around_one_agent_are_no_runs_of_their_own() -> None:
    outer = [agent("outer", "", 0, input="Refund order 7"), agent("a", "outer", 0)]
    (trace,) = read(*outer, *RUN[1:])
    assert (trace.trace_id, told(trace)) == ("t", ASKED_DONE)


def test_thousands_of_agents_within_each_other_do_not_break_the_reader() -> None:
    deep = [agent(f"a{n}", f"a{n - 1}", n) for n in range(3_000)]
    models = [chat(f"m{n}", f"a{n}", n, [USER], [DONE]) for n in range(3_000)]
    assert len(read(*deep, *models)) == spans.DEEPEST + 1


def test_spans_that_are_each_others_parents_are_read() -> None:
    (trace,) = read(*(one | {"parentSpanId": parent} for one, parent in zip(RUN, ("f", "a", "a", "a"), strict=True)))
    assert told(trace) == ASKED_DONE


def test_traces_that_rested_long_are_closed_so_that_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "WAITING_BYTES", 3_000)
    runs = [one | {"traceId": f"t{n}"} for n in range(50) for one in RUN]
    assert [trace.trace_id for trace in read(*runs)] == [f"t{n}" for n in range(50)]


# ---- OpenInference -------------------------------------------------------------------------------------------------


def test_openinference_attributes_are_read_flat_and_nested() -> None:
    flat = {
        "openinference.span.kind": "LLM",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "Refund order 7",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "refund",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"order": 7}',
    }
    tool = {"openinference": {"span": {"kind": "TOOL"}}, "tool": {"name": "refund"}, "output": {"value": "ok"}}
    root = {"openinference.span.kind": "AGENT", "output.value": "Done."}
    rows = [("a", None, 0, root), ("m", "a", 1, flat), ("f", "a", 2, tool)]
    (trace,) = read(
        *(
            {"context": {"trace_id": "t", "span_id": id_}, "parent_id": parent, "attributes": held}
            | {"start_time": f"2026-01-01T00:00:0{at}Z"}
            for id_, parent, at, held in rows
        )
    )
    assert (trace.format, told(trace)) == ("openinference", ASKED_DONE)


def test_an_annotation_is_the_outcome_and_a_persons_goes_first() -> None:
    machine = {"name": "correctness", "annotator_kind": "LLM", "result": {"score": 1}}
    person = {"name": "user feedback", "annotator_kind": "HUMAN", "result": {"label": "thumbs_down"}}
    held = {"openinference.span.kind": "LLM", "input.value": "Refund order 7", "annotations": [machine, person]}
    (trace,) = read({"context": {"trace_id": "t", "span_id": "a"}, "attributes": held})
    assert (trace.outcome, trace.said_by) == (Outcome.FAILURE, "openinference user feedback")


# ---- LangSmith -----------------------------------------------------------------------------------------------------


def run(id_: str, kind: str, inputs: Any, outputs: Any, at: int, **more: Any) -> dict[str, Any]:
    times = {"start_time": f"2026-01-01T00:00:0{at}", "end_time": f"2026-01-01T00:00:0{at}.5"}
    return (
        {"id": id_, "name": id_, "run_type": kind, "trace_id": "r", "inputs": inputs, "outputs": outputs} | times | more
    )


HUMAN = {"type": "human", "content": "Refund order 7"}
ASKS = {"type": "ai", "content": "", "tool_calls": [{"id": "c1", "name": "refund", "args": {"order": 7}}]}
TOOL = {"type": "tool", "content": "ok", "tool_call_id": "c1"}
FINAL = {"type": "ai", "content": "Done."}
CHILDREN = [
    run("m1", "llm", {"messages": [[HUMAN]]}, {"generations": [[{"message": ASKS}]]}, 1),
    run("refund", "tool", {"input": '{"order": 7}'}, {"output": TOOL}, 2),
    run("m2", "llm", {"messages": [[HUMAN, ASKS, TOOL]]}, {"generations": [[{"message": FINAL}]]}, 3),
]
ROOT = run("r", "chain", {"input": "Refund order 7"}, {"output": "Done."}, 0)


@pytest.mark.parametrize("nested", [True, False])
def test_langsmith_runs_are_a_tree_or_a_list(nested: bool) -> None:
    alone = [child | {"parent_run_id": "r"} for child in CHILDREN]
    (trace,) = read(ROOT | {"child_runs": CHILDREN}) if nested else read(*alone, ROOT)
    assert (trace.format, trace.trace_id, told(trace)) == ("langsmith", "r", ASKED_DONE)


def test_a_run_that_is_posted_and_patched_is_one() -> None:
    posted = run("p", "llm", {"messages": [{"role": "user", "content": "Hi"}]}, {}, 0) | {"trace_id": "p"}
    patch = {
        "dotted_order": "20260101T000000000001Zp",
        "outputs": {"choices": [{"message": FINAL | {"role": "assistant"}}]},
    }
    (trace,) = read({"post": [posted], "patch": [patch]})
    assert told(trace) == [("user", "Hi", []), ("assistant", "Done.", [])]


@pytest.mark.parametrize(
    ("more", "feedback", "expected"),
    [
        ({"feedback_stats": {"correctness": {"avg": 1.0}}}, [], (Outcome.SUCCESS, "langsmith correctness")),
        ({}, [{"run_id": "r", "key": "user_score", "score": 0}], (Outcome.FAILURE, "langsmith user_score")),
        ({"feedback_stats": {"latency": {"avg": 1.0}}}, [], (Outcome.UNKNOWN, "")),
        ({"error": "TimeoutError()"}, [], (Outcome.FAILURE, "langsmith error")),
        ({"status": "success"}, [], (Outcome.UNKNOWN, "")),
    ],
)
def test_langsmiths_outcome_is_its_feedback_or_an_error(more: Any, feedback: list[Any], expected: Any) -> None:
    (trace,) = read(ROOT | {"child_runs": CHILDREN} | more, *feedback)
    assert (trace.outcome, trace.said_by) == expected


# ---- Langfuse ------------------------------------------------------------------------------------------------------


def observation(id_: str, kind: str, given: Any, gave: Any, at: int) -> dict[str, Any]:
    placed = {"id": id_, "type": kind, "name": "refund", "parentObservationId": "o", "traceId": "t"}
    return placed | {"input": given, "output": gave, "startTime": f"2026-01-01T00:00:0{at}Z", "level": "DEFAULT"}


OBSERVED = [
    observation("o", "SPAN", None, None, 0) | {"parentObservationId": None},
    observation("m1", "GENERATION", [{"role": "user", "content": "Refund order 7"}], ASKS | {"role": "assistant"}, 1),
    observation("f", "TOOL", {"order": 7}, "ok", 2),
    observation("m2", "GENERATION", [HUMAN, ASKS, TOOL], "Done.", 3),
]
WHOLE = {
    "id": "t",
    "name": "x",
    "input": "Refund order 7",
    "scores": [{"name": "success", "value": 0, "source": "API"}],
}


@pytest.mark.parametrize("value", [WHOLE | {"observations": OBSERVED}, {"trace": WHOLE, "observations": OBSERVED}])
def test_a_langfuse_trace_is_read_with_its_score(value: Any) -> None:
    (trace,) = read(value)
    assert (trace.format, trace.trace_id, told(trace)) == ("langfuse", "t", ASKED_DONE)
    assert (trace.outcome, trace.said_by) == (Outcome.FAILURE, "langfuse success")


def test_rows_of_observations_are_put_together() -> None:
    (trace,) = read(*OBSERVED)
    assert (trace.trace_id, told(trace), trace.outcome) == ("t", ASKED_DONE, Outcome.UNKNOWN)


# ---- scores --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (Score(name="x", value=True), (Outcome.SUCCESS, 1.0)),
        (Score(name="x", value=0.4), (Outcome.PARTIAL, 0.4)),
        (Score(name="x", value="incorrect"), (Outcome.FAILURE, 0.0)),
        (Score(name="x", value=5), (Outcome.UNKNOWN, None)),
        (Score(name="x", value=float("nan")), (Outcome.UNKNOWN, None)),
        (Score(name="x", value={"a": 1}), (Outcome.UNKNOWN, None)),
        (Score(name="x", value=0, label="Pass"), (Outcome.SUCCESS, 1.0)),
    ],
)
def test_a_score_says_what_its_label_or_number_says(score: Score, expected: Any) -> None:
    assert meant(score) == expected


@pytest.mark.parametrize("name", ["toxicity", "hallucination", "latency_ms", "incorrect_rate", "cost", "passage_count"])
def test_scores_of_other_things_say_nothing_of_the_outcome(name: str) -> None:
    assert judged([Score(name=name, value=0)], "x")[0] is Outcome.UNKNOWN


# By folder: traces, episodes, steps, rejects and traces that are refused, and episodes by who said how they ended.
REAL: dict[str, tuple[int, int, int, int, dict[str, int]]] = {
    "langfuse_trace": (13, 13, 18, 0, {"langfuse correctness": 1}),
    "langsmith_runs": (6, 6, 2, 0, {}),
    "openinference_spans": (7, 6, 2, 2, {}),
    "inspect_ai": (21, 21, 9, 1, {"match": 6, "choice": 1, "includes": 1, "closeness_log": 1, "model_graded_fact": 1}),
}


@pytest.mark.parametrize("folder", REAL)
def test_real_files_are_read(folder: str, shared_data: Path) -> None:
    found: Counter[str] = Counter()
    said_by: Counter[str] = Counter()
    for file in sorted((shared_data / "traces" / folder).iterdir()):
        for item in [found.item for found in Reading(io.BytesIO(file.read_bytes()), file.name)]:
            found["rejects" if isinstance(item, RecordError) else "none" if item is None else "traces"] += 1
            try:
                episodes = cut(item) if isinstance(item, Trace) else []
            except RecordError:
                found["rejects"] += 1
                continue
            found["steps"] += sum(len(episode.steps) for episode in episodes)
            found["episodes"] += len(episodes)
            said_by.update(episode.said_by.removeprefix("inspect ") for episode in episodes if episode.said_by)
    assert (found["traces"], found["episodes"], found["steps"], found["rejects"], dict(said_by)) == REAL[folder]
