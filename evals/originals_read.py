"""The bytes of public originals: from GitHub or a mirror of it, or from clones on this machine. Knows no set."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from telltale import BadArgument

from .originals import Source

MIRROR = "https://raw.githubusercontent.com"
ARCHIVES = "https://codeload.github.com"
LONGEST = 64 * 2**20  # bytes of one original
LONGEST_ARCHIVE = 16 * 2**30  # bytes of all files of a repository
LONGEST_MEMBER = 2**30  # bytes of any one of them
_SECONDS = 60.0  # without a byte
Files = Iterator[tuple[str, bytes]]  # of an archive: path in the repository, and bytes


@dataclass(kw_only=True)
class Read:
    """What came over the network: the digest of each original by its address."""

    digests: dict[str, str] = field(default_factory=dict)


def address_of(source: Source, path: str, mirror: str | None = None) -> str:
    """Where ``path`` is, or the archive of its whole repository."""
    if source.archive:
        return f"{(mirror or ARCHIVES).rstrip('/')}/{source.repository}/tar.gz/{source.commit}"
    return f"{(mirror or MIRROR).rstrip('/')}/{source.repository}/{source.commit}/{path}"


def fetched(source: Source, mirror: str | None, read: Read) -> Iterator[bytes | Files]:
    """Each file of ``source`` as bytes; of an archive one iterator over its files, read as they come."""
    for path in source.paths:
        address = address_of(source, path, mirror)
        if source.archive:
            yield _unpacked(address, source, path)
        else:
            body = _all_of(address)
            read.digests[address] = sha256(body).hexdigest()
            yield body


def has_clones(sources: Iterable[Source], data: Path) -> bool:
    """Whether ``data`` has all repositories as ``OWNER/NAME``."""
    return all((data / source.repository).is_dir() for source in sources)


def cloned(source: Source, data: Path) -> Iterator[bytes | Files]:
    """The same from a clone in ``data``."""
    for path in source.paths:
        root = data / source.repository
        if source.archive:
            found = sorted((root / path).rglob(source.archive))
            yield ((one.relative_to(root).as_posix(), _bytes_of(one)) for one in found)
        else:
            yield _bytes_of(root / path)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadArgument(f"{path}: {error.strerror}; check out the whole repository at that commit") from error


def _opened(address: str) -> Any:
    from urllib.request import urlopen

    if not address.startswith(("http://", "https://")):
        raise BadArgument(f"{address}: a mirror is an address that begins with https:// or http://")
    return urlopen(address, timeout=_SECONDS)  # noqa: S310 - http alone, as seen to above


def _all_of(address: str) -> bytes:
    from http.client import HTTPException

    try:
        with _opened(address) as answer:
            body: bytes = answer.read(LONGEST + 1)
    except (OSError, HTTPException) as error:
        raise _unreachable(address, error) from error
    if len(body) > LONGEST:
        raise BadArgument(f"{address}: longer than {LONGEST} bytes, which no original is; try another mirror")
    return body


def _unpacked(address: str, source: Source, path: str) -> Files:
    """The wanted files of a repository's archive, one after another; nothing is written to disk."""
    from http.client import HTTPException
    from zlib import error as BrokenZip  # noqa: N812 - an exception by another name

    try:
        with _opened(address) as answer, tarfile.open(fileobj=answer, mode="r|gz") as archive:
            yield from _wanted(archive, source, path, address)
    except (OSError, EOFError, HTTPException, BrokenZip, tarfile.TarError) as error:
        raise _unreachable(address, error) from error


def _wanted(archive: tarfile.TarFile, source: Source, path: str, address: str) -> Files:
    for member in archive:
        _, _, name = member.name.partition("/")  # below the folder that the archive adds
        if member.size > LONGEST_MEMBER or archive.offset > LONGEST_ARCHIVE:
            raise BadArgument(f"{address}: longer than the original is, at {member.name!r}; try another mirror")
        held: IO[bytes] | None = archive.extractfile(member) if _is_wanted(member, name, source, path) else None
        if held:
            yield name, held.read()


def _is_wanted(member: tarfile.TarInfo, name: str, source: Source, path: str) -> bool:
    return member.isfile() and name.startswith(f"{path}/") and name.endswith(f"/{source.archive}")


def _unreachable(address: str, error: Exception) -> BadArgument:
    return BadArgument(f"{address}: {error}; check the network, or give --data with a local copy")
