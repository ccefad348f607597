"""What documents say of the comparison is what the comparison says, region by region."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telltale.evals.figures import figures_of
from telltale.evals.regions import FIGURES, PAGES, REGION, REGIONS, written

GOOD, BAD = "R" * 40, "RW" * 20
Maker = Callable[..., dict[str, Any]]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def figures(result_of: Maker) -> dict[str, Any]:
    return figures_of([result_of(telltale=GOOD, dense=BAD, hybrid=BAD, chromadb=BAD[:10])])


@pytest.mark.parametrize("page", PAGES)
def test_every_region_of_a_page_says_what_the_committed_figures_say(page: str) -> None:
    if not (ROOT / FIGURES).exists():
        pytest.skip("no comparison has been kept yet: run `make compare`")
    shown = (ROOT / page).read_text("utf-8")
    kept = json.loads((ROOT / FIGURES).read_text("utf-8"))
    assert written(shown, kept) == shown, f"{page} is out of date: run `python -m telltale.evals.regions`"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_regions_and_all_of_them_are_known(page: str) -> None:
    shown = (ROOT / page).read_text("utf-8")
    names = [found["name"] for found in REGION.finditer(shown)]
    assert names
    assert set(names) <= REGIONS.keys()
    assert shown.count("<!-- figures:") == shown.count("<!-- end -->") == len(names)


def test_a_region_is_made_anew_and_nothing_else_is_touched(figures: dict[str, Any]) -> None:
    page = "before\n<!-- figures:summary -->\nwhat was said\n<!-- end -->\nafter\n"
    made = written(page, figures)
    assert made.startswith("before\n<!-- figures:summary -->\n| cases")
    assert made.endswith("<!-- end -->\nafter\n")
    assert "what was said" not in made
    assert written(made, figures) == made


def test_the_summary_holds_the_best_peer_and_what_could_not_be_told_apart(figures: dict[str, Any]) -> None:
    (row,) = [line for line in written(_region("summary"), figures).splitlines() if line.startswith("| shop")]
    assert row.startswith("| shop | 40 | 1.00 | **0.000 (0.000 to")
    assert "| 0.500 | 0.500 | 0.500 chromadb | 1.00 |" in row


@pytest.mark.parametrize("name", REGIONS)
def test_every_region_can_be_made_of_a_set_where_telltale_is_silent(name: str, result_of: Maker) -> None:
    made = written(_region(name), figures_of([result_of(telltale="rw" * 20, dense=GOOD)]))
    assert "None" not in made


def test_an_unknown_region_is_refused(figures: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        written(_region("nothing"), figures)


def _region(name: str) -> str:
    return f"<!-- figures:{name} -->\n<!-- end -->"
