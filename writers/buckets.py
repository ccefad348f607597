"""Files in object stores: ``s3://``, ``gs://`` and ``az://`` through Arrow's own clients, all else through fsspec.

Credentials and endpoints are taken from options, which are named as LanceDB's are, else from where each client takes
them (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT``, ...). Knows nothing of what is in the files.
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
from telltale.memory.place import Options, place_of

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


def inputs(address: str, *, patient: bool, options: Options) -> Iterator[Input]:
    """The objects at an address: itself, all below it, or all that match its pattern; sorted, without hidden ones.

    Raises BadArgument where the store cannot be asked, or nothing is there and that is not waited for.
    """
    scheme, _, path = address.partition("://")
    try:
        filesystem = _filesystem(scheme, options)
        found = _matching(filesystem, path) if set(path) & set("*?[") else filesystem.find(path, detail=True)
    except (OSError, ValueError, ImportError) as error:
        said, told = place_of(address, options).without_secrets(error)
        raise BadArgument(f"could not look into {address} ({said}); check the address and the credentials") from (
            None if told else error
        )
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


def _filesystem(scheme: str, options: Options) -> Any:
    import fsspec
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow import fs

    if scheme == "s3":
        return ArrowFSWrapper(fs.S3FileSystem(**_s3_options(options)))
    if scheme in {"gs", "gcs"}:
        return ArrowFSWrapper(fs.GcsFileSystem())
    if scheme == "az":
        return ArrowFSWrapper(fs.AzureFileSystem(**_azure_options(options)))
    return fsspec.filesystem(scheme)


def _s3_options(options: Options) -> dict[str, str]:
    """What LanceDB takes for the store, for Arrow's client too."""
    found = {
        "region": _option(options, "region", "AWS_REGION"),
        "endpoint_override": _option(options, "endpoint", "AWS_ENDPOINT"),
        "access_key": _option(options, "access_key_id"),
        "secret_key": _option(options, "secret_access_key"),
        "session_token": _option(options, "session_token"),
    }
    return {name: value for name, value in found.items() if value}


def _azure_options(options: Options) -> dict[str, str]:
    found = {
        "account_name": _option(options, "account_name", "AZURE_STORAGE_ACCOUNT_NAME"),
        "account_key": _option(options, "account_key"),
        "sas_token": _option(options, "sas_token") or _option(options, "sas_key"),
    }
    return {name: value for name, value in found.items() if value or name == "account_name"}


def _option(options: Options, name: str, variable: str = "") -> str:
    """An option by its plain name or with the prefix that LanceDB takes too; else what the environment has."""
    found = [options[known] for known in (name, f"aws_{name}", f"azure_storage_{name}") if known in options]
    return found[0] if found else os.environ.get(variable, "") if variable else ""
