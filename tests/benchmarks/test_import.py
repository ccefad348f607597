"""How long it takes to start, beside a Python that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

BARE = [sys.executable, "-c", "pass"]


def seconds_of(command: list[str]) -> float:
    start = perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return perf_counter() - start


@pytest.mark.parametrize(
    ("command", "aim"),
    [
        ([sys.executable, "-c", "import telltale"], 0.2),
        ([str(Path(sys.executable).parent / "telltale"), "--help"], 0.5),
    ],
    ids=["import telltale", "telltale --help"],
)
def test_starting_is_held_against_a_bare_python(benchmark: Any, command: list[str], aim: float) -> None:
    bare = [seconds_of(BARE)]
    benchmark.pedantic(seconds_of, args=(command,), setup=lambda: bare.append(seconds_of(BARE)), rounds=15)
    if not benchmark.enabled:
        return
    usual = statistics.median(bare)
    more = benchmark.stats.stats.median - usual
    benchmark.extra_info |= {
        "beside": "bare Python",
        "beside_p50_ms": usual * 1000,
        "said": f"{more:.3f} s more, ratio {benchmark.stats.stats.median / usual:.2f}",
        "aim": f"under {aim} s more",
    }
