"""Other evaluations stand beside the sets of a page, told apart by what their files hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from telltale import BadArgument
from telltale.cli import main
from telltale.evals.page_beside import section_of

Maker = Callable[..., dict[str, Any]]


def block(mean: float) -> dict[str, Any]:
    return {figure: {"mean": mean, "low": mean - 0.1, "high": mean + 0.1} for figure in ("success", "misled")}


STREAM = {
    "seeds": 3,
    "blocks": 3,
    "each": 30,
    "change": 1,
    "by_block": {"none": [block(0.5)] * 3, "telltale <b>": [block(0.7)] * 3},
}


def kept(folder: Path, told: Any) -> Path:
    path = folder / "told.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_a_stream_is_drawn_with_its_bands_and_as_a_table(tmp_path: Path) -> None:
    section = section_of(kept(tmp_path, STREAM))
    assert section.count("<figure") == section.count("The same as a table") == 2
    assert section.count('class="band') == 4
    assert "policy changes at block 2" in section
    assert "<b>" not in section


def test_stress_tests_are_counted_by_strategy_and_listed(tmp_path: Path, result_of: Maker) -> None:
    one = {**result_of(telltale="R" * 4, dense="RW" * 2), "says": "A needle <needle>."}
    section = section_of(kept(tmp_path, {"schema": 1, "sets": [one, one]}))
    assert "dense answered 8 of 8 cases in 2 tests and misled in 4 of them; in 0 tests it never did." in section
    assert section.count("A needle &lt;needle&gt;.") == 2


@pytest.mark.parametrize("told", [[], {}, {"sets": []}, {"sets": [{"strategies": {}}]}, "text"])
def test_what_is_neither_is_refused(tmp_path: Path, told: Any) -> None:
    with pytest.raises(BadArgument, match="holds neither"):
        section_of(kept(tmp_path, told))
    with pytest.raises(BadArgument, match="give what"):
        section_of(tmp_path / "absent.json")


def test_a_page_is_drawn_again_without_measuring(tmp_path: Path, result_of: Maker) -> None:
    results, page = tmp_path / "results.json", tmp_path / "page.html"
    results.write_text(json.dumps(result_of(telltale="R" * 40, dense="RW" * 20)), encoding="utf-8")
    called = ["eval", "page", results, "--html", page, "--beside", kept(tmp_path, STREAM)]
    assert CliRunner().invoke(main, [*map(str, called)]).exit_code == 0
    shown = page.read_text("utf-8")
    assert "A stream of tickets" in shown
    assert "shop/cases.jsonl" in shown
