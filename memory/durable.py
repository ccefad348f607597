"""What makes a write last: one writer at a time, and every file that a commit wrote flushed before it counts.

LanceDB itself never calls fsync. Its files are written once and never changed, so a file that was flushed stays
flushed. On object stores there is nothing to do: a finished upload is durable, and commits are conditional puts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import RLock

from .errors import StoreBusy, StoreIO

LOCK_SECONDS = 60.0  # how long a writer waits for another


class WriterLock:
    """One writer of a folder at a time, across threads and processes. Re-entrant; without a path only threads."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._threads = RLock()
        self._depth = 0

    @contextmanager
    def hold(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Hold the lock within the block. Raises StoreBusy when another keeps it for longer than ``seconds``."""
        with self.among_threads(seconds), self._between_processes(seconds):
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    @contextmanager
    def among_threads(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Keep the other threads of this process out within the block, and no other process. Raises StoreBusy."""
        if not self._threads.acquire(timeout=seconds):
            raise self._busy(seconds)
        try:
            yield
        finally:
            self._threads.release()

    @contextmanager
    def _between_processes(self, seconds: float) -> Iterator[None]:
        if self._path is None or self._depth:
            yield
            return
        from filelock import FileLock, Timeout

        lock = FileLock(self._path, timeout=seconds, thread_local=False)
        try:
            lock.acquire(poll_interval=0.01)
        except Timeout:
            raise self._busy(seconds) from None
        except OSError as error:
            raise StoreIO(f"could not lock {self._path} ({error}); check that the folder is writable") from error
        try:
            yield
        finally:
            lock.release()

    def _busy(self, seconds: float) -> StoreBusy:
        return StoreBusy(f"another writer has held {self._path or 'the store'} for {seconds:g} s. Try again later.")


class Flushed:
    """Knows which files below a folder are safely on disk, and flushes the others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._safe: set[tuple[str, int]] = set()

    def flush(self) -> None:
        """Flush every file below the folder that was not yet, then the folders that hold them."""
        found = dict(_files(self._folder))
        new = [path for path, seen in found.items() if (path, seen) not in self._safe]
        if new:
            _fsync_all(new)
            _fsync_all(sorted({str(folder) for path in new for folder in self._folders(path)}))
        self._safe = set(found.items())

    def _folders(self, path: str) -> Iterator[Path]:
        for folder in Path(path).parents:
            yield folder
            if folder == self._folder.parent:
                return


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)  # noqa: PTH118 - a hot loop over thousands of files
            try:
                found = os.stat(path)  # noqa: PTH116
            except FileNotFoundError:
                continue
            yield path, found.st_mtime_ns ^ found.st_ino


def _fsync_all(paths: list[str]) -> None:
    if len(paths) == 1:
        _fsync(paths[0])
    else:
        list(_pool().map(_fsync, paths))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="telltale-fsync")


def _fsync(path: str) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return  # cleaned up by another process meanwhile
    try:
        os.fsync(handle)
    except OSError as error:
        raise StoreIO(
            f"could not flush {path} to disk ({error}), so what was being written is not acknowledged; "
            "check the disk and its space, then write it again"
        ) from error
    finally:
        os.close(handle)
