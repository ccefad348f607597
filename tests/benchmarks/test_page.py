"""docs/benchmarks.md says what docs/benchmarks.json holds, and a run becomes those figures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .page import COMMAND, FIGURES, PAGE, condensed, main, render

RUN: dict[str, Any] = {
    "datetime": "2026-11-25T03:00:00+00:00",
    "machine_info": {
        "node": "somebodys-laptop",
        "cpu": {"brand_raw": "A processor", "count": 2},
        "system": "Linux",
        "machine": "x86_64",
        "memory_gib": 24,
        "python_version": "3.11.7",
        "versions": {"telltale-memory": "0.1.0", "lancedb": "0.40.0"},
    },
    "benchmarks": [
        {"extra_info": {"what": "recall", "system": name, "size": 1_000}, "stats": {"data": [seconds] * 20}}
        for name, seconds in (("telltale", 0.003), ("LanceDB", 0.002))
    ],
    "blank": [{"what": "recall", "system": "mem0", "size": 100_000, "why": "too many"}],
}


def test_the_page_says_what_the_figures_hold() -> None:
    told = json.loads(FIGURES.read_text("utf-8"))
    assert PAGE.read_text("utf-8") == render(told), "run: python -m tests.benchmarks.page"


def test_the_page_names_the_command_that_makes_it() -> None:
    recipes = (FIGURES.parents[1] / "Makefile").read_text("utf-8")
    assert f"\n    {COMMAND}\n" in PAGE.read_text("utf-8")
    assert f"\n{COMMAND.removeprefix('make ')}: " in recipes


def test_a_run_gives_medians_ratios_and_reasons() -> None:
    page = render(condensed(RUN))
    assert "| **telltale** | 3 / 3 |  |  |" in page
    assert "| LanceDB | 1.50 |  |  |" in page
    assert "- recall of mem0 at 100,000: too many." in page


def test_what_was_not_measured_is_blank_and_never_zero() -> None:
    assert "| chromadb |  |  |  |" in render(condensed(RUN))


def test_no_name_of_a_machine_is_told() -> None:
    told = condensed(RUN)
    assert "laptop" not in json.dumps(told) + render(told)


def test_a_95th_percentile_needs_twenty_rounds() -> None:
    few = {**RUN, "benchmarks": [{**bench, "stats": {"data": [0.1] * 19}} for bench in RUN["benchmarks"]]}
    assert all("p95_ms" not in figure for figure in condensed(few)["figures"])


def test_a_run_without_figures_of_the_page_changes_nothing(tmp_path: Any) -> None:
    before = PAGE.read_text("utf-8")
    (tmp_path / "run.json").write_text(json.dumps({**RUN, "benchmarks": []}), "utf-8")
    with pytest.raises(SystemExit, match="no figure"):
        main(str(tmp_path / "run.json"))
    assert PAGE.read_text("utf-8") == before
