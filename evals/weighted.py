"""Figures of queries that count several times or not at all: resampling, of single queries or of whole families.

A resample is a row of weights, how often each query was drawn; every figure takes ``b`` of them at once, ``(b, n)``.
The same weights for two strategies make their difference a paired one.
"""

from __future__ import annotations

import numpy as np

from .curve import RESAMPLES, Bools, Floats, Ints, aurc_floor


def resamples(groups: Ints, *, times: int = RESAMPLES, seed: int = 0) -> Ints:
    """Weights of the queries when as many groups are drawn, with replacement, as there are: ``(times, n)``.

    Efron 1979 for queries on their own (``groups`` all different); Field & Welsh 2007 for groups of them.
    """
    many = int(groups.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(many, np.full(many, 1 / many), size=times)
    return np.asarray(drawn[:, groups], dtype=np.int64)


def share(part: Bools | Ints, whole: Bools | Ints, weights: Ints) -> Floats:
    """``part`` of ``whole``, ``(b,)``; NaN where a resample holds nothing of the whole."""
    parts, wholes = weights @ part.astype(np.float64), weights @ whole.astype(np.float64)
    return np.asarray(np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes > 0), dtype=np.float64)


def area(score: Floats, wrong: Bools, weights: Ints) -> Floats:
    """AURC as ``curve.aurc`` has it, ``(b,)``.

    A group of equal scores spans the places K0 < k <= K1 of the curve with X0 wrong before it and the share s wrong in
    it, and adds the sum of (X0 + (k - K0) s) / k, which harmonic numbers give at once.
    """
    many, wrongs = by_score(score, wrong, weights)
    after = np.cumsum(many, axis=1)
    before, wrong_before = after - many, np.cumsum(wrongs, axis=1) - wrongs
    within = wrongs / np.maximum(many, 1)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, int(after.max(initial=0)) + 1))])
    steps = (wrong_before - before * within) * (harmonic[after] - harmonic[before]) + within * many
    return np.asarray(steps.sum(axis=1) / np.maximum(after[:, -1], 1), dtype=np.float64)


def excess(score: Floats, wrong: Bools, weights: Ints) -> Floats:
    """AURC above the floor at each resample's own error rate, ``(b,)``."""
    error = share(wrong, np.ones_like(wrong), weights)
    return np.asarray(area(score, wrong, weights) - np.array([aurc_floor(float(one)) for one in error]))


def covered(score: Floats, wrong: Bools, weights: Ints, risk: float) -> Floats:
    """The largest coverage at which at most ``risk`` is wrong, as ``curve.coverage_at_risk`` has it, ``(b,)``."""
    many, wrongs = by_score(score, wrong, weights)
    after = np.cumsum(many, axis=1)
    allowed = (np.cumsum(wrongs, axis=1) <= risk * after + 1e-9) & (np.unique(-score) < np.inf)
    return np.asarray((allowed * after).max(axis=1) / np.maximum(after[:, -1], 1), dtype=np.float64)


def risk_at(score: Floats, wrong: Bools, weights: Ints, coverage: float) -> Floats:
    """The share wrong among the best-scored ``coverage`` of the queries, ``(b,)``; NaN at none.

    Where the last group of equal scores is not needed whole, as much of its errors counts as of its queries.
    """
    many, wrongs = by_score(score, wrong, weights)
    after = np.cumsum(many, axis=1)
    wanted = coverage * after[:, -1:]
    taken = np.clip(wanted - (after - many), 0, many)
    found = (wrongs * taken / np.maximum(many, 1)).sum(axis=1)
    return np.asarray(np.divide(found, wanted[:, 0], out=np.full(len(found), np.nan), where=wanted[:, 0] > 0))


def risks(score: Floats, wrong: Bools, weights: Ints, coverages: Floats) -> Floats:
    """The share wrong among the best-scored queries at each of ``coverages``, ``(b, coverages)``, as ``risk_at``."""
    many, wrongs = by_score(score, wrong, weights)
    after, wrong_after = np.cumsum(many, axis=1), np.cumsum(wrongs, axis=1)
    found = [
        np.interp(coverages * ends[-1], [0, *ends], [0, *errors]) / np.maximum(coverages * ends[-1], 1e-12)
        for ends, errors in zip(after, wrong_after, strict=True)
    ]
    return np.asarray(found, dtype=np.float64)


def by_score(score: Floats, wrong: Bools, weights: Ints) -> tuple[Ints, Ints]:
    """How many queries there are of each score, from the best, and how many of them are wrong: ``(b, scores)`` each."""
    ranks = np.unique(-score, return_inverse=True)[1].reshape(-1)
    by = np.argsort(ranks, kind="stable")
    starts = np.flatnonzero(np.diff(ranks[by], prepend=-1))
    return (
        np.add.reduceat(weights[:, by], starts, axis=1),
        np.add.reduceat(weights[:, by] * wrong[by], starts, axis=1),
    )
