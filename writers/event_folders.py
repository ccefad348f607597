"""Folders in which every event of one conversation is a file of its own, as OpenHands keeps them, read as one list.

<conversation>/events/event-00000-1f3a.json, event-00001-9c2e.json, ...   or   events/0.json, 1.json, ...
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

_NAMED = re.compile(r"event-(\d+)-[^/]*\.json")
_NUMBERED = re.compile(r"(\d+)\.json")
_HELD = 16 * 2**20  # bytes in memory; more waits in a file without a name


def holds_events(folder: Path, names: Sequence[str]) -> bool:
    """Are all of these files of the folder events of one conversation?"""
    pattern = _NUMBERED if folder.name == "events" and names and _NUMBERED.fullmatch(names[0]) else _NAMED
    return bool(names) and all(pattern.fullmatch(name) for name in names)


def events_in(folder: Path) -> list[Path]:
    """The event files in order."""
    numbered = ((_NAMED.fullmatch(path.name) or _NUMBERED.fullmatch(path.name), path) for path in folder.iterdir())
    return [path for _, path in sorted((int(found[1]), path) for found, path in numbered if found and path.is_file())]


@contextmanager
def as_one_list(folder: Path) -> Iterator[IO[bytes]]:
    """The events as one JSON array, seekable."""
    with tempfile.SpooledTemporaryFile(_HELD) as spool:
        spool.write(b"[")
        for place, path in enumerate(events_in(folder)):
            spool.write(b",\n" if place else b"")
            with path.open("rb") as file:
                shutil.copyfileobj(file, spool)
        spool.write(b"]\n")
        spool.seek(0, io.SEEK_SET)
        yield cast("IO[bytes]", spool)
