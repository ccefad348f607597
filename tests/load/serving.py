"""`telltale serve` as a process of its own, as a user starts it, and what it costs while it runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

import httpx

COMMAND = "from telltale.cli import main; main()"
# One key asks for all clients here, so the rate of a key is not what is measured. Every other limit is as it comes.
OPTIONS = ("--rate", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    url: str
    key: str

    def client(self) -> httpx.Client:
        """Somebody who has the key."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=600)


@contextmanager
def serving(store: Path, key: str) -> Iterator[Server]:
    """A server of ``store`` that is ready; its log is written beside the store."""
    port = _free_port()
    command = [sys.executable, "-c", COMMAND, "serve", "--store", str(store), "--port", str(port), *OPTIONS]
    with store.with_name("server.log").open("ab") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            server = Server(process=process, url=f"http://127.0.0.1:{port}", key=key)
            _wait(server)
            yield server
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _wait(server: Server) -> None:
    while server.process.poll() is None:
        try:
            if httpx.get(f"{server.url}/ready", timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise SystemExit(f"the server ended with {server.process.returncode}: see server.log beside the store")


class Watch:
    """What a process (of Linux) holds, looked at every few seconds: resident memory, descriptors, threads, its time."""

    def __init__(self, pid: int, *, every: float = 2.0) -> None:
        self._process, self._every, self._over = Path(f"/proc/{pid}"), every, Event()
        self.seen: list[dict[str, float]] = []
        self._thread = Thread(target=self._run)

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            self._look()

    def _look(self) -> None:
        with suppress(OSError):  # it has ended
            lines = (self._process / "status").read_text().splitlines()
            status = dict(line.split(":", 1) for line in lines)
            times = (self._process / "stat").read_text().rpartition(")")[2].split()[11:13]
            self.seen.append({
                "at": time.monotonic(),
                "rss_mb": int(status["VmRSS"].split()[0]) / 1024,
                "fds": len([*(self._process / "fd").iterdir()]),
                "threads": int(status["Threads"]),
                "cpu": sum(map(int, times)) / os.sysconf("SC_CLK_TCK"),
            })  # fmt: skip

    def told(self) -> dict[str, Any]:
        """First, last and most of each; how fast memory grows in the second half, by least squares; cores in use."""
        import numpy as np

        first, last = self.seen[0], self.seen[-1]
        half = [look for look in self.seen if look["at"] >= (first["at"] + last["at"]) / 2]
        slope = np.polyfit([look["at"] for look in half], [look["rss_mb"] for look in half], 1)[0] * 60
        return {
            **{name: self._of(name) for name in ("rss_mb", "fds", "threads")},
            "rss_mb_a_minute": round(float(slope), 2),
            "cores": round((last["cpu"] - first["cpu"]) / (last["at"] - first["at"]), 2),
        }

    def _of(self, name: str) -> dict[str, float]:
        values = [round(look[name]) for look in self.seen]
        middle = values[len(values) // 2]
        return {"first": values[0], "middle": middle, "last": values[-1], "most": max(values)}
