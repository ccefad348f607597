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

READING = 5  # raised when reading, redacting, cutting or signing changes, so that files are read anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an ingestion was told beside its files, as far as it decides what goes in."""

    outcomes: str = ""  # digest of the outcomes file that is joined
    signals: tuple[str, ...] = ()
    since: float | None = None

    def is_covered_by(self, done: Asked) -> bool:
        """Does all that is asked for stand in a memory that took in what was asked for then?"""
        if self.outcomes not in ("", done.outcomes) or self.signals not in ((), done.signals):
            return False
        return done.since is None or (self.since is not None and self.since >= done.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a file was read, and what came of it until there."""

    line: int = 0  # the last record of which all is stored
    done: bool = False
    format: str = ""
    asked: Asked = field(default_factory=Asked)
    tally: Tally = field(default_factory=Tally)


class Marks:
    """The marks of a tenant: those that are there, and those that wait to be saved together."""

    def __init__(self, tenant: TenantStore, asked: Asked, *, keep: bool = True) -> None:
        """``keep=False``: nothing is written."""
        self._tenant, self._asked, self._keep = tenant, asked, keep
        self._waiting: dict[str, Mark] = {}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def load(self, name: str) -> Mark:
        """The mark of that name; an empty one where there is none, or where more is asked for now than then."""
        found = None if self._tenant.meta(INTENT) is not None else self._tenant.meta(_key(name))
        if found is None:
            return Mark(asked=self._asked)
        fields = orjson.loads(found)
        asked = Asked(**fields["asked"] | {"signals": tuple(fields["asked"]["signals"])})
        if not self._asked.is_covered_by(asked):
            return Mark(asked=self._asked)
        tally = Tally(**fields["tally"])
        tally.stored, tally.duplicates = 0, tally.stored + tally.duplicates
        return Mark(**fields | {"tally": tally, "asked": asked})

    def note(self, name: str, mark: Mark) -> None:
        """Let the mark wait until ``save``."""
        self._waiting[name] = mark

    def save(self) -> None:
        """Keep the marks that wait, in one commit. Everything that they count must be stored."""
        if self._waiting and self._keep:
            self._tenant.set_metas({_key(name): orjson.dumps(asdict(m)).decode() for name, m in self._waiting.items()})
        self._waiting = {}


def _key(name: str) -> str:
    return f"ingested:{READING}:{name}"
