"""What could not be taken, one line each: where it stands and why, never what it says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from telltale.memory.errors import RecordError, StoreIO

from .lines import Record

SHOWN = 100
WAITING = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """One record (or one trace of it) that was not taken."""

    file: str
    line: int  # from 1; 0: the file as a whole
    offset: int  # byte in the decompressed file
    code: str
    reason: str
    field: str = ""
    sha256: str = ""  # of the record's bytes, to find it by

    @classmethod
    def of(cls, file: str, record: Record, error: RecordError) -> Reject:
        """The reject for an error in a record; an offset within the record becomes one within the file."""
        offset = record.offset + (error.offset or 0) if error.code != "LINE_TOO_LONG" else record.offset
        return cls(
            file=file,
            line=record.line,
            offset=offset,
            code=error.code,
            reason=error.reason,
            field=error.field,
            sha256=record.sha256,
        )


class RejectLog:
    """Rejects on their way into a file of JSON lines; without a path they are only counted and shown."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._waiting: list[Reject] = []
        self.shown: list[Reject] = []  # the first ones

    def add(self, reject: Reject) -> None:
        """Take note of one."""
        self._waiting.append(reject)
        if len(self.shown) < SHOWN:
            self.shown.append(reject)
        if len(self._waiting) >= WAITING:
            self.flush()

    def flush(self) -> None:
        """Append what waits; on disk when it returns. Raises StoreIO where that fails."""
        if self._path and self._waiting:
            _append(self._path, self._waiting)
        self._waiting = []


def _append(path: Path, rejects: Sequence[Reject]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(b"".join(orjson.dumps(asdict(reject)) + b"\n" for reject in rejects))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreIO(f"could not write the rejects to {path} ({error}); name a file that can be written") from error
