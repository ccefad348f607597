"""Two results held against each other, the same queries or not."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from telltale import BadArgument
from telltale.evals.account import account
from telltale.evals.answers import Answer, Pick, judge
from telltale.evals.cases import Truth
from telltale.evals.compare import change_json, changes
from telltale.evals.results import read_results, results, together

TRUTHS = [Truth(plans=frozenset({"return"}), has_match=True)] * 60


def result_of(right: float, *, seed: int = 0, name: str = "shop", draw: int = 0) -> dict[str, Any]:
    rng = random.Random(seed)
    picks = [Pick(id="a", procedure="return" if rng.random() < right else "refund", score=rng.random()) for _ in TRUTHS]
    answers = [Answer(ranked=(pick,), admitted=(pick,)) for pick in picks]
    data = {"name": name, "sha256": name, "n_memory": 1, "n_queries": len(TRUTHS), "seed": draw}
    return results({"mine": account(judge(answers, TRUTHS))}, data=data, command="telltale eval shop")


def words(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    return {one.figure: one.verdict.word for one in changes([before], [after])}


def test_what_is_better_on_the_same_queries_is_called_better() -> None:
    told = words(result_of(0.3), result_of(0.9))
    assert (told["help_rate"], told["misled_rate"], told["aurc"]) == ("better",) * 3
    assert words(result_of(0.9), result_of(0.3))["help_rate"] == "worse"


def test_a_result_cannot_be_told_apart_from_itself() -> None:
    assert set(words(result_of(0.6), result_of(0.6)).values()) == {"cannot be told apart"}


def test_other_queries_are_held_apart_by_their_intervals() -> None:
    before, after = result_of(0.5, draw=1), result_of(0.55, draw=2)
    found = changes([before], [after])
    assert not any(one.paired for one in found)
    assert {one.verdict.word for one in found} == {"cannot be told apart"}
    assert words(result_of(0.1, draw=1), result_of(0.9, draw=2))["misled_rate"] == "better"


def test_a_file_without_outcomes_is_compared_all_the_same() -> None:
    old = result_of(0.1)
    del old["strategies"]["mine"]["per_query"]
    assert words(old, result_of(0.9))["help_rate"] == "better"


def test_only_what_both_files_hold_is_compared() -> None:
    many = together([result_of(0.5), result_of(0.5, name="bank")])
    assert {one.set for one in changes([result_of(0.5)], many["sets"])} == {"shop"}
    with pytest.raises(BadArgument, match="in common"):
        changes([result_of(0.5)], [result_of(0.5, name="bank")])


def test_changes_are_counted_for_a_machine() -> None:
    told = change_json(changes([result_of(0.3)], [result_of(0.9)]))
    lines = {line["figure"]: line for line in told["changes"]}
    assert told["better"] == sum(line["word"] == "better" for line in lines.values())
    assert lines["help_rate"]["after"] > lines["help_rate"]["before"]
    assert lines["help_rate"]["difference"] == pytest.approx(lines["help_rate"]["after"] - lines["help_rate"]["before"])
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "sets": []}'])
def test_what_is_no_results_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadArgument, match="telltale eval --json"):
        read_results(tmp_path / "a.json")
