"""The seam to LanceDB: connections that share one bounded cache, quiet logs, and its errors mapped to ours.

Nothing outside this room sees a LanceDB object or a LanceDB error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from .errors import StoreBusy, StoreCorrupt, StoreError, StoreIO, TelltaleError

# LanceDB reads these when it is loaded, and it may be loaded for an expression before a connection is made.
for _log in ("LANCEDB_LOG", "LANCE_LOG"):
    os.environ.setdefault(_log, "error")  # else one warning a query

T = TypeVar("T")

_INDEX_CACHE = 256 << 20  # bytes, for all tenants of the process together; LanceDB's own default is 6 GB
_METADATA_CACHE = 128 << 20

_BUSY = re.compile(r"commit conflict|too many concurrent writers|retry timeout", re.IGNORECASE)
_IO = re.compile(r"os error|LanceError\(IO\)|No space left|permission denied|connect|timed? ?out", re.IGNORECASE)


def connect(address: str) -> Any:
    """A LanceDB connection at a folder or an object-store address."""
    lancedb = _lancedb()
    with store_errors("open", address):
        return lancedb.connect(address, session=_session())


async def connect_async(address: str) -> Any:
    """The same, for searches that run side by side. Await it within ``run``."""
    return await _lancedb().connect_async(address, session=_session())


def run(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns, run on LanceDB's own background loop, whatever loop the caller is in."""
    from lancedb.background_loop import LOOP

    loop: Any = LOOP
    found: T = loop.run(work)
    return found


def not_found(error: Exception) -> bool:
    """Whether a read failed because another process cleaned up the version that this handle was looking at."""
    return isinstance(error, RuntimeError | ValueError | OSError) and "not found" in str(error).lower()


@contextmanager
def store_errors(doing: str, where: str) -> Iterator[None]:
    """Raise what LanceDB, Arrow or the system raise as StoreBusy, StoreIO or StoreCorrupt; ours pass through."""
    try:
        yield
    except TelltaleError:
        raise
    except (OSError, RuntimeError, ValueError, ArithmeticError, LookupError) as error:
        raise _mapped(error, doing, where) from error


def _mapped(error: Exception, doing: str, where: str) -> StoreError:
    said = " ".join(str(error).split())[:300]
    if _BUSY.search(said):
        return StoreBusy(f"could not {doing} {where}: other writers kept changing it ({said}). Try again.")
    if not_found(error) or "failed to fill whole buffer" in said:
        return StoreCorrupt(f"could not {doing} {where}: a file is missing or cut short ({said}). Run: telltale check")
    if isinstance(error, OSError) or _IO.search(said):
        return StoreIO(f"could not {doing} {where}: {said}. Check space, permissions and address, then try again.")
    return StoreCorrupt(f"could not {doing} {where}: {said}. Run: telltale check")


@cache
def _lancedb() -> Any:
    import lancedb

    return lancedb


@cache
def _session() -> Any:
    return _lancedb().Session(index_cache_size_bytes=_INDEX_CACHE, metadata_cache_size_bytes=_METADATA_CACHE)
