"""Paired tests on outcomes small enough to reason about, and weights against plain repetition."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.evals.copycat import copycat
from telltale.evals.curve import aurc, coverage_at_risk, excess_aurc, order
from telltale.evals.families import families
from telltale.evals.outcomes import Outcomes, packed, unpacked
from telltale.evals.paired import compared, mcnemar, swapped
from telltale.evals.weighted import area, covered, excess, resamples, share

QUERY = st.tuples(st.sampled_from([-math.inf, 0.1, 0.5, 0.9]), st.booleans(), st.sampled_from("RMXAN"))
QUERIES = st.lists(QUERY, min_size=1, max_size=12)


def outcomes_of(letters: str, score: float = 0.5) -> Outcomes:
    kinds = np.array(list(letters), dtype="<U1")
    return Outcomes(
        right=kinds == "R",
        misled=np.isin(kinds, ["M", "X"]),
        has_match=np.isin(kinds, ["R", "M", "A"]),
        best_right=kinds == "R",
        score=np.full(len(kinds), score),
    )


@given(QUERIES, st.data())
def test_weights_count_a_query_as_often_as_repeating_it_does(
    queries: list[tuple[float, bool, str]], data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(queries), max_size=len(queries)).filter(any))
    score, wrong = np.array([one[0] for one in queries]), np.array([one[1] for one in queries])
    repeated = order(np.repeat(score, weights), np.repeat(wrong, weights))
    once = np.array([weights])
    assert area(score, wrong, once)[0] == pytest.approx(aurc(repeated)[0])
    assert excess(score, wrong, once)[0] == pytest.approx(excess_aurc(repeated)[0])
    assert covered(score, wrong, once, 0.5)[0] == pytest.approx(coverage_at_risk(repeated, 0.5)[0])


def test_families_are_drawn_whole_and_as_many_as_there_are() -> None:
    weights = resamples(np.array([0, 0, 1, 2, 2, 2]))
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_a_share_of_nothing_is_not_a_number() -> None:
    assert np.isnan(share(np.array([False]), np.array([False]), np.array([[1]]))).all()


@given(QUERIES)
def test_outcomes_come_back_as_they_were_packed(queries: list[tuple[float, bool, str]]) -> None:
    letters = "".join(one[2] for one in queries)
    told = outcomes_of(letters)
    again = unpacked(packed(told))
    assert packed(again) == packed(told)
    assert packed(told)["outcome"] == letters


def test_strings_that_do_not_fit_one_another_are_no_outcomes() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        unpacked({"outcome": "RM", "best": "1", "place": "0 1"})
    with pytest.raises(ValueError, match="do not fit"):
        unpacked({"outcome": "R?", "best": "11", "place": "0 1"})


def test_mcnemar_counts_only_where_the_two_differ() -> None:
    assert mcnemar(np.array([1] * 6 + [0] * 90)) == pytest.approx(2 / 2**6)
    assert mcnemar(np.zeros(5, dtype=np.int64)) == 1.0


def test_a_better_strategy_is_called_better_and_its_other_side_worse() -> None:
    good, bad = outcomes_of("R" * 30 + "A" * 10 + "N" * 10), outcomes_of("M" * 30 + "A" * 10 + "X" * 10)
    told, other = compared(good, bad), compared(bad, good)
    assert {told[name].word for name in ("misled_share", "help_rate", "honest_abstention")} == {"better"}
    assert {other[name].word for name in ("misled_share", "help_rate", "honest_abstention")} == {"worse"}
    assert told["misled_rate"].word == "better"


def test_a_strategy_cannot_be_told_apart_from_itself() -> None:
    same = outcomes_of("RRMXANRA" * 5)
    assert {verdict.word for verdict in compared(same, same).values()} == {"cannot be told apart"}


def test_twenty_paraphrases_are_not_twenty_proofs() -> None:
    good, bad = outcomes_of("R" * 20 + "A" * 20), outcomes_of("A" * 20 + "A" * 20)
    assert compared(good, bad)["help_rate"].word == "better"
    families_of = np.repeat(np.arange(2), 20)
    assert compared(good, bad, families_of)["help_rate"].word == "cannot be told apart"
    assert swapped(np.array([1] * 20 + [0] * 20), families_of) == pytest.approx(1.0)


def test_where_one_of_them_never_answers_no_misled_rate_is_compared() -> None:
    verdict = compared(outcomes_of("AANN"), outcomes_of("RMXX"))["misled_rate"]
    assert (verdict.first, verdict.word) == (None, "cannot be told apart")


def test_two_strategies_are_held_against_each_other_at_the_same_coverage() -> None:
    careful, bold = outcomes_of("RRAA"), outcomes_of("MMRR")
    careful = replace(careful, score=np.array([0.9, 0.8, 0.2, 0.1]))
    bold = replace(bold, score=np.array([0.9, 0.1, 0.8, 0.7]))
    verdict = compared(careful, bold)["risk_at_coverage"]
    assert (verdict.first, verdict.second) == (0.0, 0.5)


def test_answers_to_different_queries_are_not_paired() -> None:
    with pytest.raises(ValueError, match="same queries"):
        compared(outcomes_of("RR"), outcomes_of("RN"))


def test_the_copycat_does_what_it_is_shown_and_works_alone_otherwise() -> None:
    told = copycat(outcomes_of("RRRMXANN"), resamples(np.arange(8)), alone=0.5)
    assert told["success"] == pytest.approx((3 + 3 * 0.5) / 8)
    assert told["gain"] == pytest.approx(told["success"] - 0.5)
    assert told["harm"] == pytest.approx(2 * 0.5 / 8)
    assert told["break_even"] == pytest.approx(3 / 5)


def test_an_agent_as_good_alone_as_the_answers_gains_nothing() -> None:
    told = outcomes_of("RRRM" * 4)
    assert copycat(told, resamples(np.arange(16)), alone=0.75)["gain"] == pytest.approx(0)


def test_families_are_told_by_the_files_own_word_before_anything_else() -> None:
    rows = [{"family": f"f{i % 3}", "plan": f"p{i % 40}"} for i in range(120)]
    told = families(rows)
    assert told is not None
    assert (told.by, int(told.of.max())) == ("family", 2)


def test_too_few_procedures_are_no_families_and_a_null_is_one_of_its_own() -> None:
    assert families([{"plan": f"p{i % 13}"} for i in range(200)]) is None
    assert families([{"plan": f"p{i}"} for i in range(50)]) is None
    told = families([{"plan": None if i % 4 == 0 else f"p{i % 40}"} for i in range(160)])
    assert told is not None
    assert len(set(told.of.tolist())) == 30 + 40
