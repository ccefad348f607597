"""Kept answers come back as they were, only in just the same circumstances, and a broken file is as good as none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from telltale.evals.answers import Answer, Judged, Pick, judge
from telltale.evals.cache import Cache
from telltale.evals.cases import Sample, Truth
from telltale.evals.run import evaluate
from telltale.evals.strategies import Experience
from telltale.memory.types import Case

PICK = Pick(id="a", procedure="return", score=0.5)
TRUTH = Truth(plans=frozenset({"return"}), has_match=True)
JUDGED = judge([Answer(ranked=(PICK,), admitted=(PICK,), gathered=(PICK,), tokens=3), Answer(tokens=0)], [TRUTH] * 2)
SAMPLE = Sample(memory=(), cases=(Case(text="send it back"),), truths=(TRUTH,))


class Counting:
    """A strategy that counts how often it is asked."""

    name = "counting"
    asked = 0

    def prepare(self, experience: Experience) -> None:
        """Nothing to prepare."""

    def answer(self, case: Case) -> Answer:  # noqa: ARG002
        self.asked += 1
        return Answer(ranked=(PICK,), admitted=(PICK,), gathered=(PICK,))


def same(one: Judged, other: Judged) -> bool:
    plain = all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in Judged.__slots__
        if name not in {"found", "cost"}
    )
    return plain and one.cost is other.cost is None


def test_answers_come_back_as_they_were_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "kept", {"file": "1"})
    assert cache.get("dense") is None
    judged = judge([Answer(ranked=(PICK,), gathered=(PICK,))], [TRUTH])
    for name, one in (("dense", JUDGED), ("lexical", judged)):
        cache.put(name, one)
        again = cache.get(name)
        assert again is not None
        assert same(again, one)
        assert (again.found is None) == (one.found is None)


@pytest.mark.parametrize("about", [{"file": "2"}, {"file": "1", "seed": 3}])
def test_other_circumstances_have_no_kept_answers(tmp_path: Path, about: dict[str, object]) -> None:
    Cache(tmp_path, {"file": "1"}).put("dense", JUDGED)
    assert Cache(tmp_path, about).get("dense") is None


def test_a_broken_file_is_as_good_as_none(tmp_path: Path) -> None:
    cache = Cache(tmp_path, {})
    cache.put("dense", JUDGED)
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(kept.read_bytes()[:-40])
    assert cache.get("dense") is None


def test_a_folder_that_cannot_be_written_to_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = Cache(tmp_path / "file", {})
    cache.put("dense", JUDGED)
    assert cache.get("dense") is None


def test_a_second_run_asks_nobody_and_says_so(tmp_path: Path) -> None:
    strategy, cache = Counting(), Cache(tmp_path, {})
    first = evaluate(SAMPLE, [strategy], cache=cache)["counting"]
    asked = strategy.asked
    second = evaluate(SAMPLE, [strategy], cache=cache)["counting"]
    assert (first["cached"], second["cached"], strategy.asked) == (False, True, asked)
    assert {**first, "cached": True} == second
