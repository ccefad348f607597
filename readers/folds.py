"""How the rows of a panel are dealt into folds, so that what is said of a row comes from those that are unlike it.

Knows nothing of what is fitted on the folds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from telltale.memory.block import Block

from .terms import Floats

FOLDS = 8
MOST = 20  # rows of one sitting
GAP = 1800.0  # seconds of pause that end a sitting


def sittings(block: Block) -> NDArray[np.intp]:
    """A number for each row, (n,), the same for rows that come from one sitting and may say the same thing twice.

    That is a source of at most MOST rows (a trace, a session, a user), or in a larger one the rows that follow within
    GAP, in runs of at most MOST. Rows without a source stand alone, and where there is but one source it says nothing.
    """
    order = sorted(range(len(block)), key=lambda row: (block.sources[row], np.nan_to_num(block.times[row]), row))
    rows_of = Counter(block.sources)
    number, size = np.zeros(len(block), np.intp), 0
    for before, row in zip([None, *order], order, strict=False):
        together = before is not None and size < MOST and _together(block, before, row, rows_of)
        size = size + 1 if together else 1
        number[row] = number[before] if together and before is not None else row
    return number


def _together(block: Block, before: int, row: int, rows_of: Mapping[str, int]) -> bool:
    source = block.sources[row]
    if not source or block.sources[before] != source:
        return False
    apart = float(block.times[row] - block.times[before])  # NaN, which is never less, where one is not known
    return (rows_of[source] <= MOST and len(rows_of) > 1) or apart < GAP


def by_row(of: NDArray[np.intp], sitting: NDArray[np.intp]) -> NDArray[np.intp]:
    """A fold for each row, (n,): each procedure's rows are spread over all folds, those of one sitting are in one."""
    first = np.unique(sitting, return_index=True)[1]
    dealt = np.empty(len(first), np.intp)
    dealt[np.lexsort((first, of[first]))] = np.arange(len(first)) % FOLDS
    return dealt[np.unique(sitting, return_inverse=True)[1]]


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
