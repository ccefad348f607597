"""One module for one trace format, all behind the contract of ``Format``.

A format turns records into traces or, where it has them, episodes. It names what it cannot take and leaves redacting,
cutting and storing to others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from telltale.memory.errors import RecordError
from telltale.memory.types import Episode, Trace
from telltale.writers.lines import Record

Item = Trace | Episode | RecordError | None  # None: a record that is not for the memory
Beside = Callable[[str], bytes]  # what the file at a path from this one's folder holds; nothing where there is none


@dataclass(frozen=True, slots=True)
class Found:
    """What one record came to."""

    record: Record
    item: Item


class Format(Protocol):
    """A trace format. The modules beside this one are its implementations.

    One that keeps the outcome in a file beside the trace has ``told(trace, beside)`` too, the trace with its outcome.
    """

    NAME: str
    WHOLE_FILE: bool  # its records mean something together only

    def matches(self, values: Sequence[Any]) -> bool:
        """Do the first values of a file (or one record of it) look like this format?"""

    def read(self, records: Iterable[Record], source: str) -> Iterator[Found]:
        """What is in the records, in order; never raises for what is in them."""


def each(records: Iterable[Record], read_one: Callable[[Any], Iterable[Item]]) -> Iterator[Found]:
    """For formats whose records stand alone: ``read_one`` on each value, what it raises as that record's item."""
    for record in records:
        if record.error is not None:
            yield Found(record, record.error)
            continue
        try:
            for item in read_one(record.value):
                yield Found(record, item)
        except RecordError as error:
            yield Found(record, error)


def together(
    records: Iterable[Record], hear: Callable[[Any], None], trace: Callable[[], Trace | None]
) -> Iterator[Found]:
    """For formats whose records are one trace together: ``hear`` each value, then the ``trace`` at the first record.

    What ``hear`` raises is its record's item.
    """
    first: Record | None = None
    for record in records:
        try:
            if record.error is not None:
                raise record.error
            hear(record.value)
        except RecordError as error:
            yield Found(record, error)
        else:
            first = first or replace(record, value=None)
    if first is not None:
        yield Found(first, trace())
