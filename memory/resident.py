"""A small tenant's guard columns in memory, with an exact dense and a lexical search over them.

The lexical score is BM25 over distinct words and word pairs (Robertson & Zaragoza 2009, with term counts of 0 or 1).
Knows nothing of tables; it is made anew when the table has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import rows
from .block import Gathered
from .text import TokenIds, token_ids

_K1, _B = 1.2, 0.75


class Postings:
    """Which rows hold a token, and how much that says."""

    def __init__(self, tokens: Sequence[TokenIds]) -> None:
        lengths = np.array([len(row) for row in tokens], dtype=np.int64)
        flat = np.concatenate(tokens) if len(tokens) else np.zeros(0, np.uint32)
        order = np.argsort(flat, kind="stable")
        self._terms, starts = np.unique(flat[order], return_index=True)
        self._starts = np.append(starts, len(flat))
        self._rows = np.repeat(np.arange(len(tokens)), lengths)[order]
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


class Resident:
    """All episodes of a tenant, sorted by id, as they were at one version of the table."""

    def __init__(self, table: Any, version: int) -> None:
        self.version = version
        self.block = rows.block_of(table)
        self.table = table  # the whole rows, where they were read; the guard columns otherwise
        self.at = {id_: index for index, id_ in enumerate(self.block.ids)}
        self._postings = Postings(self.block.tokens)

    def gather(self, vector: NDArray[np.float32], text: str, *, k: int, dense: bool, lexical: bool) -> Gathered:
        """The k nearest by cosine and the k best by BM25; ties go to the smaller id."""
        cosines = np.vecdot(self.block.vectors, vector)  # a threaded BLAS stalls for 10 ms when cores are busy
        scores = self._postings.scores(token_ids(text)) if lexical else np.zeros(len(self.block), np.float32)
        near = best(cosines, k) if dense else best(cosines, 0)
        said = best(scores, k)
        said = said[scores[said] > 0]
        union = np.concatenate([near, said[~np.isin(said, near)]])
        dense_rank, lexical_rank = ranks(union, near), ranks(union, said)
        return Gathered(
            block=self.block.take(union),
            dense=cosines[union],
            lexical=np.where(lexical_rank >= 0, scores[union], np.float32(np.nan)),
            dense_rank=dense_rank,
            lexical_rank=lexical_rank,
        )

    def positions(self, ids: Sequence[str]) -> list[int]:
        """Where the rows of ``ids`` are, in that order; unknown ids are left out."""
        return [self.at[id_] for id_ in ids if id_ in self.at]


def best(scores: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """The positions of the k highest scores, highest first, ties by position."""
    k = min(k, len(scores))
    top = np.argpartition(-scores, k - 1)[:k] if 0 < k < len(scores) else np.arange(len(scores))[: k or 0]
    return top[np.lexsort((top, -scores[top]))]


def ranks(union: NDArray[np.intp], order: NDArray[np.intp]) -> NDArray[np.int32]:
    """The place in ``order`` of each element of ``union``, -1 where it is not in it."""
    place = {int(row): rank for rank, row in enumerate(order)}
    return np.array([place.get(int(row), -1) for row in union], dtype=np.int32)
