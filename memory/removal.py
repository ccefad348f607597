"""A tenant's place on the disk: who may write there, and how it goes. Knows nothing of what a tenant holds."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from .durable import WriterLock
from .lance import store_errors
from .place import Place
from .table import Table


def writer_lock(folder: Path | None) -> WriterLock:
    """The lock of whoever writes to the tenant in ``folder``; between threads alone where it is in a bucket."""
    return WriterLock(folder / "writer.lock" if folder else None)


def remove(place: Place, tables: Iterable[Table]) -> None:
    """Take away all that a tenant has at its place, once nobody writes there. Does nothing where that was done."""
    folder = place.folder
    if place.is_shared:
        for table in tables:
            table.clear()
    elif folder is None:
        with store_errors("delete", place.address, hidden=place.hidden):
            place.connect().drop_all_tables()
    elif folder.exists():
        with writer_lock(folder).hold(), store_errors("delete", place.address):
            shutil.rmtree(folder)
