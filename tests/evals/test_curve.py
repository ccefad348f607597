"""The curve's figures against their definitions, tried out one order after another."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.evals.curve import Curve, aurc, aurc_floor, bootstrap, coverage_at_risk, excess_aurc, order

SCORES = st.sampled_from([-math.inf, 0.1, 0.2, 0.9])
QUERIES = st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=6)


def curve_of(queries: list[tuple[float, bool]]) -> Curve:
    scores, wrong = zip(*queries, strict=True)
    return order(np.array(scores), np.array(wrong))


def orders_of(queries: list[tuple[float, bool]]) -> list[tuple[tuple[float, bool], ...]]:
    """Every order in which no better-scored query comes after a worse-scored one."""
    return [o for o in itertools.permutations(queries) if all(a[0] >= b[0] for a, b in itertools.pairwise(o))]


@given(QUERIES)
def test_aurc_is_the_mean_over_all_orders_of_equal_scores(queries: list[tuple[float, bool]]) -> None:
    areas = [
        np.mean([sum(wrong for _, wrong in ordered[:k]) / k for k in range(1, len(ordered) + 1)])
        for ordered in orders_of(queries)
    ]
    assert aurc(curve_of(queries))[0] == pytest.approx(np.mean(areas))


@given(QUERIES, st.sampled_from([0.0, 0.2, 0.5, 1.0]))
def test_coverage_at_risk_is_the_best_that_any_threshold_does(queries: list[tuple[float, bool]], risk: float) -> None:
    best = 0.0
    for threshold in {score for score, _ in queries if score > -math.inf}:
        answered = [wrong for score, wrong in queries if score >= threshold]
        if sum(answered) <= risk * len(answered):
            best = max(best, len(answered) / len(queries))
    assert coverage_at_risk(curve_of(queries), risk)[0] == pytest.approx(best)


@given(QUERIES)
def test_no_order_goes_below_the_floor_at_its_own_error(queries: list[tuple[float, bool]]) -> None:
    assert excess_aurc(curve_of(queries))[0] >= -1e-12


def test_a_perfect_order_of_many_queries_reaches_the_floor() -> None:
    scores, wrong = np.arange(4000.0), np.arange(4000) < 1000
    assert aurc(order(scores, wrong))[0] == pytest.approx(aurc_floor(0.25), abs=1e-3)


def test_without_any_candidate_everything_is_wrong_and_nothing_can_be_answered() -> None:
    nothing = order(np.full(5, -math.inf), np.ones(5, dtype=bool))
    assert (aurc(nothing)[0], excess_aurc(nothing)[0], coverage_at_risk(nothing, 1.0)[0]) == (1.0, 0.0, 0.0)


def test_no_queries_give_no_figure() -> None:
    empty = order(np.empty(0), np.empty(0, dtype=bool))
    assert np.isnan(aurc(empty)).all()
    assert np.isnan(excess_aurc(empty)).all()
    assert np.isnan(coverage_at_risk(empty, 0.05)).all()
    assert bootstrap(empty, aurc) is None


def test_the_bootstrap_repeats_itself_and_holds_the_figure() -> None:
    rng = np.random.default_rng(1)
    scores = rng.random(300)
    curve = order(scores, rng.random(300) > scores)
    low, high = bootstrap(curve, aurc) or (1.0, 0.0)
    assert low < aurc(curve)[0] < high
    assert bootstrap(curve, aurc) == (low, high)


def test_a_resample_is_measured_as_if_it_were_the_whole_set() -> None:
    """All resamples at once, against one after another over plainly repeated queries."""
    rng = np.random.default_rng(2)
    scores, wrong = rng.integers(0, 4, 20).astype(float), rng.random(20) < 0.4
    by = np.argsort(-scores, kind="stable")
    picks = np.sort(np.random.default_rng(0).integers(0, 20, (1000, 20)), axis=1)
    singly = [aurc(order(scores[by][pick], wrong[by][pick]))[0] for pick in picks]
    assert bootstrap(order(scores, wrong), aurc) == pytest.approx(tuple(np.percentile(singly, (2.5, 97.5))))
