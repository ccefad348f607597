"""A server that is told to stop finishes what it has begun, and what it acknowledged is there."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

import telltale

from .conftest import refunds

COMMAND = "from telltale.cli import main; main()"


@contextmanager
def started(store: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server in a process of its own, and its port."""
    command = [sys.executable, "-c", COMMAND, "serve", "--store", store, "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield server, int(server.stderr.readline().rpartition(":")[2])
        finally:
            server.kill()


def test_it_finishes_the_request_that_it_has_begun_and_writes_out_what_it_noted(store: str) -> None:
    with started(store) as (server, port), socket.create_connection(("127.0.0.1", port)) as line:
        recall = httpx.post(f"http://127.0.0.1:{port}/v1/recall", json={"text": "Refund order 1"}).json()["id"]
        body = b'{"trace": [{"role": "user", "content": "Close account 7"}, {"role": "assistant", "content": "Done."}]}'
        head = f"POST /v1/remember HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        line.sendall(f"{head}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:10])
        assert line.recv(100).startswith(b"HTTP/1.1 100")  # it waits for the rest
        server.send_signal(signal.SIGTERM)
        line.sendall(body[10:])
        assert line.recv(100).startswith(b"HTTP/1.1 200")
        assert server.wait(timeout=60) == 0
    with telltale.open(store) as memory:
        assert [episode.text for episode in memory.episodes()] == ["Close account 7"]
        memory.feedback(recall, outcome="success")  # known, so the note of it was written


def test_what_was_acknowledged_survives_a_kill(store: str) -> None:
    with started(store) as (server, port):
        sent = httpx.post(f"http://127.0.0.1:{port}/v1/remember/many", json=refunds(20), timeout=60).json()
        server.kill()
    ids = {id_ for one in sent["results"] for id_ in one["episodes"]}
    with telltale.open(store) as memory:
        assert {episode.id for episode in memory.episodes()} == ids
        assert memory.check() == []


def test_it_logs_every_request_and_keeps_a_log_of_changes_that_can_be_checked(store: str) -> None:
    with started(store) as (server, port):
        httpx.post(f"http://127.0.0.1:{port}/v1/remember", json=refunds(1)[0], timeout=60)
        assert server.stderr is not None
        assert "POST /v1/remember 200" in (said := server.stderr.readline())
        assert "Refund" not in said
    checking = [sys.executable, "-c", COMMAND, "audit", "--store", store]
    assert "All 1 lines" in subprocess.run(checking, capture_output=True, text=True, check=True).stdout
    log = Path(store) / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"local"', b'"other"'))
    broken = subprocess.run(checking, capture_output=True, text=True, check=False)
    assert (broken.returncode, "AUDIT_BROKEN line=1" in broken.stderr) == (4, True)


def test_a_server_that_only_reads_writes_nothing(store: str) -> None:
    with telltale.open(store) as memory:
        memory.remember(refunds(1)[0]["trace"], outcome="success")
    before = {path: path.stat().st_mtime_ns for path in Path(store).rglob("*")}
    with started(store, "--read-only") as (_, port):
        at = f"http://127.0.0.1:{port}/v1"
        assert httpx.post(f"{at}/recall", json={"text": "Refund order 1"}, timeout=60).status_code == 200
        refused = httpx.post(f"{at}/remember", json=refunds(1)[0], headers={"Idempotency-Key": "a"}, timeout=60)
    assert (refused.status_code, refused.json()["code"]) == (403, "READ_ONLY")
    assert {path: path.stat().st_mtime_ns for path in Path(store).rglob("*")} == before
