"""Which queries are of one kind, so that intervals and tests do not take fifty paraphrases for fifty proofs.

Queries of one kind are answered from the same memories and are right or wrong together. Knows nothing of answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST = 30  # groups that a resampling of groups needs (Cameron, Gelbach & Miller 2008, section 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """The kind of each query: what it is told by, and its number from 0, shape ``(n,)``."""

    by: str
    of: NDArray[np.int64]

    def first(self, many: int) -> Families:
        """Those of the first so many queries."""
        return Families(by=self.by, of=self.of[:many])


def families(rows: Sequence[Mapping[str, Any]]) -> Families | None:
    """The queries' kinds by the first of these that tells them: ``family``, ``plan``, ``source``.

    ``family`` is the file's own word and is taken as it is. The others are taken where they make at least 30 groups
    and fewer than there are queries; a query whose field is null is a group of its own. ``None`` where none of them
    does: each query is on its own then.
    """
    for field, fewest in (("family", 2), ("plan", FEWEST), ("source", FEWEST)):
        named = [row.get(field) for row in rows]
        known = {name for name in named if name is not None}
        if fewest <= len(known) and len(known) + named.count(None) < len(rows):
            return Families(by=field, of=numbered(named))
    return None


def numbered(names: Sequence[str | None]) -> NDArray[np.int64]:
    """Numbers in order of first appearance; each null counts as another."""
    keys: list[object] = [place if name is None else name for place, name in enumerate(names)]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], dtype=np.int64)
