"""Where a store's tables are, and the options that lead there: a folder, a bucket, or LanceDB's own service.

The options hold credentials: they are kept in memory only, and shown nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .errors import BadArgument
from .lance import SERVICE, connect, connect_async, without

Options = Mapping[str, str]

_OPEN = re.compile(
    r"region|endpoint|account_name|allow_|timeout|retries|host_override|_url|virtual_hosted", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Place:
    """An address, and LanceDB's options for it."""

    address: str
    options: Options = field(default_factory=dict, repr=False)

    @property
    def folder(self) -> Path | None:
        """The folder on this machine; None for a bucket or a service."""
        return None if "://" in self.address else Path(self.address)

    @property
    def is_shared(self) -> bool:
        """Whether all tenants' rows are in the same tables: a service bounds how many tables there may be."""
        return self.address.startswith(SERVICE)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What no error may tell: all that is not known to be open, such as a region."""
        return tuple(value for name, value in self.options.items() if not _OPEN.search(name))

    def without_secrets(self, error: Exception) -> tuple[str, bool]:
        """What an error says, with no secret in it, and whether there was one."""
        return without(str(error), self.hidden)

    def below(self, name: str) -> Place:
        """Where a tenant's tables are; in a service, where all are."""
        return self if self.is_shared else replace(self, address=f"{self.address}/{name}")

    def called(self, name: str) -> str:
        """What the service calls a table, which may be among others there; a folder calls it as we do."""
        return f"telltale_{name}" if self.is_shared else name

    def connect(self) -> Any:
        """A LanceDB connection. Raises StoreIO."""
        return connect(self.address, self.options, hidden=self.hidden)

    async def connect_async(self) -> Any:
        """The same, for searches that run side by side. Await it within ``lance.run``."""
        return await connect_async(self.address, self.options)


def place_of(address: str | Path, options: Mapping[str, Any] | None = None) -> Place:
    """The place at ``address``. Raises BadArgument where it leads nowhere, or the options are not texts under names."""
    scheme, between, rest = str(address).partition("://")
    if between and not rest.strip("/"):
        raise BadArgument(
            f"found nothing after {scheme}://, expected where to look there, such as {scheme}://name/path"
        )
    given = options or {}
    wrong = "" if isinstance(given, Mapping) else "no mapping"
    wrong = wrong or next((f"no text under {str(name)!r}" for name, of in given.items() if not isinstance(of, str)), "")
    if wrong or not all(isinstance(name, str) for name in given):
        raise BadArgument(
            f"found {wrong or 'a name that is no text'} in storage_options, expected names with texts, such as "
            '{"region": "eu-central-1", "allow_http": "true"}'
        )
    return Place(str(address).rstrip("/") or "/", dict(given))


def options_for(place: Place, given: Options | None, address: str) -> Options:
    """The options for another address: those given, else the place's own where it is of the same kind."""
    if given is not None:
        return given
    return place.options if address.partition("://")[0] == place.address.partition("://")[0] else {}
