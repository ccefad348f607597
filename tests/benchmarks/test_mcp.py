"""A recall over MCP beside the same recall within this process, in the same run, through the official SDK's client.

The server is a process of its own: ``telltale mcp`` over stdio and with ``--http``, and ``telltale serve`` at /mcp.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from .beside import COMMAND, SIZES, Ask, Rows, compare, remembered, serving

AIM = "MCP adds less than 10 ms"


@contextmanager
def stdio(store: Path) -> Iterator[Any]:
    """The client starts the server itself, and ends it."""
    yield StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], "mcp", f"--store={store}"])


@contextmanager
def http(store: Path) -> Iterator[str]:
    """``telltale mcp --http``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*COMMAND, "mcp", f"--store={store}", "--http", f"--port={port}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            while not reached(port):
                assert server.poll() is None
                sleep(0.1)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.terminate()


@contextmanager
def served(store: Path) -> Iterator[str]:
    """``telltale serve``, which speaks MCP to those who hold a key, or on loopback to anybody."""
    with serving(store) as port:
        yield f"http://127.0.0.1:{port}/mcp"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", [stdio, http, served], ids=lambda way: way.__name__)
def test_what_mcp_adds_to_a_recall(
    benchmark: Any,
    tmp_path: Path,
    made_up_rows: Rows,
    size: int,
    way: Callable[[Path], AbstractContextManager[Any]],
) -> None:
    if way is not stdio and not benchmark.enabled:
        pytest.skip("that this works, others test; how fast it is, `make bench` says")
    with (
        remembered(tmp_path, made_up_rows, size, enabled=benchmark.enabled) as memory,
        way(tmp_path / "store") as server,
        connected(server) as ask,
    ):
        compare(benchmark, memory, ask, made_up_rows, aim=AIM)


@contextmanager
def connected(server: Any) -> Iterator[Ask]:
    """A recall by the SDK's client, which one task keeps connected."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        ready, done = loop.create_future(), asyncio.Event()

        async def keep() -> None:
            async with Client(server) as client:
                ready.set_result(client)
                await done.wait()

        kept = loop.create_task(keep())
        loop.run_until_complete(asyncio.wait([kept, ready], return_when=asyncio.FIRST_COMPLETED))
        client = ready.result()

        def ask(text: str, context: dict[str, Any]) -> str:
            found = loop.run_until_complete(client.call_tool("recall", {"task": text, "context": context}))
            return str(found.structured_content["recall"])

        yield ask
        done.set()
        loop.run_until_complete(kept)


def reached(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
