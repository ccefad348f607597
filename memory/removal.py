"""A tenant's place on the disk: who may write there, and how it goes. Knows nothing of what a tenant holds."""

from __future__ import annotations

import shutil
from pathlib import Path

from .durable import WriterLock
from .lance import connect, store_errors


def writer_lock(folder: Path | None) -> WriterLock:
    """The lock of whoever writes to the tenant in ``folder``; between threads alone where it is in a bucket."""
    return WriterLock(folder / "writer.lock" if folder else None)


def remove(address: str) -> None:
    """Take away all that is at a tenant's address, once nobody writes there. Does nothing where that was done."""
    if "://" in address:
        with store_errors("delete", address):
            connect(address).drop_all_tables()
        return
    folder = Path(address)
    if folder.exists():
        with writer_lock(folder).hold(), store_errors("delete", address):
            shutil.rmtree(folder)
