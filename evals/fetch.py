"""Public sets onto a user's disk: fetched, converted and proven, or copied from where they already are and proven.

What is not proven is not kept: files appear whole under their names, all of a set or none. Beside them ``SOURCE.json``
says where they came from, under which licence, and the digest of each original as it came. Asks a network only when
called, and only for the addresses that ``addresses`` tells (``originals_read.py``).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from telltale import BadArgument

from .originals import ORIGINALS, Original
from .originals_read import Read, address_of, cloned, fetched, has_clones

NOTE = "SOURCE.json"


def known(names: Iterable[str]) -> list[Original]:
    """The sets of these names, each once; raises ``BadArgument`` for a name that is none."""
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in ORIGINALS]
    if unknown or not wanted:
        found = ", ".join(map(repr, unknown)) or "none"
        raise BadArgument(f"sets: found {found}, expected --all or some of {', '.join(ORIGINALS)}")
    return [ORIGINALS[name] for name in wanted]


def addresses(original: Original, mirror: str | None = None) -> list[str]:
    """Where its originals are, at the commits that the figures are of."""
    return [address_of(source, path, mirror) for source in original.sources for path in source.paths]


def fetch(original: Original, to: Path, *, data: Path | None = None, mirror: str | None = None) -> list[Path]:
    """The case files of ``original``, written into its folder in ``to``.

    Args:
        data: a folder that already holds the set's folder, whose files are proven and copied; or its repositories as
            they were cloned (``OWNER/NAME``), which are converted. Nothing is fetched then.
        mirror: who serves what GitHub serves, ``REPOSITORY/COMMIT/PATH`` and ``REPOSITORY/tar.gz/COMMIT``.

    Raises:
        BadArgument: a file cannot be had or written, or it is not the file that figures are of. Nothing of the set is
            left behind then.
    """
    copied = data is not None and (data / original.folder).is_dir()
    read = Read()
    found = _copied(original, data) if data and copied else _converted(original, data, mirror, read)
    for name, digest in original.sha256.items():
        if (is_ := sha256(found[name]).hexdigest()) != digest:
            raise BadArgument(
                f"{original.folder}/{name}: found sha256 {is_}, expected {digest}; "
                + ("the copy was changed: take a fresh one" if copied else "the originals are not those of that commit")
            )
    return _written({**found, NOTE: _note(original, read, mirror)}, [*original.sha256, NOTE], to / original.folder)


def _copied(original: Original, data: Path) -> dict[str, bytes]:
    paths = {name: data / original.folder / name for name in original.sha256}
    try:
        return {name: path.read_bytes() for name, path in paths.items()}
    except OSError as error:
        raise BadArgument(f"{error.filename}: {error.strerror}; --data is a folder with {original.folder}/") from error


def _converted(original: Original, data: Path | None, mirror: str | None, read: Read) -> dict[str, bytes]:
    if data and not has_clones(original.sources, data):
        names = " and ".join(source.repository for source in original.sources)
        raise BadArgument(f"{data}: has neither {original.folder}/ nor clones of {names}; name a folder that has")
    given = [
        one for source in original.sources for one in (cloned(source, data) if data else fetched(source, mirror, read))
    ]
    try:
        return original.convert(*given)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError) as error:
        raise BadArgument(f"{original.folder}: the originals cannot be read ({error!r}); try another mirror") from error


def _note(original: Original, read: Read, mirror: str | None) -> bytes:
    """Where the files came from. Digests of originals are as they came; ``null`` where none came, or an archive."""
    told = {
        "licence": original.licence,
        "cite": original.cite,
        "originals": {address: read.digests.get(address) for address in addresses(original, mirror)},
        "files": dict(original.sha256),
    }
    return (json.dumps(told, indent=1) + "\n").encode()


def _written(files: Mapping[str, bytes], names: Iterable[str], folder: Path) -> list[Path]:
    names = list(names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".half-") as half:
            for name in names:
                (Path(half) / name).write_bytes(files[name])
            for name in names:
                os.replace(Path(half) / name, folder / name)  # noqa: PTH105 - beside it
    except OSError as error:
        raise BadArgument(f"{folder}: cannot be written ({error.strerror}); name a folder that can") from error
    return [folder / name for name in names if name != NOTE]
