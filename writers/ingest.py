"""Files of traces into a tenant's memory: each file found, read, taken through the stages, and marked as done.

Running it again adds nothing; a run that was stopped goes on where it was. What a stage does is in stages.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from telltale.memory.errors import BadArgument, RecordError
from telltale.memory.store import TenantStore

from . import marks
from .batch import Batch
from .files import digest, expand
from .formats import Found
from .formats.detect import Reading, named
from .lines import opened
from .marks import Mark
from .outcomes import Outcomes, read_outcomes
from .redact import redact
from .rejects import Reject, RejectLog
from .remember import remember
from .stages import episodes_of
from .summary import FormatCount, IngestSummary, Tally, total

__all__ = ["FormatCount", "IngestSummary", "ingest", "remember"]

MARKED_BYTES = 2**18  # smaller files are read again rather than marked, which costs a commit each
MARKED_EVERY = 4096  # episodes; a stopped run repeats at most so many
UNKNOWN = "unknown"


def ingest(
    paths: str | Path | Sequence[str | Path],
    tenant: TenantStore,
    *,
    rejects: Path | None = None,
    outcomes: Path | None = None,
    format: str | None = None,  # noqa: A002 - the word of the command line
    source: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> IngestSummary:
    """What became of the traces in files, folders (read whole, sorted) and globs.

    A record that cannot be taken is added to ``rejects`` and the rest goes in; ``outcomes`` (CSV or JSON lines
    ``trace_id,outcome,score,source``) is joined by trace id; ``source`` replaces the records' own and the file's name;
    ``progress`` is called with bytes done and bytes in all. Raises BadArgument for a path or format that is not there,
    and what the store raises.
    """
    files = list(expand([paths] if isinstance(paths, str | Path) else paths, but=rejects))
    form = named(format).NAME if format else None
    joined = read_outcomes(outcomes, tenant.key) if outcomes else Outcomes()
    run = _Run(tenant, RejectLog(rejects), joined, form=form, source=source)
    done, size = 0, sum(file.stat().st_size for file in files)
    for file in files:
        for at in run.take(file):
            if progress:
                progress(done + at, size)
        done += file.stat().st_size
    return run.summary()


class _Run:
    """One call of ``ingest``: what waits to be stored, and what was counted."""

    def __init__(
        self, tenant: TenantStore, rejects: RejectLog, outcomes: Outcomes, *, form: str | None, source: str | None
    ) -> None:
        self._tenant, self._rejects, self._outcomes = tenant, rejects, outcomes
        self._form, self._source = form, source
        self._batch = Batch(tenant)
        self._unmarked = 0  # episodes since the last mark
        self._tallies: dict[str, list[Tally]] = {}  # of each file, by format
        for reject in outcomes.rejects:
            rejects.add(reject)

    def take(self, file: Path) -> Iterator[int]:
        """Take in one file, or what is left of it; yields how many of its bytes were read."""
        try:
            name = digest(file) if file.stat().st_size >= MARKED_BYTES else ""
            mark = marks.load(self._tenant, name, self._outcomes.digest) if name else Mark()
            if mark.done and (mark.tally.rejected or self._form not in (None, mark.format)):
                mark = Mark()  # its rejects are wanted again, or another reading
            if mark.done:
                self._tallies.setdefault(mark.format, []).append(mark.tally)
                return
            with opened(file) as (stream, raw):
                yield from self._read(file, name, mark, stream, raw)
        except OSError as error:
            raise BadArgument(f"could not read {file} ({error}); leave it out or make it readable") from error

    def _read(self, file: Path, name: str, mark: Mark, stream: IO[bytes], raw: IO[bytes]) -> Iterator[int]:
        reading = Reading(stream, file.name, name=self._form, skip=mark.line)
        form, tally, before, last = reading.format or UNKNOWN, mark.tally, mark.tally.read, None
        self._tallies.setdefault(form, []).append(tally)
        mark = dataclasses.replace(mark, format=form, outcomes=self._outcomes.digest)
        for found in reading:
            if name and last and found.record is not last and self._due(reading):
                tally.read = before + reading.read - 1  # the record that was just read is not done
                self._mark(name, dataclasses.replace(mark, line=last.line))
            last = found.record
            self._item(found, file, tally)
            yield raw.tell()
        tally.read = before + reading.read
        if name:
            self._mark(name, dataclasses.replace(mark, done=True))

    def _item(self, found: Found, file: Path, tally: Tally) -> None:
        if found.item is None:
            tally.skipped += 1
            return
        try:
            if isinstance(found.item, RecordError):
                raise found.item
            item = dataclasses.replace(found.item, source=self._source) if self._source else found.item
            episodes = episodes_of(item, self._tenant.key, self._outcomes)
        except RecordError as error:
            tally.rejected += 1
            self._rejects.add(redact(Reject.of(str(file), found.record, error), self._tenant.key))
            return
        tally.traces += 1
        tally.episodes += len(episodes)
        tally.steps += sum(len(episode.steps) for episode in episodes)
        self._unmarked += len(episodes)
        self._batch.add(episodes, tally, size=found.record.size)

    def _due(self, reading: Reading) -> bool:
        return reading.resumable and self._unmarked >= MARKED_EVERY

    def _mark(self, name: str, mark: Mark) -> None:
        self._batch.flush()
        self._rejects.flush()
        marks.save(self._tenant, name, mark)
        self._unmarked = 0

    def summary(self) -> IngestSummary:
        """What it came to, and what the tenant holds now; stores what still waits."""
        self._batch.flush()
        self._rejects.flush()
        sums = {form: total(tallies) for form, tallies in sorted(self._tallies.items())}
        whole = total(sums.values())
        return IngestSummary(
            read=whole.read,
            stored=whole.stored,
            duplicates=whole.duplicates,
            rejected=whole.rejected + len(self._outcomes.rejects),
            skipped=whole.skipped,
            episodes=self._tenant.count(),
            procedures=len(set(self._tenant.keys()) - {""}),
            by_format={form: _counted(tally, len(self._tallies[form])) for form, tally in sums.items()},
            rejects=tuple(self._rejects.shown),
        )


def _counted(tally: Tally, files: int) -> FormatCount:
    return FormatCount(
        files=files, traces=tally.traces, episodes=tally.episodes, steps=tally.steps, rejects=tally.rejected
    )
