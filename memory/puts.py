"""Episodes that many put at once, in one commit; each is told what became of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .block import Stored
from .durable import WriterLock
from .memories import Memories
from .together import Together
from .types import Episode

FEW = 256  # episodes of one caller, up to which they are joined with others': more are worth a commit of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What one caller puts."""

    episodes: Sequence[Episode]
    vectors: NDArray[np.float32]  # (n, dim)
    redaction_version: int


class Puts:
    """Puts into the memories of one tenant."""

    def __init__(
        self, memories: Memories, key: bytes, lock: WriterLock, writing: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._memories, self._key, self._writing = memories, key, writing
        self._together = Together(lock, writing, self._all)

    def put(self, one: Put) -> Stored:
        """What became of its episodes; on disk when it returns. Raises what ``Memories.put_episodes`` raises."""
        if len(one.episodes) <= FEW:
            return self._together.do(one)
        with self._writing():
            return self._in_one_commit([one])[0]

    def _all(self, puts: list[Put]) -> list[Stored]:
        if len({one.redaction_version for one in puts}) == 1:
            return self._in_one_commit(puts)
        return [self._in_one_commit([one])[0] for one in puts]  # the rules were changed just now

    def _in_one_commit(self, puts: Sequence[Put]) -> list[Stored]:
        for one in puts:
            self._memories.check(one.vectors, len(one.episodes))
        stored = self._memories.put_episodes(
            [episode for one in puts for episode in one.episodes],
            np.concatenate([one.vectors for one in puts]),
            self._key,
            puts[0].redaction_version,
        )
        return _shared_out(stored, puts)


def _shared_out(stored: Stored, puts: Sequence[Put]) -> list[Stored]:
    """What became of each one's episodes. Of two who brought the same, the first has added it."""
    added, updated = set(stored.added), set(stored.updated)
    found = []
    for one in puts:
        ids = dict.fromkeys(episode.id for episode in one.episodes)
        found.append(
            Stored(
                added=[id_ for id_ in ids if id_ in added],
                updated=[id_ for id_ in ids if id_ in updated],
                unchanged=[id_ for id_ in ids if id_ not in added and id_ not in updated],
            )
        )
        added -= ids.keys()
        updated -= ids.keys()
    return found
