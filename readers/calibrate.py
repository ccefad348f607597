"""The threshold that keeps a promised risk.

Learn-then-Test (Angelopoulos, Bates, Candès, Jordan & Lei 2021, arXiv 2110.01052) on the selective risk: of the past
cases that would have been answered, how many wrongly. It holds with probability 1 - DELTA over the past cases, when
those and the queries are exchangeable; where that breaks, so does the promise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .terms import Floats

DELTA = 0.1
STARTS = (0.5, 0.2, 0.05)  # shares of the past cases, best scored first, at which a descent begins
STEP = 10  # past cases between two thresholds that are tested


def threshold(
    scores: Floats, right: NDArray[np.bool_], risk: float, delta: float = DELTA, floors: Floats | None = None
) -> float | None:
    """The lowest score from which on the error is certified to be at most ``risk``; None where none can be.

    Fixed-sequence testing with several starts (section 4.1 of the paper): from each start, thresholds that admit more
    and more past cases are tested in that order until one fails, each start with its share of ``delta``. The test is
    the exact binomial tail of the number of wrong answers. A case with a floor was seen only because it scored above
    that: at a lower threshold it would make what is admitted look easier than it is, and is not counted.
    """
    if not len(scores):
        return None
    order = np.argsort(-scores, kind="stable")
    ranked, wrong = scores[order], np.cumsum(~right[order], dtype=np.intp)
    whole = np.append(ranked[:-1] > ranked[1:], True)  # a threshold admits ties together
    sizes = np.nonzero(whole)[0] + 1
    sizes = sizes[np.unique(np.searchsorted(sizes, np.arange(STEP, len(scores) + STEP, STEP)).clip(max=len(sizes) - 1))]
    unseen = None if floors is None or np.isneginf(floors).all() else floors[order]
    counts = [_counted(right[order], wrong, ranked, unseen, int(size)) for size in sizes]
    passed = [_tail(mistakes, answered, risk) <= delta / len(STARTS) for mistakes, answered in counts]
    lowest = -1
    for start in STARTS:
        for at in range(int(np.searchsorted(sizes, start * len(scores))), len(sizes)):
            if not passed[at]:
                break
            lowest = max(lowest, at)
    return None if lowest < 0 else float(ranked[sizes[lowest] - 1])


def _counted(
    right: NDArray[np.bool_], wrong: NDArray[np.intp], scores: Floats, floors: Floats | None, size: int
) -> tuple[int, int]:
    """The mistakes and answers among the ``size`` best scored, without those not to be counted at that threshold."""
    if floors is None:
        return int(wrong[size - 1]), size
    seen = floors[:size] <= scores[size - 1]
    return int((~right[:size][seen]).sum()), int(seen.sum())


def _tail(wrong: int, answered: int, risk: float) -> float:
    """The probability of at most ``wrong`` mistakes in ``answered``, each being one with probability ``risk``."""
    counts = np.arange(wrong + 1)
    terms = _log_choose(answered, counts) + counts * np.log(risk) + (answered - counts) * np.log1p(-risk)
    return float(min(1.0, np.exp(terms).sum()))


def _log_choose(n: int, k: NDArray[np.int_]) -> NDArray[np.float64]:
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    chosen: NDArray[np.float64] = factorials[n] - factorials[k] - factorials[n - k]
    return chosen
