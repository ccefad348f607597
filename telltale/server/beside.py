"""Small tables of the server's own beside the tenants, in the root of a store: keys, and what was asked for before.

As durable as the tenants' tables, wherever these are. Knows nothing of what the values mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from telltale.memory import schema
from telltale.memory.documents import Documents
from telltale.memory.durable import WriterLock
from telltale.memory.maintain import maintain
from telltale.memory.place import Place
from telltale.memory.table import Table
from telltale.memory.table import table_at as table_of

UPKEEP = 64  # writes between two looks at whether the table is in order
KEPT = timedelta(seconds=10)  # that old versions stay: nobody reads for longer


def table_at(place: Place, name: str, columns: Callable[[], Any]) -> Table:
    """A table in the root of a store; at a service the one of that name."""
    return table_of(place, name, connection=cache(place.connect), schema=columns)


class Beside:
    """One such table. Its rows belong to no tenant."""

    def __init__(self, place: Place, name: str) -> None:
        folder = place.folder
        self._lock = WriterLock(folder / f"{name}.lock" if folder else None)
        self.table = table_at(place, name, schema.documents)
        self.documents = Documents(self.table, tenant="")
        self._folder, self._writes = folder, 0

    def claim(self, values: Mapping[str, bytes]) -> None:
        """Insert those values whose name is not there; on disk when it returns."""
        self._write(lambda: self.documents.insert(values))

    def put(self, values: Mapping[str, bytes]) -> None:
        """Insert or update values by name; on disk when it returns."""
        self._write(lambda: self.documents.put(values))

    def drop(self, where: Any) -> None:
        """Take away the rows for which ``where`` holds."""
        self._write(lambda: self.table.delete(where))

    def _write(self, change: Callable[[], None]) -> None:
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock.hold():
            change()
            self._writes += 1
            if self._writes % UPKEEP == 0:
                maintain(self.table, keep=KEPT)
