"""Episodes that wait to be stored together, since every commit costs a flush to disk.

One batch is embedded and written by a thread of its own while the next is read: both of them wait for others half the
time, the one for the disk and the embedder, the other for the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from telltale.memory.block import Stored
from telltale.memory.types import Episode

from .summary import Tally

EPISODES = 2048
BYTES = 32 * 2**20  # of the records behind them


class Batch:
    """What waits, and whose it is. What became of each episode is added to its file's tally."""

    def __init__(self, store: Callable[[Sequence[Episode]], Stored]) -> None:
        self._store = store
        self._waiting: list[tuple[Episode, Tally]] = []
        self._bytes = 0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="telltale-batch")
        self._written: tuple[list[tuple[Episode, Tally]], Future[Stored]] | None = None

    @property
    def full(self) -> bool:
        """Is it time to hand over what waits?"""
        return len(self._waiting) >= EPISODES or self._bytes >= BYTES

    def add(self, episodes: Sequence[Episode], tally: Tally, *, size: int) -> None:
        """Let ``episodes`` wait, made of ``size`` bytes."""
        self._waiting += [(episode, tally) for episode in episodes]
        self._bytes += size

    def hand_over(self) -> int:
        """Have what waits stored, once the batch before it is; how many that were. Raises what storing that raised."""
        self._settle()
        count = len(self._waiting)
        if count:
            self._written = self._waiting, self._writer.submit(self._store, [episode for episode, _ in self._waiting])
        self._waiting, self._bytes = [], 0
        return count

    def flush(self) -> int:
        """Store what waits; all of it is on disk when it returns. How many that were."""
        count = self.hand_over()
        self._settle()
        return count

    def _settle(self) -> None:
        if self._written is None:
            return
        (episodes, future), self._written = self._written, None
        stored = future.result()
        new = {*stored.added, *stored.updated}
        for episode, tally in episodes:
            if episode.id in new:
                new.remove(episode.id)
                tally.stored += 1
            else:
                tally.duplicates += 1
