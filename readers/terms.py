"""Weighted terms of a bounded set of rows: how telling each term is, and how alike a case and each row are.

TF-IDF with term counts of 0 or 1 and smoothed idf, cosine (Manning, Raghavan & Schütze 2008, section 6.3). Terms are
hashed words, word pairs or facts (``telltale.memory.text``). Knows nothing of procedures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from telltale.memory.text import TokenIds

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of n rows, most telling where rare. Terms held by fewer than ``least`` rows weigh nothing."""

    vocabulary: TokenIds  # (v,) sorted
    idf: Floats  # (v,)
    unseen: float  # the idf of a term that no row holds
    starts: NDArray[np.intp]  # (v + 1,) where each term's rows begin
    rows: NDArray[np.intp]  # the rows that hold each term
    weights: Floats  # the weight of the term in that row, unit rows
    count: int

    @staticmethod
    def of(tokens: Sequence[TokenIds], *, least: int = 1) -> Terms:
        """The terms of ``tokens``, one sorted array of distinct hashes a row."""
        flat, row = flattened(tokens)
        vocabulary, term, holding = np.unique(flat, return_inverse=True, return_counts=True)
        count = len(tokens)
        idf = (np.log((count + 1) / (holding + 1)) + 1).astype(np.float32)
        idf[holding < least] = 0.0
        weight = idf[term] / norms(idf[term], row, count)[row]
        order = np.argsort(term, kind="stable")
        return Terms(
            vocabulary=vocabulary,
            idf=idf,
            unseen=float(np.log(count + 1) + 1) if least == 1 else 0.0,
            starts=np.append(0, np.cumsum(holding)).astype(np.intp),
            rows=row[order],
            weights=weight[order].astype(np.float32),
            count=count,
        )

    def weigh(self, terms: TokenIds) -> Floats:
        """The idf of each of ``terms``, shape of ``terms``."""
        if not len(self.vocabulary):
            return np.full(len(terms), self.unseen, np.float32)
        at = np.minimum(np.searchsorted(self.vocabulary, terms), len(self.vocabulary) - 1)
        known = self.vocabulary[at] == terms
        return np.where(known, self.idf[at], np.float32(self.unseen))

    def similarity(self, terms: TokenIds) -> Floats:
        """Cosine of ``terms`` to every row, in [0, 1], shape ``(count,)``."""
        weights = self.weigh(terms)
        scale = float(np.sqrt(weights @ weights)) or 1.0
        at = np.searchsorted(self.vocabulary, terms)
        inside = np.minimum(at, max(len(self.vocabulary) - 1, 0))
        known = (at < len(self.vocabulary)) & (self.vocabulary[inside] == terms) if len(self.vocabulary) else at < 0
        at, weights = at[known], weights[known] / scale
        held = self.starts[at + 1] - self.starts[at]
        if not held.sum():
            return np.zeros(self.count, np.float32)
        places = np.concatenate([np.arange(a, b) for a, b in zip(self.starts[at], self.starts[at + 1], strict=True)])
        products = self.weights[places] * np.repeat(weights, held)
        return np.bincount(self.rows[places], products, self.count).astype(np.float32)


def flattened(tokens: Sequence[TokenIds]) -> tuple[TokenIds, NDArray[np.intp]]:
    """All tokens one after the other, and the row each is from."""
    flat = np.concatenate(tokens) if len(tokens) else np.zeros(0, np.uint32)
    return flat, np.repeat(np.arange(len(tokens)), [len(row) for row in tokens]).astype(np.intp)


def norms(weights: Floats, row: NDArray[np.intp], count: int) -> Floats:
    """The length of each row's weights, 1 where a row has none, shape ``(count,)``."""
    length = np.sqrt(np.bincount(row, weights * weights, count))
    return np.where(length > 0, length, 1.0).astype(np.float32)
