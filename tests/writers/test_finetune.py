"""Fine-tuning files hold what surely worked, each thing once, and no task is on both sides of the split."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.testing import an_episode
from telltale.memory.text import token_ids
from telltale.memory.types import Episode, Outcome, Step
from telltale.writers.finetune import ALIKE, TRAIN, VALIDATION, chat, export_fine_tuning
from telltale.writers.near import groups


def episode(number: int, **fields: Any) -> Episode:
    drawn = random.Random(number).sample(range(1_000), 8)
    text = fields.pop("text", "Send back " + " ".join(f"thing{n}" for n in drawn))
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
        held=0,
    )
    assert (told.train, told.validation, told.procedures) == (1, 0, {"send_back": 1})
    assert told.left_out == {
        "copy of another": 1, "more than its procedure's share": 0, "nothing was done": 1, "outcome failure": 1,
        "outcome unknown": 1, "success is a guess": 1,
    }  # fmt: skip


def test_a_line_is_a_conversation_in_which_every_call_has_its_result() -> None:
    failed = Step(tool="send_back", arguments={"n": 8}, error="no such thing")
    told = chat(episode(7, steps=(failed, *episode(7).steps), answer="It is on its way.", context={"channel": "chat"}))
    roles = [message["role"] for message in told["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant"]
    assert told["messages"][0]["content"].endswith('Context: {"channel": "chat"}')
    assert told["messages"][1]["tool_calls"][0]["id"] == told["messages"][2]["tool_call_id"]
    assert told["tools"][0]["function"]["parameters"]["properties"] == {
        "n": {"type": "integer"},
        "fast": {"type": "boolean"},
    }


def test_a_frequent_procedure_does_not_drown_the_others(tmp_path: Path) -> None:
    many = [episode(n) for n in range(60)]
    few = [episode(n, id=f"f{n}", signature="repair") for n in range(60, 70)]
    fewer = [episode(n, id=f"g{n}", signature="swap") for n in range(70, 76)]
    told = export_fine_tuning([*many, *few, *fewer], {}, tmp_path)
    assert told.procedures == {"repair": 10, "send_back": 20, "swap": 6}
    assert told.left_out["more than its procedure's share"] == 40


def test_near_copies_and_tasks_of_one_trace_stay_on_one_side(tmp_path: Path) -> None:
    near = [episode(n, id=f"n{n}{c}", text=f"{episode(n).text} {c}") for n in range(40) for c in ("please", "now", "")]
    tied = [episode(n, id=f"t{n}", trace_id=f"trace{n % 5}") for n in range(40, 80)]
    export_fine_tuning([*near, *tied], {}, tmp_path, most=1_000, held=0.3)
    tasks = {name: [one["messages"][0]["content"] for one in lines(tmp_path, name)] for name in (TRAIN, VALIDATION)}
    assert min(map(len, tasks.values())) > 5
    for here in tasks[VALIDATION]:
        ours = set(token_ids(here).tolist())
        for there in tasks[TRAIN]:
            theirs = set(token_ids(there).tolist())
            assert len(ours & theirs) < ALIKE * len(ours | theirs)
    sides = {t % 5: {name for name, of in tasks.items() if episode(t).text in of} for t in range(40, 80)}
    assert all(len(side) == 1 for side in sides.values())


def test_the_same_memory_gives_the_same_files(tmp_path: Path) -> None:
    episodes = [episode(n) for n in range(50)]
    export_fine_tuning(episodes, {}, tmp_path / "a")
    export_fine_tuning(reversed(episodes), {}, tmp_path / "b")
    for name in (TRAIN, VALIDATION):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("empty", [[], [episode(1, outcome=Outcome.FAILURE)]])
def test_nothing_good_gives_empty_files(tmp_path: Path, empty: list[Episode]) -> None:
    assert export_fine_tuning(empty, {}, tmp_path).train == 0
    assert lines(tmp_path, TRAIN) == lines(tmp_path, VALIDATION) == []


@given(st.lists(st.sets(st.integers(0, 12), max_size=8), max_size=12))
def test_every_pair_that_is_alike_is_in_one_group(rows: list[set[int]]) -> None:
    tokens = [np.array(sorted(row), np.uint32) for row in rows]
    of = groups(tokens, [str(n) for n in range(len(rows))], alike=ALIKE)
    for a, first in enumerate(rows):
        for b, second in enumerate(rows):
            if first | second and len(first & second) >= ALIKE * len(first | second):
                assert of[a] == of[b]
