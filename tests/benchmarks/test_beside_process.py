"""A process of its own for each memory: how long until its first answer, what it holds of memory, what is on disk."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from . import made_up
from .lineup import KEPT
from .stores import Stores
from .systems import System

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = 50
TIMES = 3


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
@pytest.mark.parametrize("kind", KEPT, ids=lambda kind: kind.name)
@pytest.mark.parametrize("size", [1_000, 10_000, 100_000], ids=lambda size: f"{size:,}")
def test_beside_a_process_of_its_own(
    benchmark: Any, figure: Any, stores: Stores, kind: type[System], size: int
) -> None:
    folder = stores.folder(kind, figure("process", kind, size))
    disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    asked, told = json.dumps(list(made_up.rows(QUESTIONS, seed=7))), []

    def run() -> None:
        command = [sys.executable, "-m", "tests.benchmarks.probe", kind.name, str(folder)]
        ran = subprocess.run(command, cwd=ROOT, input=asked, capture_output=True, text=True, check=True)
        told.append(json.loads(ran.stdout))

    benchmark.pedantic(run, rounds=TIMES)
    assert all(one["resident_mib"] > 0 for one in told)
    benchmark.extra_info |= {name: statistics.median(one[name] for one in told) for name in told[0]}
    benchmark.extra_info["disk_mib"] = disk / 2**20
