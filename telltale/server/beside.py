"""Small tables of the server's own beside the tenants, in the root of a store: keys, and what was asked for before.

As durable as the tenants' tables, wherever these are. Knows nothing of what the values mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

from telltale.memory import schema
from telltale.memory.documents import Documents, checked
from telltale.memory.durable import WriterLock
from telltale.memory.maintain import maintain
from telltale.memory.place import Place
from telltale.memory.table import Table
from telltale.memory.table import table_at as table_of
from telltale.memory.together import Together

Values = Sequence[tuple[str, bytes]]  # by name

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
        self._claims = Together(self._lock, self._writing, self._claim)
        self._puts = Together(self._lock, self._writing, self._put)

    def claim(self, name: str, value: bytes) -> bytes:
        """Insert a value where nothing has that name, and what has it then; on disk when it returns."""
        return self._claims.do((name, value))

    def put(self, name: str, value: bytes) -> None:
        """Insert or update a value by name; on disk when it returns."""
        self._puts.do((name, value))

    def drop(self, where: Any) -> None:
        """Take away the rows for which ``where`` holds."""
        with self._writing():
            self.table.delete(where)

    def _claim(self, values: Values) -> list[bytes]:
        from lancedb.expr import col

        self.documents.insert(dict(values))
        rows = self.table.rows(self.documents.owned() & col("id").isin([name for name, _ in values])).to_pylist()
        found = {row["id"]: checked(self.table.name, row) for row in rows}
        return [found.get(name, value) for name, value in values]

    def _put(self, values: Values) -> Values:
        self.documents.put(dict(values))
        return values

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock.hold():
            yield
            self._writes += 1
            if self._writes % UPKEEP == 0:
                maintain(self.table, keep=KEPT)
