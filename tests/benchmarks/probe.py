"""One filled folder in a process of its own: how long until its first answer, and what the process holds then.

``python -m tests.benchmarks.probe NAME FOLDER``, with the questions on standard input.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from telltale.memory.embedders import load_embedder

from .lineup import SYSTEMS
from .systems import Row, System


def told_apart(kind: type[System], folder: Path, rows: Sequence[Row]) -> dict[str, float]:
    """Milliseconds until the folder is open and the first question is answered, and MiB held after all of ``rows``."""
    load_embedder().embed(["warm"])
    start = perf_counter()
    with kind(folder) as system:
        system.find(rows[0])
        first = perf_counter() - start
        for row in rows:
            system.find(row)
        return {"first_ms": first * 1000, "resident_mib": resident_mib()}


def resident_mib() -> float:
    """What this process holds of memory now, as Linux counts it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    _, asked, at = sys.argv
    found = next(kind for kind in SYSTEMS if kind.name == asked)
    sys.stdout.write(json.dumps(told_apart(found, Path(at), json.load(sys.stdin))))
