"""Fine-tuning files hold what surely worked, each thing once, and no task is on both sides of the split."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import TypeAdapter

from telltale.memory.errors import StoreIO
from telltale.memory.store import TenantStore
from telltale.memory.testing import an_episode
from telltale.memory.text import token_ids
from telltale.memory.types import Episode, Outcome, Step
from telltale.writers.chat import MOST_TOOLS, Tools, example
from telltale.writers.finetune import ALIKE, REPORT, TRAIN, VALIDATION, export_fine_tuning
from telltale.writers.near import groups
from telltale.writers.remember import remember

THINGS = ("kettle", "raincoat", "lamp", "atlas", "hammock", "violin", "teapot", "bicycle", "mirror", "blanket")
MESSAGES = TypeAdapter(list[ChatCompletionMessageParam])
TOOLS = TypeAdapter(list[ChatCompletionToolParam])
VALUES = st.none() | st.integers() | st.text()
STEPS = st.builds(
    Step, tool=st.text(max_size=70), arguments=st.dictionaries(st.text(max_size=5), VALUES),
    observation=st.text(max_size=9), error=st.text(max_size=3),
)  # fmt: skip


def episode(number: int, **fields: Any) -> Episode:
    first, second = THINGS[number % 10], THINGS[number // 10 % 10]
    text = fields.pop("text", f"Send {first} {second} back, not {second} {first}")
    step = Step(tool="send_back", arguments={"n": number, "fast": True}, observation="sent")
    return an_episode(text, **{"id": f"e{number:03}", "steps": (step,), "signature": "send_back", **fields})


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in (folder / name).read_text("utf-8").splitlines()]


def test_only_what_somebody_said_succeeded_is_taught(tmp_path: Path) -> None:
    told = export_fine_tuning(
        [
            episode(0),
            episode(1, outcome=Outcome.FAILURE),
            episode(2, outcome=Outcome.UNKNOWN),
            episode(3, said_by="signal:tests"),
            episode(4, steps=()),
            episode(0, id="e999"),
        ],
        {},
        tmp_path,
    )
    assert (told.train, told.validation) == (1, 0)
    assert told.procedures == {"send_back": {"train": 1, "validation": 0, "left_out": 5}}
    assert told.left_out == {
        "did the same as another": 1, "nothing was asked or done": 1, "outcome failure": 1, "outcome unknown": 1,
        "success is a guess": 1,
    }  # fmt: skip
    assert json.loads((tmp_path / REPORT).read_text("utf-8"))["left_out"] == told.left_out


def test_a_call_that_met_an_error_is_told_and_not_learned() -> None:
    failed = Step(tool="send_back", arguments={"n": "8"}, error="no such thing")
    one = episode(7, steps=(failed, *episode(7).steps), answer="It is on its way.", context={"channel": "chat"})
    told = example(one, Tools([one]))
    assert [message["role"] for message in told["messages"]] == ["user", *["assistant", "tool"] * 2, "assistant"]
    assert [message.get("weight") for message in told["messages"]] == [None, 0, None, None, None, None]
    assert told["messages"][0]["content"].endswith("\n\nchannel: chat")
    assert told["tools"][0]["function"]["parameters"] == {
        "type": "object", "properties": {"fast": {"type": "boolean"}, "n": {"type": ["integer", "string"]}},
        "required": ["n"],
    }  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.builds(an_episode, st.text(min_size=1), steps=st.lists(STEPS, max_size=4).map(tuple),
       answer=st.sampled_from(["", "done"])), min_size=1, max_size=3))  # fmt: skip
def test_any_run_is_an_example_that_the_public_types_accept(runs: list[Episode]) -> None:
    tools = Tools(runs)
    for run in runs:
        told = json.loads(json.dumps(example(run, tools)))
        MESSAGES.validate_python(told["messages"])
        TOOLS.validate_python(told.get("tools", []))
        asked = [call["id"] for message in told["messages"] for call in message.get("tool_calls") or ()]
        answered = [message["tool_call_id"] for message in told["messages"] if message["role"] == "tool"]
        assert answered == asked[: len(answered)]
        assert len(asked) - len(answered) == (1 if run.steps and not run.answer else 0)
        names = [tool["function"]["name"] for tool in told.get("tools", [])]
        assert len(set(names)) == len(names) == len({step.tool for one in runs for step in one.steps} if names else ())
        assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in names)


def test_all_tools_are_offered_or_as_many_as_fit() -> None:
    many = [episode(n, steps=(Step(tool=f"tool{n}"),)) for n in range(200)]
    offered = [tool["function"]["name"] for tool in example(many[199], Tools(many))["tools"]]
    assert (len(offered), "tool199" in offered) == (MOST_TOOLS, True)


def test_a_frequent_procedure_does_not_drown_the_others(tmp_path: Path) -> None:
    many = [episode(n) for n in range(60)]
    few = [episode(n, id=f"f{n}", signature="repair") for n in range(60, 74)]
    fewer = [episode(n, id=f"g{n}", signature="swap") for n in range(74, 80)]
    told = export_fine_tuning([*many, *few, *fewer], {}, tmp_path, held=0)
    assert {name: counts["train"] for name, counts in told.procedures.items()} == {
        "repair": 14, "send_back": 28, "swap": 6,
    }  # fmt: skip
    assert told.left_out == {"over 28 of its procedure": 32}


def test_different_tasks_go_before_the_same_told_again(tmp_path: Path) -> None:
    twins = [episode(0, id=f"t{n}", text=f"Send order {n} back to its maker") for n in range(30)]
    told = export_fine_tuning([*twins, *(episode(n) for n in range(1, 10))], {}, tmp_path, most=10, held=0)
    tasks = {one["messages"][0]["content"] for one in lines(tmp_path, TRAIN)}
    assert (told.train, sum("order" in task for task in tasks)) == (10, 1)


def test_near_copies_and_tasks_of_one_trace_stay_on_one_side(tmp_path: Path) -> None:
    near = [episode(n, id=f"n{n}{c}", text=f"{episode(n).text} {c}") for n in range(40) for c in ("please 7", "8", "")]
    tied = [episode(n, id=f"t{n}", trace_id=f"trace{n % 5}", task_index=n) for n in range(40, 80)]
    export_fine_tuning([*near, *tied], {}, tmp_path, most=1_000, held=0.3)
    tasks = {name: [one["messages"][0]["content"] for one in lines(tmp_path, name)] for name in (TRAIN, VALIDATION)}
    assert 40 < len(tasks[VALIDATION]) <= 48
    for here in tasks[VALIDATION]:
        ours = set(token_ids(here).tolist())
        for there in tasks[TRAIN]:
            theirs = set(token_ids(there).tolist())
            assert len(ours & theirs) < ALIKE * len(ours | theirs)
    sides = {t % 5: {name for name, of in tasks.items() if episode(t).text in of} for t in range(40, 80)}
    assert all(len(side) == 1 for side in sides.values())


def test_every_procedure_keeps_an_example_to_train_on(tmp_path: Path) -> None:
    runs = [episode(n, signature=f"only-{n}") for n in range(30)]
    assert export_fine_tuning(runs, {}, tmp_path, held=0.5).validation == 0


def test_the_same_runs_give_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    runs = [episode(n) for n in range(50)]
    for name, given_, seed in (("a", runs, 0), ("b", runs[::-1], 0), ("c", runs, 1)):
        export_fine_tuning(given_, {}, tmp_path / name, seed=seed)
    for name in (TRAIN, VALIDATION, REPORT):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / TRAIN).read_bytes() != (tmp_path / "c" / TRAIN).read_bytes()


def test_what_is_written_is_redacted_and_can_be_taken_in_again(tmp_path: Path, tenant: TenantStore) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    call = {"id": "1", "type": "function", "function": {"name": "login", "arguments": json.dumps({"token": secret})}}
    talk = [
        {"role": "user", "content": f"Log in with {secret}"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": f"{secret} is right"},
        {"role": "assistant", "content": "You are in."},
    ]
    remember(talk, tenant, outcome="success")
    (before,) = tenant.episodes()
    export_fine_tuning([before], {}, tmp_path)
    assert secret not in (tmp_path / TRAIN).read_text("utf-8")
    (line,) = lines(tmp_path, TRAIN)
    assert len(remember(line, tenant, outcome="success", trace_id="again")) == 1
    (after,) = (one for one in tenant.episodes() if one.id != before.id)
    assert (after.text, after.steps, after.answer) == (before.text, before.steps, before.answer)


@pytest.mark.parametrize("empty", [[], [episode(1, outcome=Outcome.FAILURE)]])
def test_nothing_good_gives_empty_files(tmp_path: Path, empty: list[Episode]) -> None:
    assert export_fine_tuning(empty, {}, tmp_path).train == 0
    assert lines(tmp_path, TRAIN) == lines(tmp_path, VALIDATION) == []


def test_a_run_that_no_trainer_takes_is_left_out(tmp_path: Path) -> None:
    told = export_fine_tuning([episode(1, answer="very long " * 40_000), episode(2)], {}, tmp_path)
    assert (told.train, told.left_out) == (1, {"longer than 65,536 tokens": 1})


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreIO, match="taken"):
        export_fine_tuning([episode(1)], {}, tmp_path / "taken")


@given(st.lists(st.sets(st.integers(0, 12), max_size=8), max_size=12))
def test_every_pair_that_is_alike_is_in_one_group(rows: list[set[int]]) -> None:
    tokens = [np.array(sorted(row), np.uint32) for row in rows]
    of = groups(tokens, [str(n) for n in range(len(rows))], alike=ALIKE)
    for a, first in enumerate(rows):
        for b, second in enumerate(rows):
            if first | second and len(first & second) >= ALIKE * len(first | second):
                assert of[a] == of[b]
