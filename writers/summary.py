"""What an ingestion came to, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field

from .rejects import Reject


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatCount:
    """What the files of one format held."""

    files: int = 0
    traces: int = 0  # traces, or rows that are episodes themselves
    episodes: int = 0
    steps: int = 0
    rejects: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSummary:
    """What became of the input."""

    read: int = 0  # records: JSON lines, elements of a list of traces, or whole documents
    stored: int = 0  # episodes that are new, or that say something new
    duplicates: int = 0  # episodes that were there already
    rejected: int = 0  # records, and traces of them, that were not taken
    skipped: int = 0  # records that are not for the memory, such as query rows
    episodes: int = 0  # in the tenant, afterwards
    procedures: int = 0  # distinct labels and signatures in the tenant, afterwards
    by_format: Mapping[str, FormatCount] = field(default_factory=dict)
    rejects: tuple[Reject, ...] = ()  # the first 100


@dataclass(slots=True)
class Tally:
    """Counts of one file while it is read, and of the part of it that an earlier run had read."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    skipped: int = 0
    traces: int = 0
    episodes: int = 0
    steps: int = 0


def total(tallies: Iterable[Tally]) -> Tally:
    """All counts of all tallies, added up."""
    rows = [astuple(tally) for tally in tallies]
    return Tally(*map(sum, zip(*rows, strict=True))) if rows else Tally()
