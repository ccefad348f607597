"""Kernel ridge regression with exact leave-out predictions (Saunders, Gammerman & Vovk 1998).

Leaving a block b of rows out has a closed form, ``Y_b - inv(M_bb) (M Y)_b`` with M the inverse of ``K + ridge I``, so
what is said of a row can be had from everything but that row, or everything but its procedure, without refitting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .terms import Floats


@dataclass(frozen=True, slots=True)
class Regression:
    """One kernel ridge regression in its dual form."""

    inverse: Floats  # (n, n) of K + ridge I
    weights: Floats  # (targets, n): inverse times targets, transposed
    targets: Floats  # (n, targets)

    @staticmethod
    def fitted(kernel: Floats, targets: Floats, ridge: float) -> Regression:
        """The regression from ``kernel`` (n, n) to ``targets`` (n, t)."""
        inverse: Floats = np.linalg.inv(kernel.astype(np.float64) + ridge * np.eye(len(kernel))).astype(np.float32)
        return Regression(inverse, np.ascontiguousarray((inverse @ targets).T), targets)

    def without(self, rows: NDArray[np.intp]) -> Floats:
        """The predictions for ``rows`` of a regression that never saw them, shape ``(len(rows), t)``."""
        kept, weights = self.inverse[np.ix_(rows, rows)], self.weights[:, rows].T
        own = np.linalg.solve(kept.astype(np.float64), weights.astype(np.float64))
        predicted = self.targets[rows].astype(np.float64) - own
        return predicted.astype(np.float32)


def unit(vectors: Floats) -> Floats:
    """The rows at length 1; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0), dtype=vectors.dtype)
