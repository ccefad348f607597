"""Public sets onto a user's disk: fetched, converted and proven, or copied from where they already are and proven.

What is not proven is not kept: files appear whole under their names, all of a set or none. Asks a network only when
called, and only for the addresses that ``addresses`` tells.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from telltale import BadArgument

from .originals import ORIGINALS, Original

MIRROR = "https://raw.githubusercontent.com"
_LONGEST = 64 * 2**20  # bytes of one original
_SECONDS = 60.0  # without a byte


def known(names: Iterable[str]) -> list[Original]:
    """The sets of these names, each once; raises ``BadArgument`` for a name that is none."""
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in ORIGINALS]
    if unknown or not wanted:
        found = ", ".join(map(repr, unknown)) or "none"
        raise BadArgument(f"sets: found {found}, expected --all or some of {', '.join(ORIGINALS)}")
    return [ORIGINALS[name] for name in wanted]


def addresses(original: Original, mirror: str = MIRROR) -> list[str]:
    """Where its originals are, at the commit that the figures are of."""
    return [f"{mirror.rstrip('/')}/{original.repository}/{original.commit}/{path}" for path in original.paths]


def fetch(original: Original, to: Path, *, data: Path | None = None, mirror: str = MIRROR) -> list[Path]:
    """The case files of ``original``, written into its folder in ``to``.

    Args:
        data: a folder that already holds the set's folder; its files are proven and copied, and nothing is fetched.
        mirror: who serves ``repository/commit/path`` instead of GitHub.

    Raises:
        BadArgument: the set has no converter and ``data`` was not given; a file cannot be had or written; or it is not
            the file that figures are of. Nothing of the set is left behind then.
    """
    found = _copied(original, data) if data else _converted(original, mirror)
    for name, digest in original.sha256.items():
        if (is_ := sha256(found[name]).hexdigest()) != digest:
            raise BadArgument(
                f"{original.folder}/{name}: found sha256 {is_}, expected {digest}; "
                + ("the copy was changed: take a fresh one" if data else "the originals were changed on their way")
            )
    return _written(found, original.sha256, to / original.folder)


def _copied(original: Original, data: Path) -> Mapping[str, bytes]:
    paths = {name: data / original.folder / name for name in original.sha256}
    try:
        return {name: path.read_bytes() for name, path in paths.items()}
    except OSError as error:
        raise BadArgument(f"{error.filename}: {error.strerror}; --data is a folder with {original.folder}/") from error


def _converted(original: Original, mirror: str) -> Mapping[str, bytes]:
    if original.convert is None:
        raise BadArgument(
            f"{original.folder} is not converted here: give --data with a folder that holds {original.folder}/"
            f"{next(iter(original.sha256))} (made of {addresses(original)[0]})"
        )
    raw = [_fetched(address) for address in addresses(original, mirror)]
    try:
        return original.convert(*raw)
    except (ValueError, KeyError, TypeError, SyntaxError) as error:
        raise BadArgument(f"{original.folder}: the originals cannot be read ({error!r}); try another mirror") from error


def _fetched(address: str) -> bytes:
    from http.client import HTTPException
    from urllib.request import urlopen

    if not address.startswith(("http://", "https://")):
        raise BadArgument(f"{address}: a mirror is an address that begins with https:// or http://")
    try:
        with urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 - http alone, as seen to above
            body: bytes = answer.read(_LONGEST + 1)
    except (OSError, HTTPException) as error:
        raise BadArgument(f"{address}: {error}; check the network, or give --data with a local copy") from error
    if len(body) > _LONGEST:
        raise BadArgument(f"{address}: longer than {_LONGEST} bytes, which no original is; try another mirror")
    return body


def _written(files: Mapping[str, bytes], names: Iterable[str], folder: Path) -> list[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".half-") as half:
            for name in names:
                (Path(half) / name).write_bytes(files[name])
            for name in names:
                os.replace(Path(half) / name, folder / name)  # noqa: PTH105 - beside it
    except OSError as error:
        raise BadArgument(f"{folder}: cannot be written ({error.strerror}); name a folder that can") from error
    return [folder / name for name in names]
