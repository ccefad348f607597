"""Files in object stores: ``s3://``, ``gs://`` and ``az://`` through Arrow's own clients, all else through fsspec.

Credentials and endpoints are taken from where each client takes them (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT``, ...).
Knows nothing of what is in the files.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any, cast

from telltale.memory.errors import BadArgument

from .files import BESIDE, Input

_PIECE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One object."""

    filesystem: Any
    path: str
    address: str
    size: int
    modified: float | None


def inputs(address: str, *, patient: bool) -> Iterator[Input]:
    """The objects at an address: itself, all below it, or all that match its pattern; sorted, without hidden ones.

    Raises BadArgument where the store cannot be asked, or nothing is there and that is not waited for.
    """
    scheme, _, path = address.partition("://")
    try:
        filesystem = _filesystem(scheme)
        found = _matching(filesystem, path) if set(path) & set("*?[") else filesystem.find(path, detail=True)
    except (OSError, ValueError, ImportError) as error:
        raise BadArgument(f"could not look into {address} ({error}); check the address and the credentials") from error
    names = sorted(name for name in found if _is_shown(name, path))
    if not names and not patient:
        raise BadArgument(f"found nothing at {address}; check the address or the pattern")
    for name in names:
        yield _as_input(_found(filesystem, scheme, found[name]))


def _as_input(found: _Found) -> Input:
    """The object as something to take in; it is known again by address, size and time, without being read."""
    return Input(
        name=found.address,
        source=PurePosixPath(found.path).name,
        size=found.size,
        modified=found.modified,
        raw=partial(_opened, found),
        beside=partial(_beside, found),
        version=f"{found.address}\n{found.size}\n{found.modified}",
    )


def _found(filesystem: Any, scheme: str, info: dict[str, Any]) -> _Found:
    name, modified = info["name"], info.get("mtime") or info.get("created") or info.get("LastModified")
    time = modified.timestamp() if isinstance(modified, datetime) else modified
    address = f"{scheme}://{name.lstrip('/')}"
    return _Found(filesystem=filesystem, path=name, address=address, size=info["size"] or 0, modified=time)


@contextmanager
def _opened(found: _Found) -> Iterator[IO[bytes]]:
    with found.filesystem.open(found.path, "rb") as file:
        yield cast("IO[bytes]", io.BufferedReader(file, _PIECE))


def _beside(found: _Found, path: str) -> bytes:
    near = (PurePosixPath(found.path).parent / path).as_posix()
    try:
        with found.filesystem.open(near, "rb") as file:
            return cast("bytes", file.read(BESIDE))
    except OSError:
        return b""


def _matching(filesystem: Any, pattern: str) -> dict[str, Any]:
    found = filesystem.glob(pattern, detail=True)
    return {name: info for name, info in found.items() if info["type"] == "file"}


def _is_shown(name: str, asked: str) -> bool:
    fixed = asked.partition("*")[0].strip("/").count("/")
    return not any(part.startswith(".") for part in name.strip("/").split("/")[fixed:])


def _filesystem(scheme: str) -> Any:
    import fsspec
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow import fs

    if scheme == "s3":
        return ArrowFSWrapper(fs.S3FileSystem(**_s3_options()))
    if scheme in {"gs", "gcs"}:
        return ArrowFSWrapper(fs.GcsFileSystem())
    if scheme == "az":
        return ArrowFSWrapper(fs.AzureFileSystem(os.environ.get("AZURE_STORAGE_ACCOUNT_NAME", "")))
    return fsspec.filesystem(scheme)


def _s3_options() -> dict[str, str]:
    """The variables that LanceDB reads for the store, for Arrow's client too."""
    region, endpoint = os.environ.get("AWS_REGION"), os.environ.get("AWS_ENDPOINT")
    return ({"region": region} if region else {}) | ({"endpoint_override": endpoint} if endpoint else {})
