"""The seam to LanceDB: connections that share one bounded cache, quiet logs, and its errors mapped to ours.

Nothing outside this room sees a LanceDB object or a LanceDB error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from .errors import StoreBusy, StoreCorrupt, StoreError, StoreIO, TelltaleError, UsageError

# LanceDB reads these when it is loaded, and it may be loaded for an expression before a connection is made.
for _log in ("LANCEDB_LOG", "LANCE_LOG"):
    os.environ.setdefault(_log, "error")  # else one warning a query

T = TypeVar("T")

_PLACE = re.compile(r",? location: Location \{.*|, /\S+\.rs:\d+:\d+")
_LONGEST, _HEAD = 300, 100  # letters of an error
_SHORTEST_SECRET = 4  # letters: what is shorter hides nothing, and is in every text
_INDEX_CACHE = 256 << 20  # bytes, for all tenants of the process together; LanceDB's own default is 6 GB
_METADATA_CACHE = 16 << 20  # each version of a table takes some, and stays until there is no room

SERVICE = "db://"  # LanceDB Cloud and Enterprise
SERVICE_KEY = "LANCEDB_API_KEY"  # LanceDB's own name in the environment
NOTHING: Mapping[str, str] = MappingProxyType({})

# LanceDB's own bounds leave a caller waiting for minutes where nobody answers.
_BUCKET_BOUNDS = {"connect_timeout": "5s", "client_max_retries": "5", "client_retry_timeout": "20"}
_SERVICE_BOUNDS = {"timeout_config": {"connect_timeout": timedelta(seconds=5), "read_timeout": timedelta(seconds=60)}}
_FOR_SERVICE = ("api_key", "region", "host_override")  # options of ours that are arguments of LanceDB's connection

_BUSY = re.compile(r"commit conflict|too many concurrent writers|retry timeout", re.IGNORECASE)
_DENIED = re.compile(
    r"\b40[13]\b|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|Unauthorized|Unauthenticated|Forbidden"
    r"|ExpiredToken|InvalidToken|no loadable credentials|CredentialsNotLoaded|AuthenticationFailed",
    re.IGNORECASE,
)
_IO = re.compile(r"os error|LanceError\(IO\)|No space left|permission denied|connect|timed? ?out", re.IGNORECASE)


def connect(address: str, options: Mapping[str, str] = NOTHING, *, hidden: Sequence[str] = ()) -> Any:
    """A LanceDB connection at a folder, an object-store address or a service. Raises StoreIO."""
    with store_errors("open", address, hidden=hidden):
        return _lancedb().connect(address, **_how(address, options))


async def connect_async(address: str, options: Mapping[str, str] = NOTHING) -> Any:
    """The same, for searches that run side by side. Await it within ``run``."""
    return await _lancedb().connect_async(address, **_how(address, options))


def _how(address: str, options: Mapping[str, str]) -> dict[str, Any]:
    """The further arguments of a connection."""
    if not address.startswith(SERVICE):
        in_bucket = "://" in address and not address.startswith("memory:")
        return {"session": _session(), "storage_options": _BUCKET_BOUNDS | dict(options) if in_bucket else None}
    if not (options.get("api_key") or os.environ.get(SERVICE_KEY)):
        raise UsageError(f"found no key for {address}; give api_key=, or set {SERVICE_KEY} in the environment")
    own = {name: options[name] for name in _FOR_SERVICE if name in options}
    rest = {name: value for name, value in options.items() if name not in own}
    strict = {"client_config": _SERVICE_BOUNDS, "read_consistency_interval": timedelta(0)}
    return own | strict | ({"storage_options": rest} if rest else {})


def run(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns, run on LanceDB's own background loop, whatever loop the caller is in."""
    from lancedb.background_loop import LOOP

    loop: Any = LOOP
    found: T = loop.run(work)
    return found


def not_found(error: Exception) -> bool:
    """Whether a read failed because another process cleaned up the version that this handle was looking at."""
    return isinstance(error, RuntimeError | ValueError | OSError) and "not found" in str(error).lower()


def is_service(handle: Any) -> bool:
    """Whether a table is at a service, which acknowledges, maintains and cleans up by itself."""
    from lancedb.remote.table import RemoteTable

    return isinstance(handle, RemoteTable)


@contextmanager
def store_errors(doing: str, where: str, *, hidden: Sequence[str] = ()) -> Iterator[None]:
    """Raise what LanceDB, Arrow or the system raise as StoreBusy, StoreIO or StoreCorrupt; ours pass through.

    What is ``hidden`` is in none of them: where an error tells it, what is raised does not lead back to that error.
    """
    try:
        yield
    except TelltaleError:
        raise
    except (OSError, RuntimeError, ValueError, ArithmeticError, LookupError) as error:
        said, told = without(" ".join(str(error).split()), hidden)
        raise _mapped(error, doing, where, said) from (None if told else error)


def without(said: str, hidden: Sequence[str]) -> tuple[str, bool]:
    """A text with nothing in it that is hidden, and whether there was."""
    told = [value for value in hidden if len(value) >= _SHORTEST_SECRET and value in said]
    for value in sorted(told, key=len, reverse=True):
        said = said.replace(value, "***")
    return said, bool(told)


def _shortened(said: str) -> str:
    """Where it went wrong and why, which LanceDB tells first and last, without a place in its own source."""
    plain = _PLACE.sub("", said)
    return plain if len(plain) <= _LONGEST else f"{plain[:_HEAD]} ... {plain[_HEAD - _LONGEST :]}"


def _mapped(error: Exception, doing: str, where: str, said: str) -> StoreError:
    denied, said = _DENIED.search(said), _shortened(said)
    if _BUSY.search(said):
        return StoreBusy(f"could not {doing} {where}: other writers kept changing it ({said}). Try again.")
    if denied:
        return StoreIO(f"could not {doing} {where}: the credentials were not accepted ({said}). Check what they allow.")
    if not_found(error) or "failed to fill whole buffer" in said:
        return StoreCorrupt(f"could not {doing} {where}: a file is missing or cut short ({said}). Run: telltale check")
    if isinstance(error, OSError) or _IO.search(said):
        return StoreIO(f"could not {doing} {where}: {said}. Check space, permissions and address, then try again.")
    return StoreCorrupt(f"could not {doing} {where}: {said}. Run: telltale check")


@cache
def _lancedb() -> Any:
    import lancedb

    return lancedb


@cache
def _session() -> Any:
    return _lancedb().Session(index_cache_size_bytes=_INDEX_CACHE, metadata_cache_size_bytes=_METADATA_CACHE)
