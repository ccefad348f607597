"""A server's threads share what they have freed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ALLOCATING = """
import ctypes, sys
from threading import Barrier, Thread
from telltale.server.allocator import share_arenas

libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]
together = Barrier(12)

def allocate():
    together.wait()
    libc.malloc(1000)
    together.wait()

share_arenas()
threads = [Thread(target=allocate) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
out = libc.fopen(sys.argv[1].encode(), b"w")
libc.malloc_info(0, out)
libc.fclose(out)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the arenas of glibc")
def test_all_threads_of_a_server_share_two_arenas(tmp_path: Path) -> None:
    told = tmp_path / "malloc.xml"
    subprocess.run([sys.executable, "-c", ALLOCATING, str(told)], check=True, env={})
    assert told.read_text().count("<heap ") <= 2
