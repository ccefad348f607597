"""How much memory taking in takes: as much for a large input as for a small one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import resource, sys
from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder
from telltale.writers.ingest import ingest
summary = ingest(sys.argv[1], Store.open(sys.argv[2]).tenant(embedder=HashingEmbedder()))
print(summary.read, summary.rejected, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
UNIT = 1024 if sys.platform != "darwin" else 1  # of ru_maxrss, in bytes


def trace(number: int) -> dict[str, object]:
    said = [{"role": role, "content": f"{number} words " * 1000} for role in ("user", "assistant")]
    return {"id": f"t{number}", "messages": said}


def written(path: Path, megabytes: int, *, array: bool) -> Path:
    """Traces of about 24 kB each, and one that is too long for one record among them."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[\n" if array else "")
        file.write(json.dumps({"id": "long", "messages": "x" * (65 << 20)}))
        for number in range(megabytes * 40):
            file.write(",\n" if array else "\n")
            file.write(json.dumps(trace(number)))
        file.write("]\n" if array else "\n")
    return path


def peak(file: Path) -> tuple[int, int]:
    """Records that were read, and megabytes that it took."""
    command = [sys.executable, "-c", SCRIPT, str(file), str(file.with_suffix(".store"))]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    read, rejected, used = map(int, ran.stdout.split())
    assert rejected == 1
    return read, used * UNIT >> 20


@pytest.mark.long
@pytest.mark.parametrize("array", [False, True], ids=["lines", "array"])
def test_a_large_input_takes_little_more_memory_than_a_small_one(tmp_path: Path, array: bool) -> None:
    (few, small), (many, large) = (peak(written(tmp_path / f"{size}.json", size, array=array)) for size in (6, 120))
    assert (few, many) == (241, 4801)
    assert large < min(800, small + 250)
