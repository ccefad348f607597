"""Everywhere that a memory is opened, a judge can be named; a mistake in naming one is told at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import telltale
from telltale import Episode, Opinion, Outcome
from telltale.cli import main
from telltale.memory.types import Candidate, Case, Difference

CASE = "Refund order 9832, it was paid with a gift card"
NOBODY = "http://127.0.0.1:9/v1"  # the port of discarded bytes: nobody listens


class Clerk:
    """Says of everything that it is the same, and remembers what it was asked."""

    name = "clerk"

    def __init__(self) -> None:
        self.asked: list[Case] = []

    def judge(self, case: Case, candidate: Candidate, differences: Sequence[Difference]) -> Opinion:  # noqa: ARG002
        self.asked.append(case)
        return Opinion(same=True)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    ways = {"by credit card": "refund_to_card", "with a gift card": "refund_to_gift_card"}
    with telltale.open(tmp_path / "store") as memory:
        for number in range(4):
            for way, label in ways.items():
                text = f"Refund order {1800 + number}, it was paid {way}"
                memory.remember(Episode(text=text, label=label, outcome=Outcome.SUCCESS))
    return tmp_path / "store"


def just_out_of_reach(store: Path) -> float:
    """The risk at which the best candidate is a little below the bar."""
    with telltale.open(store, read_only=True) as memory:
        return (1 - memory.recall(CASE).verdicts[0].probability) * 0.6


def test_a_memory_is_opened_with_a_judge(store: Path) -> None:
    with telltale.open(store, judge=Clerk()) as memory:
        found = memory.recall(CASE, risk=just_out_of_reach(store))
    assert found.admitted
    assert "the judge clerk confirmed 1" in found.reason


def test_a_secret_in_a_case_reaches_no_judge(store: Path) -> None:
    clerk, secret = Clerk(), "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"
    with telltale.open(store, judge=clerk) as memory:
        for risk in (0.02, 0.1, 0.4, 0.8):  # near one of these bars it is asked
            memory.recall(f"{CASE} {secret}", risk=risk)
    assert clerk.asked
    assert not any(secret in case.text for case in clerk.asked)


def test_a_judge_is_not_asked_where_people_have_spoken(store: Path) -> None:
    with telltale.open(store, judge=Clerk()) as memory:
        risk = just_out_of_reach(store)
        found = memory.recall(CASE, risk=risk)
        memory.feedback(found.id, helped=[found.admitted[0].candidate.id])
        assert "judge" in found.reason
        assert "judge" not in memory.recall(CASE, risk=risk).reason


def test_an_awaited_memory_is_opened_with_a_judge(store: Path) -> None:
    async def reason() -> str:
        async with await telltale.AsyncAgentMemory.open(store, judge=Clerk()) as memory:
            return (await memory.recall(CASE, risk=just_out_of_reach(store))).reason

    assert "the judge clerk confirmed 1" in asyncio.run(reason())


@pytest.mark.parametrize("judge", ["gpt-4o-mini", 7, object()])
def test_what_is_no_judge_is_refused_before_anything_is_made(tmp_path: Path, judge: Any) -> None:
    with pytest.raises(telltale.BadArgument, match="judge"):
        telltale.open(tmp_path / "store", judge=judge)
    assert not (tmp_path / "store").exists()


def recalled(store: Path, *options: str) -> Any:
    given = ["recall", CASE, "--store", str(store), "--risk", str(just_out_of_reach(store)), "--json", *options]
    return CliRunner().invoke(main, given)


def test_the_command_line_names_a_model_and_where_it_is(store: Path) -> None:
    ran = recalled(store, "--judge", "local", "--judge-url", NOBODY)
    assert ran.exit_code == 0, ran.output
    assert "the judge gave no usable answer" in json.loads(ran.stdout)["reason"]


def test_a_place_without_a_model_is_a_mistake(store: Path) -> None:
    ran = recalled(store, "--judge-url", NOBODY)
    assert (ran.exit_code, "--judge" in ran.output) == (2, True)


def test_nobody_is_asked_unless_told_to(store: Path) -> None:
    assert "judge" not in json.loads(recalled(store).stdout)["reason"]
