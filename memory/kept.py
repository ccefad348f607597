"""Rows of a large tenant that were looked at lately, as bytes by row id, in bounded memory.

A row id always means the same bytes, so what is kept is never out of date; which rows there are is the table's to say.
Knows nothing of columns.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

Values = tuple[bytes, ...]  # of one row

_OVERHEAD = 310  # bytes that a row takes beside its values, measured


class Kept:
    """Rows that take at most ``most`` bytes: those that were not looked at for the longest go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: OrderedDict[int, Values] = OrderedDict()
        self._lock = Lock()
        self.size = 0  # about how many bytes it takes in memory

    def fits(self, count: int) -> bool:
        """Whether so many rows, as large as those that are kept, take no more than they may."""
        return bool(self._rows) and count * self.size <= self._most * len(self._rows)

    def of(self, places: Iterable[int]) -> dict[int, Values]:
        """Those of the rows with those ids that are kept."""
        with self._lock:
            found = {place: self._rows[place] for place in places if place in self._rows}
            for place in found:
                self._rows.move_to_end(place)
        return found

    def add(self, rows: dict[int, Values]) -> dict[int, Values]:
        """Keep these rows too, and give them back."""
        with self._lock:
            for place, values in rows.items():
                if place not in self._rows:
                    self._rows[place] = values
                    self.size += _size(values)
            while self.size > self._most:
                self.size -= _size(self._rows.popitem(last=False)[1])
        return rows


def _size(values: Values) -> int:
    return sum(map(len, values)) + _OVERHEAD
