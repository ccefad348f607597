"""Small whole values by name: procedures, look-alikes, insights, feedback, notes, opinions, guard payloads, settings.

Each row carries the SHA-256 of its bytes, checked at every read. Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np

from . import schema
from .errors import StoreCorrupt, StoreError
from .maintain import maintain
from .table import Table

T = TypeVar("T")

UPKEEP = 64  # times that something is noted, each of which leaves a file and a version that slow the next look
_OLD_VERSIONS = timedelta(minutes=1)  # that these stay: whoever reads notes looks at the newest, for seconds


class Documents:
    """One table of values by name. What was read is kept until the table changes. Callers hold the lock to write."""

    def __init__(self, table: Table, *, tenant: str) -> None:
        self.table = table
        self._tenant = tenant
        self._kept: tuple[int, Any] = (-1, None)
        self._log: tuple[int, list[Any], Callable[[bytes], Any]] = (-1, [], bytes)

    def all(self, unpack: Callable[[Mapping[str, bytes]], T]) -> T:
        """What ``unpack`` makes of all values, sorted by name. Always the same ``unpack``, as its result is kept.

        Raises StoreCorrupt when bytes are not what was written.
        """
        version = self.table.version()
        if self._kept[0] != version:
            self._kept = (version, unpack(self.values()))
        found: T = self._kept[1]
        return found

    def values(self) -> dict[str, bytes]:
        """All values by name, sorted. Raises StoreCorrupt when bytes are not what was written."""
        return {
            row["id"]: checked(self.table.name, row) for row in sorted(self._rows(), key=lambda row: str(row["id"]))
        }

    def by_time(self, latest: int | None = None) -> list[bytes]:
        """All values, or the ``latest`` so many, oldest first; no others are read. Raises StoreCorrupt like ``all``."""
        from lancedb.expr import col, lit

        if latest is None:
            return [value for _, _, value in self.timed()]
        since = col("time") >= lit(self._since(latest))
        return [value for _, _, value in self._in_order(self._rows(since))][-latest:]

    def log(self, unpack: Callable[[bytes], T]) -> Sequence[T]:
        """All values, each by ``unpack``, oldest first. What this process appends is added without reading all anew.

        Always the same ``unpack``. The same object until there is more. Raises StoreCorrupt like ``by_time``.
        """
        version = self.table.version()
        if self._log[0] != version:
            self._log = (version, [unpack(value) for value in self.by_time()], unpack)
        return self._log[1]

    def get(self, name: str) -> bytes | None:
        """The value called ``name``, or None. Raises StoreCorrupt when its bytes are not what was written."""
        from lancedb.expr import col, lit

        found = self.table.rows(self.owned() & (col("id") == lit(name))).to_pylist()
        return checked(self.table.name, found[0]) if found else None

    def put(self, values: Mapping[str, bytes], times: Sequence[float] = (), *, after: Any = None) -> None:
        """Insert or update values by name, as of ``times``; as of now where none are given.

        ``after`` is what ``all`` gives from then on, where the caller knows it; not kept if somebody else wrote, too.
        """
        before = self._kept[0]
        follows = after is not None and before == self.table.version()
        self.table.upsert(self._packed(values, times))
        if follows and before + 1 == self.table.version():
            self._kept = (before + 1, after)

    def timed(self) -> list[tuple[str, float, bytes]]:
        """Name, time and value of all, oldest first. Raises StoreCorrupt when bytes are not what was written."""
        return self._in_order(self._rows())

    def insert(self, values: Mapping[str, bytes]) -> None:
        """Insert those values whose name is not there."""
        self.table.insert(self._packed(values))

    def append(self, values: Mapping[str, bytes]) -> None:
        """Add values under names that are new."""
        before, log, unpack = self._log
        follows = before >= 0 and before == self.table.version()
        self.table.append(self._packed(values))
        if follows and before + 1 == self.table.version():
            self._log = (before + 1, [*log, *map(unpack, values.values())], unpack)

    def note(self, values: Mapping[str, bytes], *, days: float, most: int) -> None:
        """``append``; now and then ``expire``, and the table is put in order, as nobody else may ever do.

        What stands in the way of that is left to another time: the values are stored.
        """
        self.append(values)
        if self.table.version() % UPKEEP == 0:  # of all processes: one alone may end long before
            with suppress(StoreError):
                self.expire(days=days, most=most)
                maintain(self.table, keep=_OLD_VERSIONS)

    def expire(self, *, days: float, most: int) -> None:
        """Let go of values that are older than so many days, and of the oldest where there are more than ``most``.

        Their bytes go when the table is put in order. Reads no value, and times only where there are too many.
        """
        from lancedb.expr import col, lit

        since = time.time() - days * 86_400
        if self.table.count(self.owned()) > most:
            since = max(since, self._since(most))
        gone = self.owned() & (col("time") < lit(since))
        if self.table.count(gone):
            self.table.delete(gone)

    def replace(self, values: Mapping[str, bytes]) -> None:
        """Put ``values`` in place of all that the table holds."""
        if values or self.table.handle() is not None:
            self.table.replace(self._packed(values))

    def rewrite(self, change: Callable[[bytes], bytes]) -> None:
        """Let ``change`` go over all values; names and times stay."""
        found = [(row, change(checked(self.table.name, row))) for row in self._rows()]
        changed = {row["id"]: body for row, body in found if body != row["body"]}
        if changed:
            times = [row["time"] for row, _ in found if row["id"] in changed]
            self.table.upsert(self._packed(changed, times))

    def owned(self) -> Any:
        """The filter that every query has: rows of this tenant."""
        from lancedb.expr import col, lit

        return col("tenant") == lit(self._tenant)

    def close(self) -> None:
        """Let go of the handle and of what was read."""
        self._kept, self._log = (-1, None), (-1, [], bytes)
        self.table.close()

    def _rows(self, where: Any = None) -> list[dict[str, Any]]:
        owned = self.owned() if where is None else self.owned() & where
        found: list[dict[str, Any]] = self.table.rows(owned).to_pylist()
        return found

    def _in_order(self, rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, float, bytes]]:
        found = sorted(rows, key=lambda row: (row["time"], row["id"]))
        return [(row["id"], row["time"], checked(self.table.name, row)) for row in found]

    def _since(self, latest: int) -> float:
        """The time of the value that is so many from the newest; 0 where there are no more."""
        times = self.table.rows(self.owned(), ("time",)).column("time").to_numpy()
        return float(np.partition(times, -latest)[-latest]) if len(times) > latest else 0.0

    def _packed(self, values: Mapping[str, bytes], times: Sequence[float] = ()) -> Any:
        import pyarrow as pa

        whens = times or [time.time()] * len(values)
        found = [
            {"id": name, "tenant": self._tenant, "body": body, "sha256": hashlib.sha256(body).digest(), "time": when}
            for (name, body), when in zip(values.items(), whens, strict=True)
        ]
        return pa.Table.from_pylist(found, schema=schema.documents())


def checked(table: str, row: Mapping[str, Any]) -> bytes:
    """The body of ``row``. Raises StoreCorrupt when it differs from its checksum."""
    body = bytes(row["body"])
    if hashlib.sha256(body).digest() != row["sha256"]:
        raise StoreCorrupt(
            f"the value {row['id']!r} in table {table} is not what was written (checksum differs). "
            "Run: telltale check; `telltale learn` makes guard, procedures and look-alikes anew."
        )
    return body
