"""How the rows of a panel are dealt into folds, so that what is said of a row comes from those that are unlike it.

Knows nothing of what is fitted on the folds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .terms import Floats

FOLDS = 8


def by_row(of: NDArray[np.intp]) -> NDArray[np.intp]:
    """A fold for each row, (n,): each procedure's rows are spread over all folds."""
    dealt = np.empty(len(of), np.intp)
    dealt[np.argsort(of, kind="stable")] = np.arange(len(of)) % FOLDS
    return dealt


def by_procedure(of: NDArray[np.intp], vectors: Floats) -> NDArray[np.intp]:
    """A fold for each row, (n,), a procedure's rows in one, and procedures that look alike in different ones.

    A case of a procedure never seen is hardest where its look-alikes are known, and that is how they come: so the
    procedures with the nearest neighbours are dealt first, each into the fold whose procedures are least like it.
    """
    count = int(of.max(initial=-1)) + 1
    folds = min(FOLDS, count)
    centres = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(centres, of, vectors)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True) + np.float32(1e-9)
    alike = centres @ centres.T
    np.fill_diagonal(alike, -np.inf)
    dealt = np.full(count, -1, np.intp)
    for procedure in np.argsort(-alike.max(1, initial=-np.inf), kind="stable").tolist():
        size = np.bincount(dealt[dealt >= 0], minlength=folds)
        nearest = [float(alike[procedure, dealt == fold].max(initial=-2.0)) for fold in range(folds)]
        open_ = [fold for fold in range(folds) if size[fold] < -(-count // folds)]
        dealt[procedure] = min(open_, key=lambda fold: (nearest[fold], size[fold]))
    return dealt[of]
