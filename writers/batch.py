"""Episodes that wait to be stored together, since every commit costs a flush to disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from telltale.memory.block import Stored
from telltale.memory.types import Episode

from .summary import Tally

EPISODES = 4096
BYTES = 32 * 2**20  # of the records behind them


class Batch:
    """What waits, and whose it is. What became of each episode is added to its file's tally."""

    def __init__(self, store: Callable[[Sequence[Episode]], Stored]) -> None:
        self._store = store
        self._waiting: list[tuple[Episode, Tally]] = []
        self._bytes = 0

    @property
    def full(self) -> bool:
        """Is it time to store what waits?"""
        return len(self._waiting) >= EPISODES or self._bytes >= BYTES

    def add(self, episodes: Sequence[Episode], tally: Tally, *, size: int) -> None:
        """Let ``episodes`` wait, made of ``size`` bytes."""
        self._waiting += [(episode, tally) for episode in episodes]
        self._bytes += size

    def flush(self) -> int:
        """Store what waits; on disk when it returns how many that were."""
        count = len(self._waiting)
        stored = self._store([episode for episode, _ in self._waiting])
        new = {*stored.added, *stored.updated}
        for episode, tally in self._waiting:
            if episode.id in new:
                new.remove(episode.id)
                tally.stored += 1
            else:
                tally.duplicates += 1
        self._waiting, self._bytes = [], 0
        return count
