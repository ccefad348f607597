"""Look-alikes are planted for the cases they are wrong for, and the copycat is charged for following them."""

from __future__ import annotations

from typing import Any

import pytest

from telltale import BadArgument
from telltale.evals.cases import CaseFile
from telltale.evals.distract import FEW, distraction, laid_out
from telltale.evals.page_figures import figures_of

PLANS = ("return", "refund", "exchange", "resend")
PLACES = ("Oslo", "Lima", "Cairo", "Perth", "Quito", "Turin", "Lagos", "Delhi")


def file_of(*queries: dict[str, Any]) -> CaseFile:
    memory = [{"text": f"{plan} the parcel to {place}", "plan": plan} for plan in PLANS for place in PLACES]
    asked = queries or [{"text": f"{plan} the parcel to Bergen", "plan": plan} for plan in PLANS]
    return CaseFile(name="parcels", sha256="", memory=tuple(memory), queries=tuple(asked))


def test_the_first_memory_holds_a_few_of_each_and_no_look_alike() -> None:
    plot = laid_out(file_of(), most=5, asked=4, seed=0)
    assert len(plot.first) == FEW * len(PLANS) == len(plot.memory(0))
    assert len(plot.memory(3)) > len(plot.memory(1)) > len(plot.first)


def test_what_is_planted_is_wrong_for_every_case_and_new_to_the_memory() -> None:
    plot = laid_out(file_of(), most=5, asked=4, seed=0)
    first = {row["text"] for row in plot.first}
    called_for = frozenset().union(*(truth.plans for truth in plot.truths))
    for rows in plot.look_alikes:
        assert len(rows) == 5
        assert not {row["plan"] for row in rows} & called_for
        assert not {row["text"] for row in rows} & first


def test_both_agents_have_a_point_for_each_number_planted_and_are_drawn() -> None:
    told = distraction(file_of(), planted=(0, 2), asked=4)
    assert told["cases"] == 2
    for line in told["strategies"].values():
        assert [len(line[name]) for name in ("success", "misled", "words")] == [2, 2, 2]
        assert all(
            low <= share <= high for share, (low, high) in zip(line["misled"], line["intervals"]["misled"], strict=True)
        )
    dense = told["strategies"]["dense"]
    assert dense["success"][0] == pytest.approx(1 - dense["misled"][0])
    drawn = list(figures_of({"strategies": {}, "distraction": told}, {}))
    assert ["Distractors against accuracy" in drawn[0], "against being misled" in drawn[1]] == [True, True]


def test_where_nothing_applies_nobody_can_be_distracted() -> None:
    with pytest.raises(BadArgument, match="none can be distracted"):
        laid_out(file_of({"text": "insure the parcel", "plan": "insure"}), most=3, asked=4, seed=0)
