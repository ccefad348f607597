"""Episodes that wait to be stored together, since every commit costs a flush to disk."""

from __future__ import annotations

from collections.abc import Sequence

from telltale.memory.store import TenantStore
from telltale.memory.types import Episode

from .stages import store
from .summary import Tally

EPISODES = 1024
BYTES = 32 * 2**20  # of the records behind them


class Batch:
    """A batch for one tenant. What became of each episode is added to its file's tally."""

    def __init__(self, tenant: TenantStore) -> None:
        self._tenant = tenant
        self._waiting: list[tuple[Episode, Tally]] = []
        self._bytes = 0

    def add(self, episodes: Sequence[Episode], tally: Tally, *, size: int) -> None:
        """Let ``episodes`` wait, made of ``size`` bytes; stores all that wait when that is much."""
        self._waiting += [(episode, tally) for episode in episodes]
        self._bytes += size
        if len(self._waiting) >= EPISODES or self._bytes >= BYTES:
            self.flush()

    def flush(self) -> None:
        """Store what waits; on disk when it returns."""
        stored = store([episode for episode, _ in self._waiting], self._tenant)
        new = {*stored.added, *stored.updated}
        for episode, tally in self._waiting:
            if episode.id in new:
                new.remove(episode.id)
                tally.stored += 1
            else:
                tally.duplicates += 1
        self._waiting, self._bytes = [], 0
