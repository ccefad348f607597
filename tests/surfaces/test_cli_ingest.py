"""The verbs ``ingest`` and ``episodes`` on the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from telltale.cli import main

TELLTALE = str(Path(sys.executable).with_name("telltale"))


def run(*args: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(args), input=given, terminal_width=100)


def lines(count: int) -> bytes:
    rows = [{"text": f"Refund order {n}", "plan": "refund", "steps": [{"tool": "refund"}]} for n in range(count)]
    return b"".join(json.dumps(row | {"id": f"c{n}"}).encode() + b"\n" for n, row in enumerate(rows))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cases.jsonl").write_bytes(lines(5))
    return tmp_path


def asked(*args: str, given: bytes | None = None) -> Any:
    ran = run(*args, "--json", given=given)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_a_dry_run_makes_no_store(folder: Path) -> None:
    would = asked("ingest", "cases.jsonl", "--dry-run")
    assert [path.name for path in folder.iterdir()] == ["cases.jsonl"]
    assert would == asked("ingest", "cases.jsonl") | {"dry_run": True}
    assert asked("ingest", "cases.jsonl", "--dry-run")["stored"] == 0


def test_what_is_told_of_a_dry_run_says_so() -> None:
    assert "nothing was written" in " ".join(run("ingest", "cases.jsonl", "--dry-run").stdout.split())


def test_the_summary_says_who_told_the_outcomes() -> None:
    assert asked("ingest", "cases.jsonl")["by_format"]["telltale"]["outcomes"] == {"dataset": {"success": 5}}
    assert "dataset" in run("ingest", "cases.jsonl").stdout


def test_a_date_leaves_out_what_is_older(folder: Path) -> None:
    os.utime(folder / "cases.jsonl", (0, 0))
    assert asked("ingest", "cases.jsonl", "--since", "2026-01-31")["older_files"] == 1
    ran = run("ingest", "cases.jsonl", "--since", "soon")
    assert (ran.exit_code, "--since is 'soon'" in ran.stderr) == (2, True)


def test_signals_are_named_with_commas() -> None:
    assert asked("ingest", "cases.jsonl", "--signals", "tests, thanks")["stored"] == 5
    assert run("ingest", "cases.jsonl", "--signals", "luck").exit_code == 2


def test_standard_input_goes_in() -> None:
    ran = subprocess.run([TELLTALE, "ingest", "-", "--json"], input=lines(3), capture_output=True, check=True)
    assert json.loads(ran.stdout)["stored"] == 3


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_watching_ends_with_the_summary_when_it_is_told_to(folder: Path, how: signal.Signals) -> None:
    command = [TELLTALE, "ingest", "--watch", ".", "--rejects", "rejects.jsonl", "--json"]
    (folder / "last.jsonl").write_bytes(b'{"id": 1, "id": 2}\n')
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while not (folder / "rejects.jsonl").exists():  # the last of what there is
            assert process.poll() is None
        process.send_signal(how)
        told = json.loads(process.communicate()[0])
    assert (told["stored"], told["rejected"], process.returncode) == (5, 1, 3)


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".csv", ".arrow"])
def test_episodes_are_written_to_a_file(folder: Path, suffix: str) -> None:
    asked("ingest", "cases.jsonl")
    assert asked("episodes", "--to", f"out{suffix}") == {"written": 5}
    read: dict[str, Any] = {
        ".jsonl": pl.read_ndjson,
        ".parquet": pl.read_parquet,
        ".csv": pl.read_csv,
        ".arrow": pl.read_ipc,
    }
    assert read[suffix](folder / f"out{suffix}")["text"].sort().to_list() == [f"Refund order {n}" for n in range(5)]


def test_episodes_are_written_to_files_of_known_kinds_only() -> None:
    asked("ingest", "cases.jsonl")
    assert run("episodes", "--to", "out.xlsx").exit_code == 2
