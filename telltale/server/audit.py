"""Who changed what, one line each, every line bound to the one before it by a hash: what is edited or cut out shows.

Holds names, counts and hashes, never a text of a trace. A line is on disk before the change is answered.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from telltale.jsonable import jsonable
from telltale.memory.errors import StoreCorrupt, StoreIO

START = "0" * 64
LONGEST_LINE = 4096  # bytes


class AuditBroken(StoreCorrupt):
    """A line of the audit log is not what was written."""

    code = "AUDIT_BROKEN"


class Audit:
    """A log in a file; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()

    def note(self, tenant: str, actor: str, what: str, done: Any = None) -> None:
        """Add a line: who (the key's id) did what, and the hash of what came of it."""
        if self._path is None:
            return
        from filelock import FileLock

        told = orjson.dumps(jsonable(done))
        line = {"time": time.time(), "tenant": tenant, "actor": actor, "what": what}
        line["done"] = hashlib.sha256(told).hexdigest()
        try:
            with self._lock, FileLock(f"{self._path}.lock"), self._path.open("a+b") as file:
                _append(file, line)
        except OSError as error:
            raise StoreIO(
                f"could not write the log of changes {self._path} ({error}), so the change that was made has no line; "
                "check the disk and its space"
            ) from error


def verify(path: Path) -> int:
    """How many lines the log has, when each is what was written. Raises AuditBroken, naming the first that is not."""
    before, n = START, 0
    for n, data in enumerate(path.read_bytes().splitlines(), 1):
        try:
            line = orjson.loads(data)
            found = line.pop("hash")
        except (ValueError, KeyError, AttributeError, TypeError):
            raise _broken(n) from None
        if (line.get("n"), line.get("before"), found) != (n, before, _hash(line)):
            raise _broken(n)
        before = found
    return n


def _broken(n: int) -> AuditBroken:
    return AuditBroken(
        f"AUDIT_BROKEN line={n}: it was edited, or lines before it were taken out; compare with a backup"
    )


def _hash(line: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(line, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _append(file: Any, line: dict[str, Any]) -> None:
    """Add a line behind the last whole one; what a power loss left of one that never counted goes."""
    end = file.seek(0, os.SEEK_END)
    start = file.seek(max(0, end - LONGEST_LINE))
    whole = file.read().rpartition(b"\n")[0]
    file.truncate(start + len(whole) + 1 if whole else 0)
    before: dict[str, Any] = orjson.loads(whole.rpartition(b"\n")[2]) if whole else {"n": 0, "hash": START}
    line |= {"n": before["n"] + 1, "before": before["hash"]}
    file.write(orjson.dumps(line | {"hash": _hash(line)}) + b"\n")
    file.flush()
    os.fsync(file.fileno())
