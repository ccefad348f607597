"""One ingestion while it runs: files one after the other through the stages, in batches, marked as they are done.

What a stage does is in stages.py, what storing means is the caller's ``store``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

from telltale.memory.block import Stored
from telltale.memory.errors import BadArgument, RecordError
from telltale.memory.types import Episode

from .batch import Batch
from .files import Input
from .formats import Found
from .formats.detect import Reading, named
from .marks import Mark, Marks
from .outcomes import Outcomes
from .redact import redact
from .rejects import Reject, RejectLog
from .stages import episodes_of
from .summary import Tally

MARKED_BYTES = 2**16  # smaller files are read again rather than marked
MARKED_EVERY = 4096  # episodes; a stopped run repeats at most about so many, ...
MARKED_TOGETHER = 1000  # ... and so many finished files
UNKNOWN = "unknown"


class Run:
    """What waits to be stored, and what was counted."""

    def __init__(
        self,
        *,
        key: bytes,
        store: Callable[[Sequence[Episode]], Stored],
        rejects: RejectLog,
        marks: Marks | None,  # None: nothing is kept of how far things are
        outcomes: Outcomes,
        signals: Sequence[str] = (),
        pii: bool = False,
        since: float | None = None,
        form: str | None = None,
        source: str | None = None,
    ) -> None:
        self._key, self._rejects, self._marks, self._outcomes = key, rejects, marks, outcomes
        self._pii = pii
        self._signals, self._since, self._form, self._source = signals, since, form, source
        self._batch = Batch(store)
        self._unmarked = 0  # episodes since the marks were last saved
        self._finished: list[tuple[str, Tally]] = []  # files, by format; their counts are final once all is stored
        self._current: tuple[str, Tally] | None = None
        self._file: Input
        self._known = False  # are the episodes of the file at hand known to be there?
        self.tallies: dict[str, Tally] = {}
        self.older_files = 0
        self.line = 0  # the last record of the last file; 0 where it must be read from the start again

    def take(self, file: Input, *, skip: int = 0, growing: bool = False) -> Iterator[int]:
        """Take in one file, or what is left of it; yields how many of its bytes were read.

        After ``skip`` records; while it is ``growing``, a last line that is no JSON yet is left for later.
        """
        if self._since is not None and file.modified is not None and file.modified < self._since:
            self.older_files += 1  # nothing in it can be younger than itself
            return
        try:
            name = file.digest() if self._marks and file.size >= MARKED_BYTES and not growing else ""
            mark = self._marks.load(name) if self._marks and name else Mark(line=skip)
            anew = mark.done and self._form not in (None, mark.format)
            if mark.done and not mark.tally.rejected and not anew:
                self._finished.append((mark.format, mark.tally))
                return
            self._file, self._known = file, mark.done and not anew
            yield from self._read(name, Mark(asked=mark.asked) if mark.done else mark, growing=growing)
        except OSError as error:
            raise BadArgument(f"could not read {file.name} ({error}); leave it out or make it readable") from error

    def _read(self, name: str, mark: Mark, *, growing: bool) -> Iterator[int]:
        with self._file.opened() as (stream, raw):
            beside = self._file.beside
            reading = Reading(stream, self._file.source, name=self._form, skip=mark.line, beside=beside)
            form, tally, before, last = reading.format or UNKNOWN, mark.tally, mark.tally.read, None
            tally.files = 0 if mark.line and growing else 1
            self._current = form, tally
            mark = dataclasses.replace(mark, format=form)
            found_here = _Complete(reading) if growing and not self._file.ends_a_line() else reading
            for found in found_here:
                if found.record is not last and self._batch.full:
                    tally.read = before + reading.read - 1  # the record that was just read is not done
                    at = last.line if last is not None and reading.resumable else 0
                    self._hand_over((name, dataclasses.replace(mark, line=at)) if at and name else None)
                last = found.record
                self._item(found, tally)
                yield raw.tell()
        tally.read = before + reading.read - getattr(found_here, "withheld", 0)
        self.line = 0 if not reading.resumable else last.line if last is not None else mark.line
        if name and self._marks and not _told_beside(form):
            self._marks.note(name, dataclasses.replace(mark, done=True))
        self._finished.append((form, tally))
        self._current = None

    def _item(self, found: Found, tally: Tally) -> None:
        if found.item is None:
            tally.skipped += 1
            return
        try:
            if isinstance(found.item, RecordError):
                raise found.item
            item = dataclasses.replace(found.item, source=self._source) if self._source else found.item
            episodes = episodes_of(item, self._key, self._outcomes, self._signals, pii=self._pii)
        except RecordError as error:
            tally.rejected += 1
            self._rejects.add(redact(Reject.of(self._file.name, found.record, error), self._key, pii=self._pii))
            return
        tally.traces += 1
        young = [episode for episode in episodes if self._is_young(episode)]
        tally.older += len(episodes) - len(young)
        tally.count(young)
        if self._known:
            tally.duplicates += len(young)
        else:
            self._batch.add(young, tally, size=found.record.size)

    def _is_young(self, episode: Episode) -> bool:
        time = self._file.modified if episode.time is None else episode.time
        return self._since is None or time is None or time >= self._since

    def _hand_over(self, at: tuple[str, Mark] | None) -> None:
        """Have what waits stored and, if it is time, keep how far things are: ``at`` within a file."""
        self._unmarked += self._batch.hand_over()
        if self._unmarked >= MARKED_EVERY or (self._marks and self._marks.waiting >= MARKED_TOGETHER):
            self._settle(at)

    def _settle(self, at: tuple[str, Mark] | None = None) -> None:
        """Store what waits, then the rejects, then how far things are."""
        self._batch.flush()
        self._rejects.flush()
        for form, tally in self._finished:
            self.tallies.setdefault(form, Tally()).add(tally)
        self._finished = []
        if self._marks:
            if at is not None:
                self._marks.note(*at)
            self._marks.save()
        self._unmarked = 0

    def finish(self) -> None:
        """Store and count everything that was read so far."""
        if self._current is not None:  # stopped in the middle
            self._finished.append(self._current)
            self._current = None
        self._settle()


class _Complete:
    """What a file that still grows holds, without a last line that is only begun."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.withheld = 0

    def __iter__(self) -> Iterator[Found]:
        held: Found | None = None
        for found in self._reading:
            if held is not None:
                yield held
            begun = isinstance(found.item, RecordError) and found.item.code == "BAD_JSON"
            held = found if begun else None
            if not begun:
                yield found
        self.withheld = held is not None


def _told_beside(form: str) -> bool:
    """May a file beside a trace of this format say more of it later?"""
    return form != UNKNOWN and hasattr(named(form), "told")
