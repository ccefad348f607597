"""The threshold keeps what it promises, and is not given where nothing can be promised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.readers.calibrate import DELTA, threshold


def test_nothing_is_certified_from_too_few_cases() -> None:
    assert threshold(np.arange(40.0), np.ones(40, np.bool_), 0.05) is None


def test_nothing_is_certified_from_no_cases() -> None:
    assert threshold(np.zeros(0), np.zeros(0, np.bool_), 0.05) is None


def test_cases_that_were_all_right_are_certified_down_to_the_last() -> None:
    assert threshold(np.arange(300.0), np.ones(300, np.bool_), 0.05) == 0.0


def test_the_bar_stands_above_where_the_mistakes_begin() -> None:
    right = np.arange(1000) >= 500  # the upper half is right
    bar = threshold(np.arange(1000.0), right, 0.05)
    assert bar is not None
    assert 440 < bar <= 500


def test_a_lower_risk_asks_for_more() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=2000)
    right = rng.random(2000) < 1 / (1 + np.exp(-2 - 3 * scores))
    strict, loose = threshold(scores, right, 0.05), threshold(scores, right, 0.2)
    assert strict is not None
    assert loose is not None
    assert strict > loose


def test_the_promise_holds_in_nine_of_ten_memories() -> None:
    """Drawn again and again from one world, the true risk above the bar exceeds the promise in at most DELTA."""
    rng = np.random.default_rng(1)
    kept = []
    for _ in range(200):
        scores = rng.normal(size=400)
        bar = threshold(scores, rng.random(400) < 1 / (1 + np.exp(-3 * scores)), 0.1)
        fresh = rng.normal(size=20_000)
        answered = fresh[fresh >= (np.inf if bar is None else bar)]
        kept.append(answered.size == 0 or float((1 / (1 + np.exp(3 * answered))).mean()) <= 0.1)
    assert np.mean(kept) >= 1 - DELTA - 0.04  # two standard errors of 200 draws


@given(st.lists(st.booleans(), min_size=1, max_size=200), st.sampled_from([0.05, 0.1, 0.3]))
def test_cases_of_one_score_stand_or_fall_together(right: list[bool], risk: float) -> None:
    assert threshold(np.full(len(right), 2.5), np.array(right), risk) in (None, 2.5)


@pytest.mark.parametrize("risk", [0.01, 0.05, 0.2])
def test_what_is_certified_was_within_the_risk_on_the_cases_themselves(risk: float) -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(size=3000)
    right = rng.random(3000) < 1 / (1 + np.exp(-1 - 4 * scores))
    bar = threshold(scores, right, risk)
    assert bar is None or (~right[scores >= bar]).mean() <= risk
