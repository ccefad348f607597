"""What `telltale eval` gives on public data, with default settings, keeps its limits or is known not to."""

from __future__ import annotations

from pathlib import Path

import pytest

from telltale.evals.cases import draw, load_cases
from telltale.evals.run import evaluate
from telltale.evals.strategies import make_strategies


@pytest.mark.parametrize(
    ("file", "worst"),
    [
        ("alfred/cases.jsonl", 0.040),
        ("alfworld/cases.jsonl", 0.005),
        ("sql_advising/cases.jsonl", 0.21),
        ("clinc150_val/cases.jsonl", 0.075),
        pytest.param("banking77/cases_oos.jsonl", 0.185, marks=pytest.mark.xfail(reason=".004 too high: see 010")),
    ],
)
def test_the_guard_orders_its_answers_at_least_this_well(shared_data: Path, file: str, worst: float) -> None:
    sample = draw(load_cases(shared_data / file), memory=1500, queries=1000, seed=0)
    found = evaluate(sample, make_strategies(["telltale"], risk=0.05, seed=0))["telltale"]
    assert found["aurc"] <= worst
