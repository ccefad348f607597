"""Draws from memory rows for measuring: young memories and grown ones, with cases that a memory did not see."""

from __future__ import annotations

from typing import Any

import pytest

from telltale.evals.apart import FEW, few_of_each, held_apart

ROWS: list[dict[str, Any]] = [
    {"id": f"{plan}{n}", "text": f"{plan} {n}", "plan": plan} for plan in "abcdefghijklmno" for n in range(20)
]


def texts(sample: Any) -> tuple[list[str], list[str]]:
    return [row["text"] for row in sample.memory], [case.text for case in sample.cases]


def test_a_young_memory_has_five_of_each_and_half_of_its_cases_are_novel() -> None:
    sample = few_of_each(ROWS, episodes=20, asked=30, seed=1)
    assert sample is not None
    plans = [row["plan"] for row in sample.memory]
    assert {plans.count(plan) for plan in plans} == {FEW}
    assert [truth.has_match for truth in sample.truths] == [True] * 15 + [False] * 15


def test_where_procedures_are_few_more_is_remembered_of_each_and_at_the_end_there_is_no_memory() -> None:
    sample = few_of_each(ROWS, episodes=100, asked=30, seed=1)
    assert sample is not None
    assert (len(sample.memory), len({row["plan"] for row in sample.memory})) == (100, 10)
    assert few_of_each(ROWS, episodes=1000, asked=30, seed=1) is None


@pytest.mark.parametrize("seed", [0, 1])
def test_no_case_is_remembered_and_no_case_stands_beside_what_is(seed: int) -> None:
    remembered, asked = texts(held_apart(ROWS, memory=150, asked=60, novel=0.25, seed=seed))
    assert not set(remembered) & set(asked)
    known = {text.split()[0] for text in remembered}
    places = {int(text.split()[1]) for text in asked if text.split()[0] in known}
    assert places <= (set(range(14, 20)) if seed else set(range(6)))


def test_the_share_of_novel_cases_is_as_asked_for_also_where_one_kind_is_short() -> None:
    for asked in (40, 10_000):
        truths = held_apart(ROWS, memory=150, asked=asked, novel=0.1, seed=0).truths
        assert sum(not truth.has_match for truth in truths) == round(len(truths) * 0.1)


def test_failures_and_rows_without_a_plan_are_neither_remembered_nor_asked_about() -> None:
    odd: list[dict[str, Any]] = [
        {"id": "f", "text": "failed", "plan": "a", "success": False},
        {"id": "n", "text": "none", "plan": None},
    ]
    sample = few_of_each([*ROWS, *odd], episodes=75, asked=400, seed=0)
    assert sample is not None
    assert not {"failed", "none"} & {*texts(sample)[0], *texts(sample)[1]}
