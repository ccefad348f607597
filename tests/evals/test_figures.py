"""What `telltale eval` gives on public data, with default settings, keeps its limits or is known not to."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from telltale.evals.cases import draw, load_cases
from telltale.evals.run import evaluate
from telltale.evals.strategies import make_strategies

SHORT = "falls short: docs/design/020-guard.md says by how much and why"


@cache
def figures(file: Path) -> dict[str, Any]:
    sample = draw(load_cases(file), memory=1500, queries=1000, seed=0)
    return evaluate(sample, make_strategies(["telltale"], risk=0.05, seed=0))["telltale"]


@pytest.mark.parametrize(
    ("file", "worst"),
    [
        ("alfred/cases.jsonl", 0.030),
        ("alfworld/cases.jsonl", 0.005),
        ("sql_advising/cases.jsonl", 0.185),
        ("clinc150_val/cases.jsonl", 0.065),
        ("banking77/cases_oos.jsonl", 0.190),
        pytest.param("alfred/cases.jsonl", 0.023, marks=pytest.mark.xfail(reason=SHORT)),
        pytest.param("clinc150_val/cases.jsonl", 0.058, marks=pytest.mark.xfail(reason=SHORT)),
        pytest.param("banking77/cases_oos.jsonl", 0.160, marks=pytest.mark.xfail(reason=SHORT)),
        pytest.param("tau_retail/cases.jsonl", 0.450, marks=pytest.mark.xfail(reason=SHORT)),
    ],
)
def test_the_guard_orders_its_answers_at_least_this_well(shared_data: Path, file: str, worst: float) -> None:
    assert figures(shared_data / file)["aurc"] <= worst


@pytest.mark.parametrize(
    "file",
    [
        "alfred/cases.jsonl",
        "alfworld/cases.jsonl",
        "clinc150_val/cases.jsonl",
        pytest.param("banking77/cases_oos.jsonl", marks=pytest.mark.xfail(reason=SHORT)),
    ],
)
def test_of_its_answers_no_more_mislead_than_were_promised_and_two_in_a_hundred(shared_data: Path, file: str) -> None:
    assert figures(shared_data / file)["misled_rate"] <= 0.05 + 0.02
