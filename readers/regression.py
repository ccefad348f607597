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
        held = self.inverse[np.ix_(rows, rows)].astype(np.float64)
        own: Floats = np.linalg.solve(held, self.weights[:, rows].T.astype(np.float64))
        predicted: Floats = (self.targets[rows] - own).astype(np.float32)
        return predicted


def unit(vectors: Floats) -> Floats:
    """The rows at length 1; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = vectors / np.where(length > 0, length, 1.0).astype(np.float32)
    return scaled
