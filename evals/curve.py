"""The risk-coverage curve: queries from the best-scored to the worst, and how often the best candidate is wrong so far.

El-Yaniv & Wiener 2010, *On the Foundations of Noise-free Selective Classification*; Geifman et al. 2019, 1805.08206,
for AURC and its excess. Every figure takes ``b`` curves at once, so that resampling is a matter of shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Queries from the best-scored to the worst, in ``b`` versions (resamples), shape ``(b, n)`` each."""

    wrong: Bools
    group: Ints  # rising from 0; queries of one score share it
    scored: Bools  # there is a candidate at all


def order(score: Floats, wrong: Bools) -> Curve:
    """The queries by falling ``score``, ``(n,)``, as one curve, ``(1, n)``."""
    by = np.argsort(-score, kind="stable")
    ranks = np.unique(-score[by], return_inverse=True)[1].reshape(-1).astype(np.int64)
    return Curve(wrong=wrong[by][None], group=ranks[None], scored=(score[by] > -math.inf)[None])


def aurc(curve: Curve) -> Floats:
    """Area under the risk-coverage curve, ``(b,)``: the mean over k = 1..n of the error among the k best-scored.

    Equal scores have no order: each k inside such a group takes the expectation over all orders of the group, which
    is as if every member were wrong to the group's own share. Lower is better; NaN for no queries.
    """
    b, n = curve.wrong.shape
    if not n:
        return np.full(b, np.nan)
    cells = (np.arange(b)[:, None] * n + curve.group).ravel()
    share = np.bincount(cells, curve.wrong.ravel(), b * n) / np.maximum(np.bincount(cells, minlength=b * n), 1)
    expected: Floats = np.cumsum(share[cells].reshape(b, n), axis=1)
    return np.asarray((expected / np.arange(1, n + 1)).mean(axis=1), dtype=np.float64)


def aurc_floor(error: float) -> float:
    """The least AURC that an error rate of ``error`` allows, all errors ordered last: r + (1 - r) ln(1 - r).

    Geifman et al. 2019, section 4. An error rate of 1 gives 1.

    >>> round(aurc_floor(0.5), 4), aurc_floor(1.0), aurc_floor(0.0)
    (0.1534, 1.0, 0.0)
    """
    return 1.0 if error >= 1.0 else error + (1.0 - error) * math.log1p(-error)


def excess_aurc(curve: Curve) -> Floats:
    """AURC above the floor at this strategy's own error rate, ``(b,)``: what the ordering alone costs."""
    floors = [aurc_floor(float(error)) for error in curve.wrong.mean(axis=1)] if curve.wrong.size else np.nan
    return np.asarray(aurc(curve) - np.asarray(floors), dtype=np.float64)


def coverage_at_risk(curve: Curve, risk: float) -> Floats:
    """The largest share of all queries that one score threshold answers with at most ``risk`` wrong, ``(b,)``.

    Equal scores are answered together or not at all; a query without a candidate cannot be answered. 0 where no
    threshold will do, NaN for no queries.
    """
    b, n = curve.wrong.shape
    if not n:
        return np.full(b, np.nan)
    k = np.arange(1, n + 1)
    last_of_group = np.diff(curve.group, axis=1, append=-1) != 0
    allowed = last_of_group & curve.scored & (np.cumsum(curve.wrong, axis=1) <= risk * k + 1e-9)
    return np.asarray((allowed * k).max(axis=1) / n, dtype=np.float64)


def bootstrap(curve: Curve, figure: Callable[[Curve], Floats]) -> tuple[float, float] | None:
    """The 95 % percentile interval of ``figure`` over 1,000 resamples of the queries (Efron 1979), seed 0."""
    n = curve.wrong.shape[1]
    if not n:
        return None
    rng = np.random.default_rng(0)
    chunk = max(1, 1_000_000 // n)  # 8 MB a column at a time
    sizes = [min(chunk, RESAMPLES - start) for start in range(0, RESAMPLES, chunk)]
    values = np.concatenate([figure(_resample(curve, rng.integers(0, n, (size, n)))) for size in sizes])
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def _resample(curve: Curve, picks: Ints) -> Curve:
    picks = np.sort(picks, axis=1)
    return Curve(wrong=curve.wrong[0][picks], group=curve.group[0][picks], scored=curve.scored[0][picks])
