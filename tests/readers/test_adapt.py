"""Whatever comes, no more answers mislead than promised, but for a constant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.readers.adapt import MOST, RATE, Account, Level, misled_by

RISKS = st.sampled_from([0.01, 0.05, 0.1, 0.3])


def row(
    recall: str = "r", *, misled: bool | None = None, risk: float = 0.05, admitted: tuple[str, ...] = ("a",)
) -> Any:
    said = {"helped": ["a"] if misled is False else [], "misled": ["a"] if misled else []}
    return {"recall": recall, "admitted": list(admitted), "risk": risk, **said}


def after(*rows: Any) -> Level:
    account = Account()
    for each in rows:
        account.add(each)
    return account.level


@given(st.lists(st.tuples(RISKS, st.booleans()), max_size=400))
def test_no_more_answers_mislead_than_promised_but_for_eleven_whatever_the_sequence(
    world: list[tuple[float, bool]],
) -> None:
    level, promised = Level(), 0.0
    for asked, misleading in world:
        level = level.waited(asked) if level.closed else level.after(asked, misled=misleading)
        promised += asked
        assert level.misled - promised <= (1.0 + RATE) / RATE + 1e-9


@given(st.integers(1, 3000), RISKS)
def test_a_world_that_always_misleads_does_so_eleven_times_and_then_as_often_as_promised(
    cases: int, asked: float
) -> None:
    """Waiting counts as answers that did not mislead, so the rate over both keeps the bound of the paper."""
    level, misled = Level(), 0
    for _ in range(cases):
        if level.risk(asked) > 0:
            level, misled = level.after(asked, misled=True), misled + 1
        else:
            level = level.waited(asked)
    assert misled / cases - asked <= (1.0 + RATE) / (RATE * cases) + 1e-9


def test_the_rate_comes_near_the_promise_from_above_and_from_below() -> None:
    """An answer misleads just when the bar is set for more than the world bears, at first and later."""
    for bears in (0.4, 1.5):
        level = Level()
        for _ in range(4000):
            level = level.after(0.05, misled=level.share > bears)
        assert level.misled / level.answers == pytest.approx(0.05, abs=0.005)


@given(st.lists(st.booleans(), max_size=60))
def test_the_level_never_rises_above_what_silence_may_buy(world: list[bool]) -> None:
    level = Level()
    for misled in world:
        level = level.after(0.3, misled=misled)
        assert level.share <= MOST
        assert 0.0 <= level.risk(0.9) < 1.0


@given(st.floats(-0.09, 0.019), RISKS)
def test_a_closed_memory_opens_by_waiting(share: float, asked: float) -> None:
    level = Level(share=share)
    for _ in range(1200):
        level = level.waited(asked)
    assert not level.closed
    assert level.waited(asked) == level


def test_nothing_is_risked_at_a_level_of_nothing() -> None:
    assert Level(share=0.0).risk(0.3) == Level(share=-0.05).risk(0.3) == 0.0
    assert Level(share=1.0).risk(0.05) == 0.05


def test_the_same_word_twice_counts_once() -> None:
    assert after(row(misled=True), row(misled=True)) == after(row(misled=True))


def test_a_word_taken_back_leaves_the_level_as_if_it_had_not_been_said() -> None:
    turned = after(row(misled=True), row(misled=False))
    assert turned.share == pytest.approx(after(row(misled=False)).share)
    assert (turned.answers, turned.misled) == (1, 0)


def test_an_outcome_alone_moves_nothing() -> None:
    assert after(row(), row(admitted=())) == Level()


def test_a_closed_memory_opens_by_feedback_on_abstaining_or_by_learning() -> None:
    mistakes = [row(str(number), misled=True) for number in range(11)]
    closed = after(*mistakes)
    assert closed.risk(0.05) == 0.0
    assert closed.relearned().risk(0.05) > 0.0
    assert after(*mistakes, row("w", admitted=())).share > closed.share


def test_a_word_on_any_memory_of_an_answer_is_a_word_on_the_answer() -> None:
    assert misled_by({"admitted": ["a", "b"], "helped": [], "misled": ["b"]}) is True
    assert misled_by({"admitted": ["a", "b"], "helped": ["a"], "misled": ["b"]}) is False
    assert misled_by({"admitted": ["a"], "helped": [], "misled": ["c"]}) is None
