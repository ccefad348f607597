"""A recall over HTTP beside the same recall within this process, one after the other in the same run.

The server is a process of its own, as it is in life; the client is the standard library's, on one kept connection. What
HTTP adds to the median is reported, and how that compares with the recall itself; never asserted.
"""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

import telltale

Rows = Callable[..., Iterator[dict[str, Any]]]

QUERIES = 200
WARM_UP = 20
COMMAND = "from telltale.cli import main; main()"
AIM = "HTTP adds less than 3 ms"


@pytest.mark.parametrize("size", [1_000, 10_000])
def test_what_http_adds_to_a_recall(benchmark: Any, tmp_path: Path, made_up_rows: Rows, size: int) -> None:
    if not benchmark.enabled:
        if size > 1_000:
            pytest.skip("a benchmark of this size runs with `make bench`")
        size = 100  # that it works; how fast it is, `make bench` says
    cases = tmp_path / "cases.jsonl"
    cases.write_text("".join(json.dumps(row) + "\n" for row in made_up_rows(size, seed=0)), encoding="utf-8")
    with telltale.open(tmp_path / "store") as memory:
        assert memory.ingest([cases]).rejected == 0
        memory.learn()
        asked, within = itertools.cycle(made_up_rows(QUERIES, seed=7)), []
        with serving(tmp_path / "store") as port:
            connection = HTTPConnection("127.0.0.1", port)

            def query() -> tuple[tuple[Any, ...], dict[str, Any]]:
                row = next(asked)
                start = perf_counter()
                memory.recall(row["text"], row["context"])
                within.append(perf_counter() - start)
                return (connection, {"text": row["text"], "context": row["context"]}), {}

            found = benchmark.pedantic(recall, setup=query, rounds=QUERIES, warmup_rounds=WARM_UP)
            assert found["id"]
    if benchmark.enabled:
        beside, over = statistics.median(within[WARM_UP:]), benchmark.stats.stats.median
        quiet = tenth(benchmark.stats.stats.data) - tenth(within[WARM_UP:])  # what a busy machine blurs least
        benchmark.extra_info |= {
            "beside": "in-process",
            "beside_p50_ms": beside * 1000,
            "said": f"ratio {over / beside:.2f}, adds {(over - beside) * 1000:.2f} ms; first tenth {quiet:.2f} ms",
            "aim": AIM,
        }


def tenth(seconds: Sequence[float]) -> float:
    """The first decile, in milliseconds."""
    return statistics.quantiles(seconds, n=10)[0] * 1000


def recall(connection: HTTPConnection, asked: dict[str, Any]) -> Any:
    """What the server recalls."""
    connection.request("POST", "/v1/recall", json.dumps(asked), {"Content-Type": "application/json"})
    with connection.getresponse() as answer:
        assert answer.status == 200
        return json.loads(answer.read())


@contextmanager
def serving(store: Path) -> Iterator[int]:
    """A server of that store, on a port of its own."""
    command = [sys.executable, "-c", COMMAND, "serve", f"--store={store}", "--port=0", "--rate=none"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield int(server.stderr.readline().rpartition(":")[2])
        finally:
            server.terminate()
            server.stderr.close()
