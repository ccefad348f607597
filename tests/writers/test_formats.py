"""Each format as a trace: what was said, which call got which result, and how it ended."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.errors import BadArgument, RecordError
from telltale.memory.types import Episode, Outcome, Step, Trace
from telltale.writers.cut import cut
from telltale.writers.formats import episodes
from telltale.writers.formats.detect import Reading
from telltale.writers.sign import UNRECORDED


def read(value: Any, name: str | None = None) -> list[Any]:
    return [found.item for found in Reading(io.BytesIO(json.dumps(value).encode()), "a.json", name=name)]


def trace(value: Any) -> Trace:
    (found,) = read(value)
    assert isinstance(found, Trace), found
    return found


def reject(value: Any, name: str | None = None) -> RecordError:
    (found,) = read(value, name)
    assert isinstance(found, RecordError), found
    return found


def called(tool: str, arguments: Any = "{}", id_: str = "c1") -> dict[str, Any]:
    call = {"id": id_, "type": "function", "function": {"name": tool, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def result(content: str, id_: str = "c1") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": content}


ASK = {"role": "user", "content": "Refund order 7"}
DONE = {"role": "assistant", "content": "Done."}


# ---- OpenAI --------------------------------------------------------------------------------------------------------


def test_openai_calls_get_the_results_with_their_ids() -> None:
    both = called("find", '{"name": "A"}', "c1")
    both["tool_calls"] += called("refund", '{"order": 7}', "c2")["tool_calls"]
    turns = trace([ASK, both, result("ok", "c2"), result("order 7", "c1"), DONE]).turns
    calls = [(call.tool, dict(call.arguments), call.observation) for turn in turns for call in turn.calls]
    assert calls == [("find", {"name": "A"}, "order 7"), ("refund", {"order": 7}, "ok")]


def test_ids_that_are_used_again_pair_in_order() -> None:
    turns = trace([ASK, called("first"), result("one"), called("second"), result("two"), DONE]).turns
    assert [call.observation for turn in turns for call in turn.calls] == ["one", "two"]


def test_what_a_record_says_of_its_run_is_taken() -> None:
    tools = [{"type": "function", "function": {"name": "refund", "annotations": {"readOnlyHint": True}}}]
    said = {"id": "t1", "context": {"channel": "chat"}, "outcome": "success", "score": 1, "tools": tools, "time": 5.0}
    found = trace(said | {"messages": [ASK, called("refund"), result("ok"), DONE], "procedure": "refund"})
    assert (found.trace_id, found.context, found.time) == ("t1", {"channel": "chat"}, 5.0)
    assert (found.outcome, found.score, found.said_by, found.procedure) == (Outcome.SUCCESS, 1.0, "trace", "refund")
    assert found.turns[1].calls[0].read_only is True


def test_system_messages_are_not_read() -> None:
    assert "secret policy" not in repr(trace([{"role": "system", "content": "secret policy"}, ASK, DONE]))


def test_arguments_that_are_no_object_are_kept_under_one_name() -> None:
    turns = trace([ASK, called("run", "not json"), result("ok"), called("run", "[1]", "c2"), DONE]).turns
    assert [dict(call.arguments) for turn in turns for call in turn.calls] == [
        {"arguments": "not json"},
        {"arguments": [1]},
    ]


@pytest.mark.parametrize(
    ("content", "failed"),
    [
        ("Error: user not found", True),
        ("ValueError: bad id", True),
        ('{"error": "no such order"}', True),
        ('{"success": false}', True),
        ('{"error": null, "status": "delivered"}', False),
        ("0 errors found", False),
        ("", False),
    ],
)
def test_a_result_that_says_error_is_one(content: str, failed: bool) -> None:
    call = trace([ASK, called("find"), result(content), DONE]).turns[1].calls[0]
    assert bool(call.error) is failed
    assert (call.error or call.observation) == content


def test_old_function_calls_are_read() -> None:
    old = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}
    turns = trace([ASK, old, {"role": "function", "name": "f", "content": "42"}, DONE]).turns
    assert turns[1].calls[0].observation == "42"


@pytest.mark.parametrize("value", [[], {"messages": []}])
def test_an_empty_trace_is_refused_as_one(value: Any) -> None:
    assert reject(value).code == "EMPTY_TRACE"


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"messages": [ASK, {"role": "wizard", "content": "x"}]}, "role"),
        ({"messages": [ASK, DONE], "outcome": "fine"}, "outcome"),
        ({"messages": [ASK, DONE], "score": 7}, "score"),
        ({"messages": [ASK, DONE], "context": [1]}, "context"),
        ({"messages": [ASK, called("")]}, "name"),
        ({"messages": [ASK, {"role": "assistant", "tool_calls": 5}]}, "tool_calls"),
    ],
)
def test_a_field_of_another_shape_is_named(value: Any, field: str) -> None:
    found = reject(value, "openai")
    assert (found.code, found.field) == ("BAD_FIELD", field)


# ---- Anthropic -----------------------------------------------------------------------------------------------------


def test_anthropic_results_in_user_turns_belong_to_their_calls() -> None:
    use = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}}
    back = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "a.py"}], "is_error": True}
    thought = {"type": "thinking", "thinking": "hm"}
    found = trace([ASK, {"role": "assistant", "content": [thought, use]}, {"role": "user", "content": [back]}, DONE])
    assert found.format == "anthropic"
    assert [turn.role for turn in found.turns] == ["user", "assistant", "assistant"]
    assert (found.turns[1].calls[0].error, found.turns[1].text) == ("a.py", "")


def test_a_file_may_mix_formats_line_by_line() -> None:
    use = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {}}
    lines = [[ASK, DONE], [ASK, {"role": "assistant", "content": [use]}], {"text": "a", "plan": "b"}, {"x": 1}]
    data = b"\n".join(json.dumps(line).encode() for line in lines)
    found = [found.item for found in Reading(io.BytesIO(data), "a.jsonl")]
    assert [getattr(item, "format", getattr(item, "code", "")) for item in found] == [
        *("openai", "anthropic", "telltale"),
        "UNKNOWN_FORMAT",
    ]


# ---- tau-bench -----------------------------------------------------------------------------------------------------


def test_tau_bench_results_carry_their_reward_and_not_the_answer() -> None:
    info = {"task": {"instruction": "You are Sofia", "actions": [{"name": "hidden"}]}}
    talk = [ASK, called("refund"), result("ok"), DONE, {"role": "user", "content": "Thanks ###STOP###"}]
    rows = [{"task_id": 3, "reward": reward, "info": info, "traj": talk, "trial": 0} for reward in (1.0, 0.0, 0.5)]
    found = read(rows)
    assert [one.outcome for one in found] == [Outcome.SUCCESS, Outcome.FAILURE, Outcome.PARTIAL]
    assert found[0].said_by == "tau-bench reward"
    assert not {"Sofia", "hidden", "STOP"} & set(repr(found).replace("#", " ").split())


def test_tau2_simulations_are_traces_each_and_stopped_ones_are_left_out() -> None:
    greeting = {"role": "assistant", "content": "Hi! How can I help you today?"}
    call = {"role": "assistant", "tool_calls": [{"id": "c", "name": "refund", "arguments": {"order": 7}}]}
    own = {"role": "user", "tool_calls": [{"id": "u", "name": "check_phone", "arguments": {}, "requestor": "user"}]}
    talk = [greeting, ASK, call, {"role": "tool", "id": "c", "content": "no", "error": True}, own, DONE]
    runs = [
        {"id": "s1", "task_id": "0", "reward_info": {"reward": 1.0}, "messages": talk},
        {"id": "s2", "task_id": "1", "termination_reason": "infrastructure_error", "messages": []},
        {"id": "s3", "task_id": "2", "messages": []},
    ]
    first, stopped, empty = read({"tasks": [], "simulations": runs})
    assert (first.trace_id, first.outcome, stopped, empty.code) == ("s1", Outcome.SUCCESS, None, "EMPTY_TRACE")
    (episode,) = cut(first)
    assert (episode.text, [step.tool for step in episode.steps], episode.steps[0].error) == (
        *("Refund order 7", ["refund"]),
        "no",
    )


def test_a_display_gives_the_talk_and_results_of_calls_without_names() -> None:
    display = (
        'user: Cancel it\nassistant: None\ntool: {"status": "ok"}\nassistant: Done.\nBye.\nuser: Thanks ###STOP###'
    )
    (episode,) = cut(trace({"messages_display": display}))
    assert (episode.text, episode.answer) == ("Cancel it", "Done.\nBye.")
    assert episode.steps == (Step(tool=UNRECORDED, observation='{"status": "ok"}'),)


# ---- telltale's own rows and case files ----------------------------------------------------------------------------


def episode(row: dict[str, Any]) -> Episode:
    (found,) = read([row])
    assert isinstance(found, Episode), found
    return found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=6,
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
OBJECTS = st.dictionaries(WORDS, JSON, max_size=3)
STEPS = st.builds(
    Step,
    tool=WORDS.map(str.strip),
    arguments=OBJECTS,
    observation=st.text(st.characters(exclude_categories=["Cs"])),
    error=WORDS | st.just(""),
    read_only=st.none() | st.booleans(),
)


@given(
    st.builds(
        Episode,
        text=WORDS,
        context=OBJECTS,
        steps=st.lists(STEPS, max_size=3).map(tuple),
        answer=WORDS | st.just(""),
        outcome=st.sampled_from(Outcome),
        score=st.none() | st.floats(0, 1),
        said_by=WORDS,
        label=WORDS | st.just(""),
        signature=WORDS,
        trace_id=WORDS,
        task_index=st.integers(0, 99),
        format=WORDS,
        source=WORDS,
        time=st.none() | st.floats(0, 10**10),
        id=WORDS,
    )
)
def test_an_episode_that_is_dumped_is_read_back_equal(before: Episode) -> None:
    assert episode(episodes.dump(before)) == before


def test_a_row_with_a_plan_and_no_success_is_a_success_said_by_dataset() -> None:
    found = episode({"id": "c1", "text": "Cancel it", "context": None, "plan": "cancel", "split": "memory"})
    assert (found.label, found.outcome, found.said_by, found.trace_id) == ("cancel", Outcome.SUCCESS, "dataset", "c1")


def test_a_row_that_says_it_failed_is_a_failure_with_its_label() -> None:
    found = episode({"text": "Cancel it", "plan": "cancel", "success": False})
    assert (found.outcome, found.label) == (Outcome.FAILURE, "cancel")


def test_a_row_without_a_plan_says_nothing_of_its_outcome() -> None:
    assert episode({"text": "Cancel it", "actions": ["cancel(7)"]}).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("split", ["query", "test"])
def test_query_rows_are_not_for_the_memory(split: str) -> None:
    assert read([{"text": "a", "plan": "b"}, {"text": "c", "plan": "b", "split": split}])[1] is None


def test_actions_become_steps_and_words_the_answer() -> None:
    actions = [
        "PutObject(mug,shelf)",
        "take mug 1 from shelf 2",
        "look",
        {"name": "refund", "arguments": {"order": 7}},
        "",
    ]
    found = episode({"text": "a", "plan": "b", "actions": actions, "steps": ["Go left.", "Take it."]})
    assert [(step.tool, dict(step.arguments)) for step in found.steps] == [
        ("PutObject", {"1": "mug", "2": "shelf"}),
        ("take", {"object": "mug 1", "from": "shelf 2"}),
        ("look", {}),
        ("refund", {"order": 7}),
    ]
    assert found.answer == "Go left.\nTake it."
    assert episode({"text": "a", "plan": "T1", "sql": "SELECT 1", "template": "SELECT x"}).answer == "SELECT 1"


def test_a_row_without_a_task_is_refused() -> None:
    assert [item.code for item in read([{"text": " ", "plan": "b"}, {"text": 5, "plan": ["b"]}])] == [
        "NO_TASK",
        "BAD_FIELD",
    ]


def test_a_format_that_is_named_is_used_and_one_that_is_not_known_refused() -> None:
    assert reject({"x": 1}, "telltale").code == "NO_TASK"
    with pytest.raises(BadArgument, match="expected one of"):
        read({"x": 1}, "word")
