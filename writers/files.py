"""What paths, folders, patterns, ``-`` and addresses of object stores name, in an order that nothing else decides.

Each input says what it is called, how large and how old it is, and opens as a seekable stream. Where an address leads
is buckets.py's business; what is inside is lines.py's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO

from telltale.memory.errors import BadArgument
from telltale.memory.place import Options

from .compressed import decompressed
from .event_folders import as_one_list, events_in, holds_events

Reach = Callable[[str], Options]

STDIN = "-"
_PIECE = 2**20
BESIDE = 16 * 2**20  # bytes of a file beside a trace that are read
_SPOOLED = 64 * 2**20  # of standard input that are held in memory; more waits in a file without a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One file, wherever it is."""

    name: str  # a path, an address, or "-"
    source: str  # what its traces say they come from, where they say nothing
    size: int  # bytes, as they lie there
    modified: float | None  # seconds since the epoch; None: no saying
    raw: Callable[[], AbstractContextManager[IO[bytes]]]
    beside: Callable[[str], bytes]  # what the file at a path from this one's folder holds; nothing where there is none
    version: str = ""  # changes whenever the bytes do; empty: only reading them can tell

    @contextmanager
    def opened(self) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """The bytes, unpacked where they are gzip or zstd, and the raw stream, whose ``tell()`` is the progress."""
        with self.raw() as raw:
            yield decompressed(raw), raw

    def ends_a_line(self) -> bool:
        """Is its last byte the end of a line?"""
        with self.raw() as raw:
            return raw.seek(0, os.SEEK_END) == 0 or (raw.seek(-1, os.SEEK_END) >= 0 and raw.read(1) == b"\n")

    def digest(self) -> str:
        """A name for just these bytes."""
        if self.version:
            return hashlib.blake2b(self.version.encode(), digest_size=16).hexdigest()
        with self.raw() as raw:
            return digest(raw)


def digest(stream: IO[bytes]) -> str:
    """A hash of what is left of the stream."""
    found = hashlib.blake2b(digest_size=16)
    while piece := stream.read(_PIECE):
        found.update(piece)
    return found.hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """A local file's bytes, unpacked where they are gzip or zstd, and the raw file."""
    with path.open("rb") as raw:
        yield decompressed(raw), raw


def expand(
    paths: Iterable[str | Path], *, but: Path | None = None, patient: bool = False, reach: Reach | None = None
) -> Iterator[Input]:
    """Each file once: folders read whole and sorted, without hidden files and without ``but``.

    ``reach`` gives the options that lead to an address, where the environment's are not enough.

    Raises BadArgument for a path, pattern or address that names nothing, unless it is ``patient``.
    """
    seen = {_place(but.stat())} if but and but.exists() else set()
    for path in paths:
        if str(path) == STDIN:
            yield _standard_input()
        elif "://" in str(path):
            from . import buckets

            yield from buckets.inputs(str(path), patient=patient, options=reach(str(path)) if reach else {})
        else:
            yield from _local(Path(path), seen, patient=patient)


def _local(path: Path, seen: set[int], *, patient: bool) -> Iterator[Input]:
    there = [path] if path.exists() else _matching(path)
    if not there and not patient:
        raise BadArgument(f"found no file at {path}; check the path or the pattern")
    for file in (found for one in there for found in _files(one)):
        try:
            found = file.stat()
        except FileNotFoundError:
            continue  # gone since it was listed
        if (place := _place(found)) not in seen:
            seen.add(place)
            yield _of_file(file, found)


def _of_file(file: Path, found: os.stat_result) -> Input:
    return _of_events(file) if file.is_dir() else _of_one_file(file, found)


def _of_events(folder: Path) -> Input:
    found = [path.stat() for path in events_in(folder)]
    return Input(
        name=str(folder),
        source=folder.resolve().parent.name,
        size=sum(event.st_size + 2 for event in found) + 1,  # brackets, commas and line ends
        modified=max((event.st_mtime for event in found), default=None),
        raw=partial(as_one_list, folder),
        beside=partial(_beside, folder),
    )


def _of_one_file(file: Path, found: os.stat_result) -> Input:
    return Input(
        name=str(file),
        source=file.name,
        size=found.st_size,
        modified=found.st_mtime,
        raw=lambda: file.open("rb"),
        beside=partial(_beside, file.parent),
    )


def _beside(folder: Path, path: str) -> bytes:
    try:
        with (folder / path).open("rb") as file:
            return file.read(BESIDE)
    except OSError:
        return b""


def _place(found: os.stat_result) -> int:
    return found.st_ino << 64 | found.st_dev


def _matching(pattern: Path) -> list[Path]:
    root = Path(pattern.anchor)
    found = root.glob(str(pattern.relative_to(root))) if pattern.name else ()
    return sorted(path for path in found if path.exists())


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        shown = sorted(name for name in names if not name.startswith("."))
        if holds_events(Path(folder), shown):
            yield Path(folder)
        else:
            files = (Path(folder, name) for name in shown)
            yield from (file for file in files if file.is_file())  # no pipe, no link to nowhere


@cache
def _standard_input() -> Input:
    spool = tempfile.SpooledTemporaryFile(_SPOOLED)  # noqa: SIM115 - lives as long as the process
    shutil.copyfileobj(sys.stdin.buffer, spool, _PIECE)

    @contextmanager
    def raw() -> Iterator[IO[bytes]]:
        spool.seek(0)
        yield spool

    return Input(name=STDIN, source="stdin", size=spool.tell(), modified=None, raw=raw, beside=lambda _: b"")
