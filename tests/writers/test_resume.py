"""A run that is killed again and again ends where an unbroken one does, byte for byte."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder
from telltale.writers.export import export

SCRIPT = Path(__file__).with_name("take_in_on_command.py")


def chat(number: int, tool: str = "refund") -> dict[str, Any]:
    call = {"id": "c", "function": {"name": tool, "arguments": json.dumps({"order": number})}}
    said = [{"role": "user", "content": f"{tool} order {number}"}, {"role": "assistant", "tool_calls": [call]}]
    return {"id": f"{tool}-{number}", "outcome": "success", "messages": said}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with JSON lines (some bad, some twice), an array, and small files."""
    folder = tmp_path / "runs"
    folder.mkdir()
    lines = [json.dumps(chat(number % 90)) if number % 10 else '{"messages": NaN}' for number in range(100)]
    (folder / "a.jsonl").write_text("\n".join(lines))
    (folder / "b.json").write_text(json.dumps([chat(number, "cancel") for number in range(60)], indent=1))
    for number in range(20):
        (folder / f"c{number:02}.json").write_text(json.dumps(chat(number, "exchange")))
    return folder


def run(store: Path, folder: Path, *, steps: int | None = None) -> int:
    """Takes the folder in, killed after so many steps; how many there were."""
    command = [sys.executable, str(SCRIPT), str(store), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for taken, _ in enumerate(process.stdout, 1):
            if taken == steps:
                process.kill()
                return taken
        assert process.wait() == 0
    return taken


def exported(store: Path) -> bytes:
    file = store.with_suffix(".jsonl")
    export(Store.open(store, read_only=True).tenant(embedder=HashingEmbedder()), file)
    return file.read_bytes()


def kill_and_resume(folder: Path, at: Path, times: int) -> None:
    whole = run(at / "whole", folder)
    rng = random.Random(times)
    for _ in range(times):
        run(at / "broken", folder, steps=rng.randint(1, whole // 2))
    run(at / "broken", folder)
    assert exported(at / "broken") == exported(at / "whole")
    assert exported(at / "whole").count(b"\n") == 81 + 60 + 20


def test_a_run_that_is_killed_three_times_ends_like_an_unbroken_one(runs: Path, tmp_path: Path) -> None:
    kill_and_resume(runs, tmp_path, 3)


@pytest.mark.long
def test_a_run_that_is_killed_twenty_times_ends_like_an_unbroken_one(runs: Path, tmp_path: Path) -> None:
    kill_and_resume(runs, tmp_path, 20)
