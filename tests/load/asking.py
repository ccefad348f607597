"""Many clients at once, by Locust in a process of its own; what they saw, and what that cost server and clients."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .serving import Server, Watch

ROOT = Path(__file__).parents[2]
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def ask(server: Server, users: Sequence[str], *, clients: int, seconds: float, seed: int) -> dict[str, Any]:
    """What ``clients`` of the kinds ``users`` saw in so many seconds, all of them together from the start."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = [
            sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary", "-H", server.url,
            "-u", str(clients), "-r", str(clients), "-t", f"{seconds:g}s", "--csv", str(out), *users,
        ]  # fmt: skip
        said = os.environ | {"TELLTALE_API_KEY": server.key, "LOAD_SEED": str(seed)}
        silent = subprocess.DEVNULL
        locust = subprocess.Popen(command, cwd=ROOT, env=said, stdout=silent, stderr=silent)
        with locust, Watch(server.process.pid) as theirs, Watch(locust.pid) as ours:
            locust.wait()
        return {"asked": _told(out), "server": theirs.told(), "client_cores": ours.told()["cores"]}


def _told(out: Path) -> dict[str, Any]:
    """Requests, errors and milliseconds by path."""
    with Path(f"{out}_stats.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Name"] != "Aggregated"]
    with Path(f"{out}_failures.csv").open(encoding="utf-8") as file:
        errors = {row["Error"]: int(row["Occurrences"]) for row in csv.DictReader(file)}
    return {
        **{
            row["Name"]: {
                "requests": int(row["Request Count"]),
                "errors": int(row["Failure Count"]),
                "a_second": round(float(row["Requests/s"]), 1),
                **{f"p{at}_ms": float(row[f"{at}%"]) for at in (50, 95, 99)},
            }
            for row in rows
        },
        "errors": errors,
    }
