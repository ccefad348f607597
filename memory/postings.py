"""BM25 over distinct words and word pairs: term counts are 0 or 1 (Robertson & Zaragoza 2009, section 3.2).

Knows rows by position and tokens by hash.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .text import TokenIds

_K1, _B = 1.2, 0.75


class Postings:
    """Which rows hold a token, and how much that says."""

    def __init__(self, tokens: Sequence[TokenIds]) -> None:
        lengths = np.array([len(row) for row in tokens], dtype=np.int64)
        flat = np.concatenate(tokens) if len(tokens) else np.zeros(0, np.uint32)
        pairs = (flat.astype(np.uint64) << np.uint64(32)) | np.repeat(np.arange(len(tokens), dtype=np.uint64), lengths)
        pairs.sort()  # token, then row: five times as quick as a stable argsort of the tokens
        self._rows = (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
        self._terms, starts = np.unique((pairs >> np.uint64(32)).astype(np.uint32), return_index=True)
        self._starts = np.append(starts, len(flat))
        share = lengths / max(1.0, lengths.mean()) if len(tokens) else lengths.astype(np.float64)
        self._weight = (_K1 + 1) / (1 + _K1 * (1 - _B + _B * share))  # (n,) of one occurrence, by the row's length

    def scores(self, query: TokenIds) -> NDArray[np.float32]:
        """BM25 of every row for the tokens of ``query``, shape ``(n,)``; 0 where they share none."""
        count = len(self._weight)
        at = np.searchsorted(self._terms, query)
        inside = at < len(self._terms)
        at = at[inside][self._terms[at[inside]] == query[inside]]
        if not len(at):
            return np.zeros(count, np.float32)
        starts, ends = self._starts[at], self._starts[at + 1]
        holding = ends - starts
        idf = np.log1p((count - holding + 0.5) / (holding + 0.5))
        hits = np.concatenate([self._rows[start:end] for start, end in zip(starts, ends, strict=True)])
        sums = np.bincount(hits, weights=np.repeat(idf, holding), minlength=count)
        return (sums * self._weight).astype(np.float32)
