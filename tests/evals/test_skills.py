"""A library is counted from what it rests on, and its procedures are judged by plans that it never saw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from telltale.evals.cases import CaseFile, Row, load_cases
from telltale.evals.parted import parted
from telltale.evals.skills import cells, measured, withheld, without_plans
from telltale.memory.types import Episode, Outcome, Skill

PLACES = ("Oslo", "Lima", "Cairo", "Perth", "Quito", "Turin", "Bergen", "Tunis", "Accra", "Delhi", "Kyoto", "Sofia")


def row(plan: str, place: str, split: str = "memory") -> Row:
    return {
        "id": f"{plan}-{place}-{split}",
        "text": f"please {plan} the parcel to {place}",
        "plan": plan,
        "split": split,
        "actions": [f"find_parcel({place})", f"{plan}_parcel({place})"],
    }


@pytest.fixture
def file(tmp_path: Path) -> CaseFile:
    rows = [row(plan, place) for plan in ("return", "refund", "resend") for place in PLACES]
    rows += [row("insure", "Oslo"), row("refund", "Rome", "query"), row("insure", "Rome", "query")]
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return load_cases(path)


def test_a_library_is_counted_with_its_junk_and_with_the_queries_that_it_has_a_skill_for(file: CaseFile) -> None:
    told = measured(file, queries=True)
    assert (told.library.rows, told.library.skills, told.library.junk.part) == (37, 3, 0)
    assert (told.covered.part, told.covered.whole) == (1, 2)  # one insured parcel earns no skill
    assert told.withheld.skills == 3
    assert (told.parted.false_runs.share, told.parted.missed_runs.share) == (0.0, 0.0)
    assert "0.500" in " ".join(cells(told))


def test_a_withheld_row_tells_nothing_of_its_plan() -> None:
    hidden = withheld(
        {**row("refund", "Oslo"), "template": "refund", "tools": ["refund"], "plan_exact": "refund(Oslo)"}
    )
    assert hidden == {name: value for name, value in row("refund", "Oslo").items() if name != "plan"} | {
        "success": True
    }
    assert withheld({"id": "a", "text": "b", "plan": "c", "success": False})["success"] is False


def test_without_plans_procedures_come_from_what_was_done() -> None:
    library, found = without_plans([row(plan, place) for plan in ("return", "refund") for place in PLACES])
    assert library.skills == 2
    assert (found.pure.part, found.false_merges.part, found.missed_merges.whole) == (2, 0, 0)


def test_a_wrong_join_is_false_and_an_unjoined_twin_is_missed() -> None:
    def run(key: str, plan: str) -> Episode:
        return Episode(id=f"{key}{plan}", text=key, signature=key, trace_id=plan, outcome=Outcome.SUCCESS)

    runs = [run("a", "1"), run("a", "2"), run("b", "3"), run("c", "4"), run("c", "5")]
    plans = {"1": "cancel", "2": "cancel", "3": "refund", "4": "cancel", "5": "cancel"}
    skills = [
        Skill(name="a", procedure="a", when_to_use="", also=("b",)),
        Skill(name="c", procedure="c", when_to_use=""),
    ]
    procedures = {one.id: "a" if one.key == "b" else one.key for one in runs}
    found = parted(skills, procedures, runs, plans)
    assert (found.false_joins.part, found.false_joins.whole) == (1, 1)
    assert (found.missed_merges.part, found.missed_merges.whole) == (1, 1)
    assert found.false_runs.share == 2 / 4  # of the pairs within a, with b, two of three; within c none of one
    assert found.missed_runs.share == 4 / 6
