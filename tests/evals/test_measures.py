"""What the figures count, on answers small enough to count by hand."""

from __future__ import annotations

from typing import Any

import pytest

from telltale.evals.answers import Answer, Pick, judge
from telltale.evals.cases import Truth
from telltale.evals.measures import figures, wilson

RETURN = Pick(id="a", procedure="return", score=0.9)
REFUND = Pick(id="b", procedure="refund", score=0.8)
FAILED = Pick(id="c", procedure="return", score=0.95, failed=True)
WANTS_RETURN = Truth(plans=frozenset({"return"}), has_match=True)
WANTS_NOTHING = Truth(plans=frozenset(), has_match=False)


def shown(*picks: Pick, seconds: float = 0.0) -> Answer:
    return Answer(ranked=picks, admitted=picks, gathered=picks, tokens=10 * len(picks), seconds=seconds)


def figures_of(*pairs: tuple[Answer, Truth]) -> dict[str, Any]:
    return figures(judge([answer for answer, _ in pairs], [truth for _, truth in pairs]))


def test_the_rates_count_what_their_names_say() -> None:
    found = figures_of(
        (shown(RETURN, REFUND), WANTS_RETURN),  # right, with one distractor beside it
        (shown(REFUND), WANTS_RETURN),  # misled
        (Answer(ranked=(RETURN,), gathered=(RETURN,), tokens=0), WANTS_RETURN),  # abstained where it need not
        (shown(RETURN), WANTS_NOTHING),  # misled, for nothing applies
        (Answer(gathered=(), tokens=0), WANTS_NOTHING),  # abstained as it should
    )
    expected = {
        "coverage": 3 / 5,
        "misled_rate": 2 / 3,
        "help_rate": 1 / 3,
        "honest_abstention": 1 / 2,
        "distractor_share": 3 / 4,
        "top1_has_match": 2 / 3,
        "recall_at_50": 2 / 3,
        "tokens": 8.0,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert (found["counts"]["right"], found["counts"]["misled"]) == (1, 2)


def test_a_failure_is_never_a_right_answer() -> None:
    found = figures_of((shown(FAILED), WANTS_RETURN))
    assert (found["misled_rate"], found["top1_has_match"], found["recall_at_50"], found["aurc"]) == (1, 0, 0, 1)


def test_any_of_several_plans_is_right() -> None:
    either = Truth(plans=frozenset({"return", "refund"}), has_match=True)
    assert figures_of((shown(REFUND), either))["help_rate"] == 1


def test_the_curve_places_a_query_by_its_best_candidate_admitted_or_not() -> None:
    refused = Answer(ranked=(REFUND,))
    assert figures_of((shown(RETURN), WANTS_RETURN), (refused, WANTS_NOTHING))["aurc"] == pytest.approx((0 + 0.5) / 2)


def test_a_rate_over_nothing_is_null() -> None:
    found = figures_of((Answer(), WANTS_RETURN))
    assert [found[name] for name in ("misled_rate", "honest_abstention", "distractor_share")] == [None] * 3
    assert found["intervals"]["misled_rate"] is None
    assert found["recall_at_50"] is None
    assert found["tokens"] is None


def test_no_queries_at_all_leave_every_figure_null() -> None:
    found = figures_of()
    assert found["aurc"] is None
    assert found["p50_ms"] is None
    assert found["coverage_at_risk"] == {"0.02": None, "0.05": None, "0.10": None}


def test_the_floor_at_the_novel_share_is_reached_by_a_perfect_guard() -> None:
    half = figures_of(*[(shown(RETURN), WANTS_RETURN)] * 500, *[(Answer(), WANTS_NOTHING)] * 500)
    assert half["aurc_floor_novel"] == pytest.approx(0.1534, abs=1e-4)
    assert half["aurc"] == pytest.approx(half["aurc_floor_novel"], abs=1e-3)


def test_latency_is_given_in_milliseconds() -> None:
    found = figures_of(*[(shown(RETURN, seconds=second), WANTS_RETURN) for second in (0.001, 0.002, 0.003)])
    assert (found["p50_ms"], found["p95_ms"]) == pytest.approx((2.0, 2.9))


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 1, 0.2065, 1.0)],
)
def test_wilsons_interval_is_the_published_one(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=1e-4)
