"""What an ingestion came to, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from telltale.memory.types import Episode

from .rejects import Reject

NOBODY, OTHERS = "nobody", "others"
_TOLD_APART = 100  # who said so, by name; more go under "others"

Outcomes = dict[str, dict[str, int]]  # who said so -> outcome -> episodes


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatCount:
    """What the files of one format held."""

    files: int = 0
    traces: int = 0  # traces, or rows that are episodes themselves
    episodes: int = 0
    steps: int = 0
    rejects: int = 0
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # who said so -> outcome -> episodes


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSummary:
    """What became of the input; of a dry run, what would have become of it."""

    read: int = 0  # records: JSON lines, elements of a list of traces, or whole documents
    stored: int = 0  # episodes that are new, or that say something new
    duplicates: int = 0  # episodes that were there already
    rejected: int = 0  # records, and traces of them, that were not taken
    skipped: int = 0  # records that are not for the memory, such as query rows
    episodes: int = 0  # in the tenant, afterwards
    procedures: int = 0  # distinct labels and signatures in the tenant, afterwards
    by_format: Mapping[str, FormatCount] = field(default_factory=dict)
    rejects: tuple[Reject, ...] = ()  # the first 100
    older: int = 0  # episodes left out since they are older than asked for
    older_files: int = 0  # files that were not opened for the same reason
    dry_run: bool = False


@dataclass(slots=True)
class Tally:
    """Counts of one file while it is read, and of the part of it that an earlier run had read."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    skipped: int = 0
    older: int = 0
    traces: int = 0
    episodes: int = 0
    steps: int = 0
    files: int = 0
    outcomes: Outcomes = field(default_factory=dict)

    def count(self, episodes: Iterable[Episode]) -> None:
        """Add the episodes of a trace."""
        for episode in episodes:
            self.episodes += 1
            self.steps += len(episode.steps)
            self._say(episode.said_by or NOBODY, str(episode.outcome), 1)

    def add(self, other: Tally) -> None:
        """Add all counts of another."""
        for one in fields(self):
            if one.name != "outcomes":
                setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        for who, said in other.outcomes.items():
            for outcome, count in said.items():
                self._say(who, outcome, count)

    def _say(self, who: str, outcome: str, count: int) -> None:
        who = who if who in self.outcomes or len(self.outcomes) < _TOLD_APART else OTHERS
        said = self.outcomes.setdefault(who, {})
        said[outcome] = said.get(outcome, 0) + count

    def of_format(self) -> FormatCount:
        """As the summary tells it."""
        said = {who: dict(sorted(counts.items())) for who, counts in sorted(self.outcomes.items())}
        told = {name: getattr(self, name) for name in ("files", "traces", "episodes", "steps")}
        return FormatCount(**told, rejects=self.rejected, outcomes=said)


def total(tallies: Iterable[Tally]) -> Tally:
    """All counts of all tallies, added up."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole
