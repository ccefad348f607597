"""A recall over HTTP beside the same recall within this process, in the same run: bare, and as ``telltale.open`` asks.

The server is a process of its own, as it is in life. Bare is the standard library's client on one kept connection: it
asks for what an agent needs. The Python client asks for all verdicts, too, and makes the objects of the Python API.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

import telltale

from .beside import SIZES, Ask, Rows, compare, remembered, serving

AIM = "HTTP adds less than 3 ms"


@pytest.mark.parametrize("size", SIZES)
def test_what_http_adds_to_a_recall(benchmark: Any, tmp_path: Path, made_up_rows: Rows, size: int) -> None:
    with (
        remembered(tmp_path, made_up_rows, size, enabled=benchmark.enabled) as memory,
        serving(tmp_path / "store") as port,
        bare(port) as ask,
    ):
        compare(benchmark, memory, ask, made_up_rows, aim=AIM)


@pytest.mark.parametrize("size", SIZES)
def test_what_the_python_client_adds_to_a_recall(benchmark: Any, tmp_path: Path, made_up_rows: Rows, size: int) -> None:
    if not benchmark.enabled:
        pytest.skip("that this works, others test; how fast it is, `make bench` says")
    with (
        remembered(tmp_path, made_up_rows, size, enabled=benchmark.enabled) as memory,
        serving(tmp_path / "store") as port,
        telltale.open(f"http://127.0.0.1:{port}") as served,
    ):
        compare(benchmark, memory, lambda text, context: served.recall(text, context).id, made_up_rows, aim=AIM)


@contextmanager
def bare(port: int) -> Iterator[Ask]:
    """A recall by the standard library alone."""
    connection = HTTPConnection("127.0.0.1", port)

    def ask(text: str, context: dict[str, Any]) -> str:
        said = json.dumps({"text": text, "context": context})
        connection.request("POST", "/v1/recall", said, {"Content-Type": "application/json"})
        with connection.getresponse() as answer:
            assert answer.status == 200
            return str(json.loads(answer.read())["id"])

    yield ask
    connection.close()
