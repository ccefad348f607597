"""What is said of telltale against its rivals, and what becomes of ways that are asked fewer queries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from telltale.evals.account import account
from telltale.evals.answers import Answer, judge
from telltale.evals.cases import Sample, Truth
from telltale.evals.figures import figures_of, text_of
from telltale.evals.page import html
from telltale.evals.report import blank
from telltale.evals.run import FEW, evaluate
from telltale.evals.standing import not_better, standings
from telltale.evals.strategies import ALL, Experience, make_strategies
from telltale.evals.weighted import risk_at, risks
from telltale.memory.types import Case

GOOD, BAD = "R" * 40, "RW" * 20
Maker = Callable[..., dict[str, Any]]


def test_rivals_that_are_not_beaten_are_named_with_their_figures(result_of: Maker) -> None:
    (said,) = not_better([result_of(telltale=BAD, dense=GOOD, lexical=BAD)])
    assert said.startswith("shop/cases.jsonl: telltale answered 100% and misled in 0.500 of that.")
    assert "wrong more than dense (0.000); not to be told apart from lexical (0.500)" in said


def test_nothing_is_said_where_every_rival_is_beaten(result_of: Maker) -> None:
    beaten = result_of(telltale=GOOD, dense=BAD, oracle=GOOD, telltale_at_10=BAD)
    assert [*not_better([beaten])] == []
    assert [one.rival for one in standings(beaten)] == ["dense"]
    assert "On every set it is wrong less than each other way" in html([beaten])


def test_where_nothing_is_answered_the_order_is_compared(result_of: Maker) -> None:
    (said,) = not_better([result_of(telltale="rw" * 20, dense=GOOD)])
    assert "answered nothing. Over all cases in order (AURC 0.160) it is wrong more than dense (0.000)" in said


def test_a_way_that_was_asked_fewer_is_paired_on_the_queries_that_both_were_asked(result_of: Maker) -> None:
    few = result_of(telltale=GOOD[:10] + BAD[:30], dense=BAD[:10])
    told = few["paired"]["telltale"]["dense"]["risk_at_coverage"]
    assert (told["queries"], told["first"], told["second"]) == (10, 0.0, 0.5)
    page = html([few])
    assert "10<small>the first of 40</small>" in page
    assert "against 0.000 on 10" in page


class Slow:
    """Sleeps nowhere: it does some work and counts how often it is asked."""

    name = "slow"

    def __init__(self) -> None:
        self.asked = 0

    def prepare(self, experience: Experience) -> None:
        pass

    def answer(self, case: Case) -> Answer:  # noqa: ARG002
        self.asked += 1
        return Answer()


def test_a_slow_way_is_asked_the_first_queries_alone_and_its_intervals_tell() -> None:
    truth = Truth(plans=frozenset({"return"}), has_match=True)
    many = FEW + 20
    sample = Sample(memory=(), cases=(Case(text="send it back"),) * many, truths=(truth,) * many)
    slow, quick = Slow(), Slow()
    found = evaluate(sample, [slow], slow=1e-9)
    whole = evaluate(sample, [quick])
    assert (found["slow"]["counts"]["queries"], slow.asked) == (FEW, FEW + 1)  # one to warm up
    assert (whole["slow"]["counts"]["queries"], quick.asked) == (many, many + 1)
    assert found["slow"]["intervals"]["coverage"][1] > whole["slow"]["intervals"]["coverage"][1]


def test_a_blank_way_says_why_in_the_table_and_on_the_page(result_of: Maker) -> None:
    told = result_of(telltale=GOOD, elsewhere=BAD)
    told["strategies"]["elsewhere"] = {**account(judge([], [])), "unavailable": "needs <a package>"}
    assert blank(told["strategies"]) == ["Blank, elsewhere: needs <a package>"]
    assert "Blank, elsewhere: needs &lt;a package&gt;" in html([told])


def test_all_stands_for_every_way_worth_comparing() -> None:
    assert [one.name for one in make_strategies(["all"], risk=0.05, seed=0)] == list(ALL)


@pytest.mark.parametrize("coverage", [0.2, 0.5, 1.0])
def test_a_band_is_the_risk_at_each_coverage(coverage: float) -> None:
    rng = np.random.default_rng(0)
    score, wrong, weights = rng.random(30), rng.random(30) < 0.3, rng.integers(0, 3, (5, 30))
    found = risks(score, wrong, weights, np.array([coverage]))[:, 0]
    assert found == pytest.approx(risk_at(score, wrong, weights, coverage))


def test_committed_figures_hold_no_outcome_of_a_query_and_come_back_as_they_were(result_of: Maker) -> None:
    figures = figures_of([result_of(telltale=GOOD, dense=BAD)])
    text = text_of(figures)
    assert json.loads(text) == json.loads(json.dumps(figures))
    assert "per_query" not in text
    assert figures["sets"][0]["strategies"]["dense"]["misled_rate"] == 0.5
