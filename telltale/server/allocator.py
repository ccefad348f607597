"""The C library's allocator as a server wants it. Only for a process that is a server: it holds for all in it.

glibc gives threads up to eight arenas a core, and what is freed in one is of no use to the others. LanceDB has some two
hundred threads, so that half of a server's memory was freed and kept (docs/design/063-load.md).
"""

from __future__ import annotations

import ctypes
import os

_ARENA_MAX = -8  # in glibc's malloc.h
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads share two arenas; before there are many threads. MALLOC_ARENA_MAX, where it is set, holds."""
    if "MALLOC_ARENA_MAX" not in os.environ and _is_glibc():
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)


def _is_glibc() -> bool:
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (AttributeError, ValueError, OSError):  # another system, or another C library
        return False
