"""How far each file was read, so that a stopped ingestion goes on and a finished file is known again.

A mark is kept in the tenant under a hash of the file's bytes: its path and name do not matter. A memory that has been
made to forget trusts no mark, since what it counts may be gone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import orjson

from telltale.memory.forget import INTENT
from telltale.memory.store import TenantStore

from .summary import Tally

READING = 2  # raised when reading, redacting, cutting or signing changes, so that files are read anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a file was read, and what came of it until there."""

    line: int = 0  # the last record of which all is stored
    done: bool = False
    format: str = ""
    outcomes: str = ""  # digest of the outcomes file that was joined
    tally: Tally = field(default_factory=Tally)


def load(tenant: TenantStore, name: str, outcomes: str) -> Mark:
    """The mark of that name; an empty one where there is none, or where other outcomes are to be joined than then."""
    found = None if tenant.meta(INTENT) is not None else tenant.meta(_key(name))
    if found is None:
        return Mark()
    fields = orjson.loads(found)
    if outcomes not in ("", fields["outcomes"]):
        return Mark()
    tally = Tally(**fields["tally"])
    tally.stored, tally.duplicates = 0, tally.stored + tally.duplicates
    return Mark(**fields | {"tally": tally})


def save(tenant: TenantStore, name: str, mark: Mark) -> None:
    """Keep the mark."""
    tenant.set_meta(_key(name), orjson.dumps(asdict(mark)).decode())


def _key(name: str) -> str:
    return f"ingested:{READING}:{name}"
