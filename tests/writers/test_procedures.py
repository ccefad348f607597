"""Grouping of episodes into procedures."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.types import Episode, Outcome, Procedure, Profile, Step
from telltale.writers.procedures import group, names_by_key


def run(number: int, *, outcome: Outcome = Outcome.SUCCESS, tools: str = "", **fields: Any) -> Episode:
    steps = tuple(Step(tool=tool) for tool in tools.split())
    return Episode(id=f"{number:032x}", text=f"task {number}", outcome=outcome, steps=steps, **fields)


def only(episodes: list[Episode]) -> Procedure:
    (procedure,) = group(episodes)
    return procedure


def test_labels_stay_as_they_are() -> None:
    found = group([run(1, label="refund x2"), run(2, label="refund"), run(3, label="refund")])
    assert [(p.name, p.keys, p.episodes) for p in found] == [
        ("refund", ("refund",), 2),
        ("refund x2", ("refund x2",), 1),
    ]


def test_signatures_with_the_same_parts_are_one_procedure_named_by_the_most_frequent() -> None:
    found = only(
        [run(1, signature="email > refund"), run(2, signature="refund > email"), run(3, signature="email > refund")]
    )
    assert (found.name, found.keys) == ("email > refund", ("email > refund", "refund > email"))


def test_doing_it_twice_is_another_procedure_until_the_cases_say_otherwise() -> None:
    assert len(group([run(1, signature="refund"), run(2, signature="refund x2")])) == 2


def test_statements_that_differ_in_what_the_task_names_are_one_procedure() -> None:
    def asked(number: int, course: str, answer: str) -> Episode:
        return Episode(
            id=str(number),
            text=f"Who teaches {course}?",
            answer=answer,
            outcome=Outcome.SUCCESS,
            signature=f"answer:{number}",
        )

    same = [asked(n, str(n), f"SELECT name FROM course WHERE number = {n} AND open = 1") for n in (7, 8)]
    other = asked(9, "9", "SELECT name FROM course WHERE number = 9 AND open = 0")
    assert [len(procedure.keys) for procedure in group([*same, other])] == [2, 1]


def test_answers_that_share_most_words_are_one_procedure() -> None:
    answers = ["the refund of order 1 went to the card", "the refund of order 2 went to the card", "the sky is blue"]
    found = group([run(i, signature=f"answer:{i}", answer=answer) for i, answer in enumerate(answers)])
    assert [p.keys for p in found] == [("answer:0", "answer:1"), ("answer:2",)]


def test_a_failure_without_a_given_label_makes_no_procedure_but_counts_where_its_parts_are_known() -> None:
    failed = [
        run(i, outcome=Outcome.FAILURE, signature=signature) for i, signature in enumerate(("delete", "refund x3"))
    ]
    found = only([*failed, run(5, signature="refund")])
    assert (found.name, found.successes, found.failures) == ("refund", 1, 1)
    assert names_by_key([found]) == {"refund": "refund", "refund x3": "refund"}


def test_a_failure_with_a_given_label_names_its_procedure_but_lends_it_no_steps() -> None:
    found = only([run(1, outcome=Outcome.FAILURE, label="refund", tools="delete")])
    assert (found.profile, found.failures) == (Profile(parts={"refund": 1.0}), 1)


def test_the_profile_is_the_mean_over_successes_of_parts_and_tools() -> None:
    found = only([
        run(1, signature="refund", tools="lookup refund refund"),
        run(2, signature="refund", tools="refund"),
        run(3, signature="refund", tools="look look look", outcome=Outcome.UNKNOWN),
    ])  # fmt: skip
    assert found.profile == Profile(parts={"refund": 1.0, "step:lookup": 0.5, "step:refund": 1.5})


def test_copies_count_once_and_an_episode_without_any_key_belongs_nowhere() -> None:
    one = Episode(id="a", text="same", label="refund", outcome=Outcome.SUCCESS)
    other = Episode(id="b", text="same", label="refund", outcome=Outcome.SUCCESS)
    assert only([one, other, run(7)]).episodes == 1


LABELS = st.sampled_from(["", "refund", "gift"])
SIGNATURES = st.sampled_from(["", "refund", "refund x2", "email > refund", "answer:1", "answer:2"])
ANSWERS = st.sampled_from(["yes it is", "yes it is so", "no"])
ROWS = st.lists(st.tuples(LABELS, SIGNATURES, st.sampled_from(list(Outcome)), ANSWERS), max_size=12)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(
    rows: list[tuple[str, str, Outcome, str]], shuffler: random.Random
) -> None:
    episodes = [
        run(i, label=label, signature=signature, outcome=outcome, answer=answer)
        for i, (label, signature, outcome, answer) in enumerate(rows)
    ]
    before = group(episodes)
    shuffler.shuffle(episodes)
    assert group(episodes) == before
    keys = [key for procedure in before for key in procedure.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("size", [0, 1])
def test_small_memories_are_grouped(size: int) -> None:
    assert len(group([run(i, label="refund") for i in range(size)])) == size
