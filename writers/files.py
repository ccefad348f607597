"""The files that paths, folders and globs name, in an order that does not depend on the file system."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from telltale.memory.errors import BadArgument

_PIECE = 2**20


def digest(path: Path) -> str:
    """A hash of the file's bytes."""
    found = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def expand(paths: Iterable[str | Path], *, but: Path | None = None) -> Iterator[Path]:
    """Each file once: folders read whole and sorted, without hidden files and without ``but``.

    Raises BadArgument for a path or pattern that names nothing.
    """
    seen = {but.resolve()} if but else set()
    for path in paths:
        there = [Path(path)] if Path(path).exists() else _matching(Path(path))
        if not there:
            raise BadArgument(f"found no file at {path}; check the path or the pattern")
        for file in (found for one in there for found in _files(one)):
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


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
        files = (Path(folder, name) for name in sorted(names) if not name.startswith("."))
        yield from (file for file in files if file.is_file())  # no pipe, no link to nowhere
