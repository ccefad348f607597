"""One LanceDB table: opened when first needed, as fresh as the disk, flushed before a write counts.

Callers hold the writer lock around writes. Knows no column but the ones it is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from .durable import Flushed
from .errors import StoreIO
from .lance import is_service, not_found, store_errors
from .place import Place

T = TypeVar("T")

_SETTLED_NS = 50_000_000  # a folder whose last change is older than this cannot change again within one clock tick
_DECLARED = b"lance-schema:unenforced-primary-key"
_REMOTE_SECONDS = 1.0  # on an object store, how long other processes' writes may stay unseen


class Table:
    """A table of a tenant. Reading a table that was never written gives no rows.

    Where tenants share tables, one with an ``owner`` reads and changes the rows of that tenant alone.
    """

    def __init__(
        self,
        name: str,
        *,
        connection: Callable[[], Any],
        folder: Path | None,
        schema: Callable[[], Any],
        indexes: Callable[[], dict[str, Any]] = dict,
        owner: str = "",
        called: str = "",
        hidden: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.called = called or name  # by LanceDB
        self._owner = owner
        self._hidden = hidden  # from errors
        self._connection = connection
        self._folder = folder / f"{name}.lance" if folder else None  # None: an object store
        self._schema = schema
        self._indexes = indexes
        self._flushed = Flushed(self._folder) if self._folder else None
        self._handle: Any = None
        self._indexed = False
        self._seen: int | None = None  # state of the versions folder (or the clock) at the last look
        self._version = 0

    # ---- reading ---------------------------------------------------------------------------------------------------

    def version(self) -> int:
        """The newest version there is; 0 where the table does not exist. Grows with every commit of any process."""
        self._fresh()
        return self._version

    def handle(self) -> Any:
        """The LanceDB table at its newest version, or None where it does not exist."""
        return self._fresh()

    def rows(self, where: Any = None, columns: Sequence[str] | None = None, limit: int | None = None) -> Any:
        """An Arrow table of the rows for which ``where`` holds, in no order."""

        where = self._owned(where)

        def query(table: Any) -> Any:
            search = table.search()
            search = search.where(where) if where is not None else search
            search = search.select(list(columns)) if columns else search
            return (search.limit(limit) if limit else search).to_arrow()

        return self.read(query, self._empty(columns))

    def count(self, where: Any = None) -> int:
        """How many rows there are for which ``where`` holds."""
        where = self._owned(where)
        return self.read(lambda table: int(table.count_rows(where.to_sql() if where is not None else None)), 0)

    def size(self) -> int:
        """About how many bytes its data takes on disk; an owner's share is that of its rows."""
        found: dict[str, int] = self.read(lambda table: table.stats(), {})
        size, every = int(found.get("total_bytes", 0)), int(found.get("num_rows", 0))
        return size * self.count() // every if self._owner and every else size

    def errors(self, doing: str) -> AbstractContextManager[None]:
        """Within it, what LanceDB raises becomes ours."""
        return store_errors(doing, self.name, hidden=self._hidden)

    def read(self, query: Callable[[Any], T], nothing: T) -> T:
        """What ``query`` makes of the table; ``nothing`` where it does not exist. Looks again once if files went."""
        with self.errors("read"):
            table = self._fresh()
            if table is None:
                return nothing
            try:
                return query(table)
            except (RuntimeError, ValueError, OSError) as error:
                if not not_found(error):
                    raise
                table.checkout_latest()
                return query(table)

    # ---- writing ---------------------------------------------------------------------------------------------------

    def upsert(self, rows: Any) -> None:
        """Insert the rows of an Arrow table, or update those whose key is there. On disk when it returns."""

        def merge(table: Any) -> None:
            merging = self._merging(table).when_matched_update_all().when_not_matched_insert_all()
            merging.execute(self._typed(rows))

        self._write(merge)

    def insert(self, rows: Any) -> None:
        """Insert those rows of an Arrow table whose key is not there. On disk when it returns."""
        self._write(lambda table: self._insert(table, rows))

    def append(self, rows: Any) -> None:
        """Add rows whose keys are new by construction. On disk when it returns."""

        def add(table: Any) -> None:
            if is_service(table):  # its client sends again what a gateway gave no answer to
                self._insert(table, rows)
            else:
                table.add(rows)

        self._write(add)

    def replace(self, rows: Any) -> None:
        """Put ``rows`` in place of all rows, or of all the owner's, in one commit. On disk when it returns."""

        def put(table: Any) -> None:
            if not self._owner:
                table.add(rows, mode="overwrite")
            elif not len(rows):
                table.delete(self._owned())
            else:
                merging = self._merging(table).when_matched_update_all().when_not_matched_insert_all()
                merging.when_not_matched_by_source_delete(self._owned().to_sql()).execute(self._typed(rows))

        self._write(put)

    def delete(self, where: Any) -> None:
        """Delete the rows for which ``where`` holds. Their bytes stay in old versions until a clean-up."""
        self._write(lambda table: table.delete(self._owned(where)))

    def clear(self) -> None:
        """Delete all rows, where the table exists."""
        if self.handle() is not None:
            self.delete(None)

    def update(self, where: Any, values: dict[str, Any]) -> None:
        """Put ``values`` into the rows for which ``where`` holds, in one commit. On disk when it returns."""
        self._write(lambda table: table.update(where=self._owned(where), values=values))

    def create(self) -> None:
        """Make the table and its indexes where they do not exist."""
        with self.errors("create"):
            self._for_writing()
        self.flush()

    def flush(self) -> None:
        """Flush to disk what was written to the table's files."""
        if self._flushed:
            self._flushed.flush()

    def close(self) -> None:
        """Forget the handle; the next use opens the table again."""
        self._handle = self._seen = None

    # ---- within ----------------------------------------------------------------------------------------------------

    def _write(self, change: Callable[[Any], None]) -> None:
        with self.errors("write"):
            change(self._for_writing())
        self._seen = None  # look again: what was written is seen at once
        self.flush()

    def _for_writing(self) -> Any:
        table = self._fresh()
        if table is None:
            table = self._connection().create_table(self.called, schema=self._keyed_schema(), exist_ok=True)
            self._handle = table
        if not self._indexed:
            self._check_keys(table)
            there = {column for index in table.list_indices() for column in index.columns}
            for column, config in self._indexes().items():
                if column not in there:
                    table.create_index(column, config=config)
            self._indexed = True
        table.checkout_latest()
        return table

    def _check_keys(self, table: Any) -> None:
        """A service may not know declared keys; then two that write the same row at once would double it."""
        keys = self._keys()
        if is_service(table) and not all((table.schema.field(key).metadata or {}).get(_DECLARED) for key in keys):
            raise StoreIO(
                f"the service does not say that {' and '.join(keys)} are the key of {self.called}, so that rows could "
                "be doubled, and nothing was written; use a bucket (s3://, gs://, az://), or another project"
            )

    def _fresh(self) -> Any:
        state, handle = self._state(), self._handle  # held here, since another thread may close the table meanwhile
        if handle is not None and state == self._seen:
            return handle
        with self.errors("open"):
            if handle is None:
                handle = self._open()
            else:
                handle.checkout_latest()
            if handle is not None:
                self._handle, self._seen, self._version = handle, state, int(handle.version)
        return handle

    def _open(self) -> Any:
        if self._folder and not self._folder.is_dir():
            return None
        try:
            return self._connection().open_table(self.called)
        except ValueError as error:
            if "was not found" in str(error):
                return None
            raise

    def _state(self) -> int:
        """Equal at two looks if nothing was committed between them. 0 (never equal) while the clock cannot tell."""
        if self._folder is None:
            return int(time.monotonic() / _REMOTE_SECONDS)
        try:
            changed = (self._folder / "_versions").stat().st_mtime_ns
        except OSError:
            return -1
        return changed if time.time_ns() - changed > _SETTLED_NS else -time.monotonic_ns()

    def _insert(self, table: Any, rows: Any) -> None:
        self._merging(table).when_not_matched_insert_all().execute(self._typed(rows))

    def _merging(self, table: Any) -> Any:
        """A merge by key. Through the index of the key it would duplicate rows that two processes write at once."""
        return table.merge_insert(self._keys()).use_index(False)

    def _keys(self) -> list[str]:
        own = str(self._schema().names[0])
        return ["tenant", own] if self._owner else [own]

    def _keyed_schema(self) -> Any:
        schema = self._schema()
        for position, name in enumerate(self._keys(), 1):
            field = schema.field(name).with_nullable(False).with_metadata(_key(position))
            schema = schema.set(schema.get_field_index(name), field)
        return schema

    def _typed(self, rows: Any) -> Any:
        """The rows as a table takes them whose key has more than one column: none of these can be left out."""
        return rows.cast(self._keyed_schema()) if self._owner else rows

    def _owned(self, where: Any = None) -> Any:
        """The filter ``where``, within the owner's rows."""
        if not self._owner:
            return where
        from lancedb.expr import col, lit

        owned = col("tenant") == lit(self._owner)
        return owned if where is None else owned & where

    def _empty(self, columns: Sequence[str] | None) -> Any:
        import pyarrow as pa

        schema = self._schema()
        return pa.schema([schema.field(name) for name in columns or schema.names]).empty_table()


def table_at(
    place: Place,
    name: str,
    *,
    connection: Callable[[], Any],
    schema: Callable[[], Any],
    indexes: Callable[[], dict[str, Any]] = dict,
    owner: str = "",
    kind: str = "",
) -> Table:
    """The table ``name`` at a place: the owner's own, or where tenants share tables its rows of the one of a kind."""
    return Table(
        name,
        connection=connection,
        folder=place.folder,
        schema=schema,
        indexes=indexes,
        owner=owner if place.is_shared else "",
        called=place.called(name + kind if place.is_shared else name),
        hidden=place.hidden,
    )


def _key(position: int) -> dict[bytes, bytes]:
    """What declares a field of the schema a part of the key."""
    return {_DECLARED: b"true", _DECLARED + b":position": str(position).encode()}
