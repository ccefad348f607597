"""What asking in another way adds to a recall: each round asks within this process, then that way, one after the other.

So both see the same machine in the same second. Figures are reported, never asserted.
"""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

import telltale

Rows = Callable[..., Iterator[dict[str, Any]]]
Ask = Callable[[str, dict[str, Any]], str]  # a task and its context; the id of the recall

SIZES = (1_000, 10_000)
QUERIES, WARM_UP = 200, 20
COMMAND = (sys.executable, "-c", "from telltale.cli import main; main()")


@contextmanager
def remembered(folder: Path, made_up_rows: Rows, size: int, *, enabled: bool) -> Iterator[telltale.AgentMemory]:
    """A memory of ``size`` made-up runs that has learned; a small one where nothing is measured."""
    if not enabled and size > min(SIZES):
        pytest.skip("a benchmark of this size runs with `make bench`")
    cases = folder / "cases.jsonl"
    rows = made_up_rows(size if enabled else 40, seed=0)  # that it works; how fast it is, `make bench` says
    cases.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with telltale.open(folder / "store") as memory:
        assert memory.ingest([cases]).rejected == 0
        memory.learn()
        yield memory


def compare(benchmark: Any, memory: telltale.AgentMemory, ask: Ask, made_up_rows: Rows, *, aim: str) -> None:
    """Measure ``ask``, and put beside it what the same recalls take within this process."""
    asked, within = itertools.cycle(made_up_rows(QUERIES, seed=7)), []

    def query() -> tuple[tuple[str, dict[str, Any]], dict[str, Any]]:
        row = next(asked)
        start = perf_counter()
        memory.recall(row["text"], row["context"])
        within.append(perf_counter() - start)
        return (row["text"], row["context"]), {}

    found = benchmark.pedantic(ask, setup=query, rounds=QUERIES, warmup_rounds=WARM_UP)
    assert found
    if benchmark.enabled:
        beside, other = statistics.median(within[WARM_UP:]), benchmark.stats.stats.median
        quiet = tenth(benchmark.stats.stats.data) - tenth(within[WARM_UP:])  # what a busy machine blurs least
        benchmark.extra_info |= {
            "beside": "in-process",
            "beside_p50_ms": beside * 1000,
            "said": f"ratio {other / beside:.2f}, adds {(other - beside) * 1000:.2f} ms; first tenth {quiet:.2f} ms",
            "aim": aim,
        }


def tenth(seconds: Sequence[float]) -> float:
    """The first decile, in milliseconds."""
    return statistics.quantiles(seconds, n=10)[0] * 1000


@contextmanager
def serving(store: Path) -> Iterator[int]:
    """A server of that store in a process of its own; its port."""
    command = [*COMMAND, "serve", f"--store={store}", "--port=0", "--rate=none"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield int(server.stderr.readline().rpartition(":")[2])
        finally:
            server.terminate()
            server.stderr.close()
