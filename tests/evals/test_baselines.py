"""The floor, the reranker, the judge and the oracle: what each may know, and that what cannot run is left blank."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from telltale.evals.baselines import DELTA, JUDGE, Oracle, floor_of, oracle_answers
from telltale.evals.cases import Row, Sample, Truth
from telltale.evals.run import evaluate
from telltale.evals.strategies import Experience, Unavailable, make_strategies
from telltale.memory.types import Case

PLACES = ("Oslo", "Lima", "Cairo", "Perth", "Quito", "Turin")
ROWS: tuple[Row, ...] = tuple(
    {"id": f"{plan}-{place}", "text": f"{plan} the parcel to {place}", "plan": plan, "split": "memory"}
    for plan in ("return", "refund", "exchange", "resend")
    for place in PLACES
)
CASES = (Case(text="refund the parcel to Bergen"), Case(text="sing a song"))
TRUTHS = (Truth(plans=frozenset({"refund"}), has_match=True), Truth(plans=frozenset({"sing"}), has_match=False))
SAMPLE = Sample(memory=ROWS, cases=CASES, truths=TRUTHS)
SCORED = st.lists(st.tuples(st.sampled_from([0.2, 0.4, 0.6, 0.8]), st.booleans()), max_size=80)


@given(SCORED, st.sampled_from([0.05, 0.2, 0.5]))
def test_at_the_floor_more_mistakes_than_the_risk_would_have_shown_more_often(
    scored: list[tuple[float, bool]], risk: float
) -> None:
    """Were the true risk above the one asked for, so few mistakes would be seen at most once in ten."""
    scores, wrong = np.array([s for s, _ in scored]), np.array([w for _, w in scored], dtype=bool)
    floor = floor_of(scores, wrong, risk)
    for cosine in {0.2, 0.4, 0.6, 0.8} & set(scores):
        above = wrong[scores >= cosine]
        proven = binom.cdf(above.sum(), len(above), risk) <= DELTA
        assert not proven or floor <= cosine
        assert cosine != floor or proven


def test_a_floor_over_too_few_rows_is_out_of_reach() -> None:
    assert floor_of(np.ones(44), np.zeros(44, dtype=bool), 0.05) == math.inf
    assert floor_of(np.ones(45), np.zeros(45, dtype=bool), 0.05) == 1.0


def test_with_a_floor_dense_search_is_silent_about_what_is_far() -> None:
    with Experience(
        [{**row, "id": f"{row['id']}{n}", "text": f"{row['text']}, item {n}"} for row in ROWS for n in "12"]
    ) as e:
        (floor,) = make_strategies(["dense_floor"], risk=0.2, seed=0)
        floor.prepare(e)
        assert floor.answer(Case(text="refund the parcel to Oslo, item 3")).admitted
        far = floor.answer(Case(text="sing a song"))
    assert far.ranked
    assert not far.admitted


def test_what_cannot_run_here_is_left_blank_and_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(JUDGE, raising=False)
    found = evaluate(SAMPLE, make_strategies(["telltale_judge", "dense"], risk=0.05, seed=0))
    assert JUDGE in found["telltale_judge"]["unavailable"]
    assert found["telltale_judge"]["misled_rate"] is found["telltale_judge"]["coverage"] is None
    assert found["telltale_judge"]["p50_ms"] is None
    assert "unavailable" not in found["dense"]


def test_the_oracle_is_right_where_it_can_be_and_silent_elsewhere() -> None:
    found = evaluate(SAMPLE, make_strategies(["oracle"], risk=0.05, seed=0))["oracle"]
    assert (found["misled_rate"], found["help_rate"], found["honest_abstention"]) == (0.0, 1.0, 1.0)


def test_no_strategy_is_an_oracle_by_what_it_is_given() -> None:
    with Experience(ROWS) as remembered, pytest.raises(Unavailable, match="evaluation"):
        Oracle().prepare(remembered)
    assert not Oracle().answer(CASES[0]).admitted


def test_an_oracle_never_takes_a_failure_for_the_right_memory() -> None:
    failed = tuple({**row, "success": False} for row in ROWS)
    assert not oracle_answers(Sample(memory=failed, cases=CASES, truths=TRUTHS))[0].admitted


def test_the_rerank_orders_what_hybrid_search_found() -> None:
    with Experience(ROWS) as remembered:
        (rerank,) = make_strategies(["hybrid_rerank"], risk=0.05, seed=0)
        try:
            rerank.prepare(remembered)
        except Unavailable as reason:
            pytest.skip(str(reason))
        assert rerank.answer(CASES[0]).ranked[0].procedure == "refund"
