"""Every strategy on a small memory in a real store, driven as a user would drive it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telltale import BadArgument
from telltale.evals.answers import Answer
from telltale.evals.cases import Row
from telltale.evals.strategies import STRATEGIES, Experience, Unavailable, make_strategies
from telltale.memory.types import Case

PLACES = ("Oslo", "Lima", "Cairo", "Perth", "Quito", "Turin")
ROWS: list[Row] = [
    {"id": f"{plan}-{place}", "text": f"{plan} the parcel to {place}", "plan": plan, "split": "memory"}
    for plan in ("return", "refund", "exchange", "resend")
    for place in PLACES
]
FAILED: Row = {"id": "f", "text": "insure the parcel to Oslo", "plan": "insure", "success": False, "split": "memory"}


@pytest.fixture(scope="module")
def experience() -> Iterator[Experience]:
    with Experience([*ROWS, FAILED]) as remembered:
        yield remembered


def answer_of(name: str, experience: Experience, text: str) -> Answer:
    (strategy,) = make_strategies([name], risk=0.05, seed=0)
    try:
        strategy.prepare(experience)
    except Unavailable as reason:
        pytest.skip(str(reason))
    return strategy.answer(Case(text=text))


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_gives_a_best_first_answer(name: str, experience: Experience) -> None:
    answer = answer_of(name, experience, "refund the parcel to Bergen")
    scores = [pick.score for pick in answer.ranked]
    assert scores == sorted(scores, reverse=True)
    assert len(answer.admitted) <= 3
    assert {pick.id for pick in answer.admitted} <= {pick.id for pick in answer.ranked}


@pytest.mark.parametrize("name", ["dense", "lexical", "hybrid"])
def test_plain_search_always_shows_its_three_nearest(name: str, experience: Experience) -> None:
    answer = answer_of(name, experience, "refund the parcel to Oslo")
    assert answer.ranked[0].procedure == "refund"
    assert answer.admitted == answer.ranked[:3]
    assert answer.tokens is None


@pytest.mark.parametrize("name", ["random", "dense", "lexical", "hybrid", "telltale"])
def test_no_strategy_shows_an_agent_a_known_failure(name: str, experience: Experience) -> None:
    assert "insure" not in {
        pick.procedure for pick in answer_of(name, experience, "insure the parcel to Oslo").admitted
    }


def test_telltale_says_how_many_tokens_it_put_into_the_prompt(experience: Experience) -> None:
    assert (answer_of("telltale", experience, "refund the parcel to Oslo").tokens or 0) > 0


def test_the_stores_of_an_evaluation_vanish_with_it() -> None:
    with Experience(ROWS[:3]) as remembered:
        assert {episode.label for episode in remembered.unlearned.episodes()} == {"return"}
        folder = Path(remembered._folder.name)
    assert not folder.exists()


@pytest.mark.parametrize("names", [["dense", "best"], []])
def test_an_unknown_strategy_is_refused_with_the_known_ones(names: list[str]) -> None:
    with pytest.raises(BadArgument, match="expected some of none, random, dense") as caught:
        make_strategies(names, risk=0.05, seed=0)
    assert ("'best'" in str(caught.value)) == bool(names)


def test_a_strategy_asked_for_twice_is_run_once() -> None:
    found: list[Any] = make_strategies(["dense", "none", "dense"], risk=0.05, seed=0)
    assert [strategy.name for strategy in found] == ["dense", "none"]
