"""Evaluations in tests keep their answers in a folder of the test's own; results are made of a letter a query."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telltale.evals.account import account
from telltale.evals.answers import Answer, Pick, judge
from telltale.evals.cases import Truth
from telltale.evals.results import results

RIGHT = Pick(id="a", procedure="return", score=0.9)
WRONG = Pick(id="b", procedure="refund", score=0.8)
SAID = {
    "R": Answer(ranked=(RIGHT,), admitted=(RIGHT,), gathered=(RIGHT,)),
    "W": Answer(ranked=(WRONG,), admitted=(WRONG,), gathered=(WRONG,)),
    "r": Answer(ranked=(RIGHT,)),  # the best candidate, but not shown
    "w": Answer(ranked=(WRONG,)),
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def result_of() -> Callable[..., dict[str, Any]]:
    """Makes results of strategies, each given as its answers to cases that all have a match: R, W, r, w."""
    return _result_of


def _result_of(**said: str) -> dict[str, Any]:
    truth = Truth(plans=frozenset({"return"}), has_match=True)
    figures = {name: account(judge([SAID[one] for one in told], [truth] * len(told))) for name, told in said.items()}
    data = {"name": "shop/cases.jsonl", "sha256": "0" * 64, "n_memory": 2, "n_queries": 40, "seed": 0}
    return results(figures, data=data, command="telltale eval shop", settings={"risk": 0.05, "prior": "its own"})
