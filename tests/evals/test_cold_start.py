"""Young memories measured from end to end, and the words in which the promises are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from telltale.evals.apart import few_of_each
from telltale.evals.cold_start import from_nothing, main, measured, promises, table

PLACES = ("Oslo", "Lima", "Cairo", "Perth", "Quito", "Turin", "Lagos", "Seoul", "Tunis", "Accra", "Delhi", "Bern")
PLANS = ("return", "refund", "exchange", "resend", "insure", "weigh", "paint", "burn", "lend")
ROWS: list[dict[str, Any]] = [
    {"id": f"{plan}-{place}", "text": f"{plan} the parcel to {place}", "plan": plan, "split": "memory"}
    for plan in PLANS
    for place in PLACES
]


PRIOR = Path(__file__).parents[2] / "readers" / "prior.json"


def test_below_sixty_episodes_what_serves_is_the_prior_and_there_is_no_own_guard() -> None:
    sample = few_of_each(ROWS, episodes=20, asked=12, seed=0)
    assert sample is not None
    found = measured(sample, PRIOR)
    assert found["areas"]["served"] == pytest.approx(found["areas"]["prior"])
    assert "own alone" not in found["areas"]
    assert (found["procedures"], found["asked"]) == (4, 12)


def test_a_grown_memory_is_also_measured_with_a_guard_that_starts_from_nothing() -> None:
    sample = few_of_each(ROWS, episodes=60, asked=12, seed=0)
    assert sample is not None
    areas = measured(sample, PRIOR)["areas"]
    assert all(0 <= areas[way] <= 1 for way in ("dense", "prior", "served", "own alone"))


def test_a_start_from_nothing_says_nothing_and_leaves_the_prior_alone() -> None:
    told = json.loads(PRIOR.read_text("utf-8"))
    silent = from_nothing(told)
    assert silent["prior"] == told["prior"]
    assert {column["weight"] for column in silent["start"]["evidence"].values()} == {0.0}


def test_a_promise_is_kept_or_broken_only_where_the_interval_tells() -> None:
    def areas(*served: float) -> list[dict[str, float]]:
        return [{"dense": 0.5, "prior": 0.3, "served": one, "own alone": 0.4} for one in served]

    assert [word.rsplit("] ", 1)[1] for word in promises(areas(0.30, 0.31, 0.30))] == ["kept", "kept"]
    assert [word.rsplit("] ", 1)[1] for word in promises(areas(0.60, 0.61, 0.60))] == ["broken", "broken"]
    assert [word.rsplit("] ", 1)[1] for word in promises(areas(0.20, 0.80, 0.50))] == ["cannot tell", "cannot tell"]


def test_what_is_known_is_not_measured_again_and_what_the_file_lacks_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "cases.jsonl", tmp_path / "out.json"
    query = {"id": "q", "text": "a query", "plan": "return", "split": "query"}
    file.write_text("".join(json.dumps(row) + "\n" for row in [*ROWS, query]), encoding="utf-8")
    known = {"areas": {"dense": 0.5, "prior": 0.25, "served": 0.25}, "procedures": 4, "asked": 12}
    out.write_text(json.dumps({"20": {"0": known}}), encoding="utf-8")
    main([str(file), "--prior", str(PRIOR), "--sizes", "20", "1000", "--seeds", "1", "--json", str(out)])
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| 20 | 4 | 1 | 12 | 0.500 | 0.250 | 0.250 | - | -0.250 cannot tell | 0.000 cannot tell |"
    ]
    assert json.loads(out.read_text("utf-8"))["1000"] == {"0": None}


def test_a_size_with_more_than_five_of_each_is_marked() -> None:
    run = {"areas": {"dense": 0.5, "prior": 0.25, "served": 0.25}, "procedures": 4, "asked": 12}
    assert [line.split("|")[1].strip() for line in list(table("x", {"20": {"0": run}, "40": {"0": run}}))[1:]] == [
        "20",
        "40*",
    ]
