"""``telltale eval`` from the command line, with strategies that need no store."""

from __future__ import annotations

import json
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from telltale.cli import main
from telltale.evals.report import tables

FIGURES = {
    *("coverage", "misled_rate", "help_rate", "honest_abstention", "distractor_share", "aurc", "excess_aurc"),
    *("aurc_floor_novel", "top1_has_match", "coverage_at_risk", "recall_at_50", "tokens", "p50_ms", "p95_ms"),
}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    memory = [{"text": f"return item {i}", "plan": f"plan {i % 3}", "split": "memory"} for i in range(30)]
    queries = [{"text": f"bring back item {i}", "plan": f"plan {i % 4}", "split": "query"} for i in range(40)]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in memory + queries), encoding="utf-8")
    return path


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["eval", *map(str, args)])


def written_by(cases: Path, *args: object) -> dict[str, Any]:
    out = cases.parent / "figures.json"
    assert run(cases, "--strategies", "none,random", "--json", out, *args).exit_code == 0
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def test_the_file_holds_every_figure_of_every_strategy(cases: Path) -> None:
    found = written_by(cases)
    assert found["schema"] == 1
    assert list(found["strategies"]) == ["none", "random"]
    assert all(figures.keys() >= FIGURES for figures in found["strategies"].values())


def test_the_file_says_what_was_measured_with_what(cases: Path) -> None:
    found = written_by(cases, "--memory", 20, "--queries", 25, "--seed", 4)
    drawn = {"n_memory": 20, "n_queries": 25, "seed": 4}
    assert found["data"] == {
        "name": f"{cases.parent.name}/cases.jsonl",
        "sha256": sha256(cases.read_bytes()).hexdigest(),
        **drawn,
    }
    assert found["command"].startswith("telltale eval ")
    assert "--seed 4" in found["command"]
    assert {"python", "telltale-memory", "lancedb", "numpy"} <= found["versions"].keys()


def test_the_same_seed_gives_the_same_figures(cases: Path) -> None:
    first, again, other = (written_by(cases, "--seed", seed)["strategies"]["random"]["counts"] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_doing_nothing_covers_nothing_and_misleads_nobody(cases: Path) -> None:
    nothing = written_by(cases)["strategies"]["none"]
    assert (nothing["coverage"], nothing["misled_rate"], nothing["aurc"]) == (0, None, 1)


def test_the_table_names_strategies_and_figures(cases: Path) -> None:
    shown = run(cases, "--strategies", "none,random").output
    assert all(word in shown for word in ("none", "random", "AURC", "misled rate", "interval"))


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("--strategies", "none,best"), "found 'best'"),
        (("--strategies", ","), "strategies: found none"),
        (("--memory", 0), "0 is not in the range"),
        (("--json", "absent/figures.json"), "there is no folder absent"),
        (("--html", "absent/page.html"), "there is no folder absent"),
        (("--prior", "a", "--prior", "b"), "found 2 for 1 files"),
    ],
)
def test_a_call_that_cannot_be_carried_out_is_a_usage_error(cases: Path, args: Any, complaint: str) -> None:
    result = run(cases, *args)
    assert result.exit_code == 2
    assert complaint in result.output


def test_a_file_that_holds_no_cases_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n", encoding="utf-8")
    assert run(tmp_path / "notes.txt").exit_code == 2
    assert run(tmp_path / "absent.jsonl").exit_code == 2


def test_no_strategy_is_cut_off_where_there_are_many(cases: Path) -> None:
    names = [f"way_{number}" for number in range(9)]
    none = written_by(cases)["strategies"]["none"]
    given = {**written_by(cases), "strategies": dict.fromkeys(names, none)}
    console = Console(width=80, file=StringIO())
    console.print(*tables(given, width=80))
    assert all(name in console.file.getvalue() for name in names)  # type: ignore[attr-defined]


def test_several_files_are_one_comparison(cases: Path) -> None:
    other = cases.with_name("other.jsonl")
    other.write_bytes(cases.read_bytes())
    found = written_by(cases, other)
    assert [one["data"]["name"].partition("/")[2] for one in found["sets"]] == ["cases.jsonl", "other.jsonl"]


def test_a_second_run_is_taken_from_the_first(cases: Path) -> None:
    cached = [
        {one["cached"] for one in written_by(cases, *more)["strategies"].values()} for more in ((), (), ("--no-cache",))
    ]
    assert cached == [{False}, {True}, {False}]


def test_other_cases_are_asked_anew(cases: Path) -> None:
    written_by(cases)
    cases.write_text(cases.read_text("utf-8") + "\n" + json.dumps({"text": "one more", "split": "query"}), "utf-8")
    assert not any(one["cached"] for one in written_by(cases)["strategies"].values())


def test_the_gate_is_shut_with_the_reason_and_exit_code_1(cases: Path) -> None:
    call = (cases, "--strategies", "none,random", "--fail-if")
    shut, open_ = run(*call, "random.misled_rate > 0.1"), run(*call, "random.coverage < 1")
    assert (shut.exit_code, open_.exit_code) == (1, 0)
    assert "random.misled_rate > 0.1" in shut.output
    assert run(*call, "none.misled_rate > 0.1").exit_code == 1


def test_a_condition_that_cannot_be_read_is_refused_before_the_work(cases: Path) -> None:
    refused = run(cases, "--strategies", "none", "--fail-if", "misled_rate is bad")
    assert refused.exit_code == 2
    assert "--fail-if" in refused.output


def test_the_page_is_written_where_it_is_asked_for(cases: Path) -> None:
    page = cases.with_name("page.html")
    assert run(cases, "--strategies", "none,random", "--html", page).exit_code == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_two_results_are_compared_from_the_command_line(cases: Path) -> None:
    written_by(cases)
    results, out = cases.with_name("figures.json"), cases.with_name("changes.json")
    shown = run("compare", results, results, "--json", out)
    assert shown.exit_code == 0
    assert "cannot be told" in shown.output
    assert json.loads(out.read_text("utf-8"))["worse"] == 0
