"""The seam to LanceDB: its errors become ours, each saying what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from telltale.memory.errors import ReadOnly, StoreBusy, StoreCorrupt, StoreError, StoreIO
from telltale.memory.lance import store_errors
from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (PermissionError(13, "Permission denied"), StoreIO),
        (RuntimeError("lance error: LanceError(IO): No space left on device (os error 28)"), StoreIO),
        (ValueError("Failed to connect to namespace"), StoreIO),
        (RuntimeError("Commit conflict for version 7: Concurrent modification"), StoreBusy),
        (RuntimeError("lance error: Too many concurrent writers"), StoreBusy),
        (RuntimeError("lance error: Not found: data/0101.lance"), StoreCorrupt),
        (RuntimeError("failed to fill whole buffer"), StoreCorrupt),
        (ValueError("Invalid user input: magic number"), StoreCorrupt),
        (KeyError("column"), StoreCorrupt),
    ],
)
def test_what_lancedb_raises_becomes_ours(raised: Exception, expected: type[StoreError]) -> None:
    with pytest.raises(expected, match="could not read memories"), store_errors("read", "memories"):
        raise raised


def test_our_own_errors_pass_through() -> None:
    with pytest.raises(ReadOnly), store_errors("write", "memories"):
        raise ReadOnly("no")


def test_logs_are_quiet_before_anything_loads_lancedb() -> None:
    """LanceDB reads what it may log when it is loaded, and then warns of every query."""
    code = "import os, sys, telltale.memory.store; print('lancedb' in sys.modules, *map(os.getenv, sys.argv[1:]))"
    unset = {name: value for name, value in os.environ.items() if not name.endswith("_LOG")}
    command = [sys.executable, "-c", code, "LANCEDB_LOG", "LANCE_LOG"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=unset)
    assert ran.stdout.split() == ["False", "error", "error"]


FULL_DISK = """
import resource, signal, sys
from telltale.memory.errors import StoreIO
from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder, an_episode, put
tenant = Store.open(sys.argv[1]).tenant(embedder=HashingEmbedder())
put(tenant, an_episode("refund"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    put(tenant, an_episode("x" * 100_000))
except StoreIO as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits file sizes as POSIX does")
def test_a_full_disk_is_an_io_error_and_loses_nothing_that_was_there(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", FULL_DISK, tmp_path], capture_output=True, text=True, check=True)
    assert "could not write memories" in run.stdout
    tenant = Store.open(tmp_path).tenant(embedder=HashingEmbedder())
    assert [episode.text for episode in tenant.episodes()] == ["refund"]
    assert tenant.check() == []
