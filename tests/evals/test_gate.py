"""The gate reads its own grammar and nothing else, and a figure without a value does not pass."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale import BadArgument
from telltale.evals.gate import FIGURES, OPERATORS, Condition, failures, read_condition

NAMES = ("none", "dense", "telltale")
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.sampled_from([None, *NAMES]), st.sampled_from(FIGURES), st.sampled_from(sorted(OPERATORS)), NUMBERS)
def test_what_a_condition_says_is_read_as_it_was_written(
    strategy: str | None, figure: str, operator: str, number: float
) -> None:
    condition = Condition(strategy=strategy, figure=figure, operator=operator, number=number)
    assert read_condition(str(condition), NAMES) == condition


@given(st.text())
def test_any_other_text_is_refused_and_never_run(text: str) -> None:
    try:
        condition = read_condition(text, NAMES)
    except BadArgument:
        return
    assert condition.figure in FIGURES


@pytest.mark.parametrize(
    "text",
    [
        "misled_rate",
        "misled_rate >",
        "misled_rate > much",
        "misled_rate > nan",
        "misled_rate > 1 or 1",
        "best.misled_rate > 0.1",
        "dense.best > 0.1",
        "dense.misled_rate.aurc > 0.1",
        "__import__('os') > 1",
    ],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(BadArgument, match="--fail-if"):
        read_condition(text, NAMES)


def test_without_a_name_telltale_is_meant_else_the_only_strategy() -> None:
    assert read_condition("aurc > 1", ["dense"]).strategy is None
    with pytest.raises(BadArgument, match="name one of the strategies"):
        read_condition("aurc > 1", ["dense", "lexical"])


def result_of(**figures: Any) -> dict[str, Any]:
    return {"data": {"name": "cases"}, "strategies": {"telltale": figures, "dense": {"aurc": 0.9}}}


def shut_by(text: str, **figures: Any) -> list[str]:
    return list(failures([read_condition(text, NAMES)], [result_of(**figures)]))


def test_a_condition_that_holds_shuts_the_gate_and_says_why() -> None:
    (reason,) = shut_by("misled_rate > 0.05", misled_rate=0.06)
    assert reason == "cases: telltale.misled_rate is 0.06, and `misled_rate > 0.05` was to fail"
    assert shut_by("misled_rate > 0.05", misled_rate=0.05) == []
    assert len(shut_by("dense.aurc > 0.5")) == 1
    assert len(shut_by("coverage_at_risk.0.05 < 0.5", coverage_at_risk={"0.05": 0.4})) == 1


def test_a_figure_without_a_value_does_not_pass() -> None:
    assert "cannot be ruled out" in shut_by("misled_rate > 0.05", misled_rate=None)[0]
    assert "cannot be ruled out" in shut_by("reliability.calibration_error > 1", reliability=None)[0]
