"""Margins: how surely a case is of one procedure and not of the others, by machines that look at the border cases.

One-against-rest support vector machines with squared hinge loss (Cortes & Vapnik 1995; Rifkin & Klautau 2004), those
of all procedures fitted at once by L-BFGS on the leading coordinates of a kernel. Unlike the regressions there is no
closed form for leaving rows out, so what is said of a row comes from machines fitted without its share of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .terms import Floats

COST = 10.0  # what a row on the wrong side of its margin costs, against the machines' squared length
STEPS = 40  # of L-BFGS; sixty say no more
COORDINATES = 400  # leading coordinates of a kernel; a thousand say hardly more, at three times the time
MOST = 300  # procedures that have a machine, those of most rows first
LEAST_ROWS = 2  # a procedure seen once has no border of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """One machine a procedure, in the dual: a procedure without one says NaN."""

    weights: Floats  # (procedures, n) on the kernel's values, or (procedures, dim) on the vector
    bias: Floats  # (procedures,)

    def margins(self, values: Floats) -> Floats:
        """How far on each procedure's side the case with these kernel values is, near 1 where surely, (procedures,)."""
        margins: Floats = np.vecdot(self.weights, values) + self.bias  # unlike a matrix product it wakes no threads
        return margins


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates:
    """A kernel's rows as points whose dot products are about the kernel's values."""

    points: Floats  # (n, d)
    back: Floats  # (n, d): kernel values times this are the coordinates of a case

    @staticmethod
    def of(kernel: Floats) -> Coordinates:
        """The leading coordinates of ``kernel`` (n, n)."""
        from scipy.linalg import eigh

        count = len(kernel)
        if not count:
            return Coordinates(points=kernel, back=kernel)
        lengths, axes = eigh(kernel.astype(np.float64), subset_by_index=[max(0, count - COORDINATES), count - 1])
        kept = lengths > 1e-5 * max(float(lengths[-1]), 1e-9)
        scale = np.sqrt(lengths[kept])
        return Coordinates(
            points=(axes[:, kept] * scale).astype(np.float32), back=(axes[:, kept] / scale).astype(np.float32)
        )


def machines(coordinates: Coordinates, of: NDArray[np.intp], count: int) -> Machines:
    """The machines of ``count`` procedures on all rows, where row i is of procedure ``of[i]``."""
    with_one = having_one(of, count)
    weights = np.full((count, len(coordinates.back)), np.nan, np.float32)
    bias = np.full(count, np.nan, np.float32)
    if len(with_one):
        found = _fitted(coordinates.points, of, with_one)
        weights[with_one], bias[with_one] = (coordinates.back @ found[:-1]).T, found[-1]
    return Machines(weights=weights, bias=bias)


def margins_apart(
    coordinates: Coordinates, of: NDArray[np.intp], count: int, fold: NDArray[np.intp], *, novel: bool
) -> Floats:
    """The margins of every row by machines that never saw its fold, (n, count).

    With ``novel``, a fold is one of whole procedures, and their own columns are NaN: nothing was known of them.
    """
    with_one, points = having_one(of, count), coordinates.points
    said = np.full((len(of), count), np.nan, np.float32)
    for number in np.unique(fold).tolist():
        out = fold == number
        known = with_one[~np.isin(with_one, of[out])] if novel else with_one
        if len(known) and not out.all():
            found = _fitted(points[~out], of[~out], known)
            said[np.ix_(out, known)] = points[out] @ found[:-1] + found[-1]
    return said


def having_one(of: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """The procedures that have a machine, sorted."""
    rows = np.bincount(of, minlength=count)
    most = np.argsort(-rows, kind="stable")[:MOST]
    return np.sort(most[rows[most] >= LEAST_ROWS])


def _fitted(points: Floats, of: NDArray[np.intp], procedures: NDArray[np.intp]) -> Floats:
    """The coefficients of the procedures' machines, the bias last, (d + 1, len(procedures))."""
    from scipy.optimize import minimize

    design = np.column_stack([points, np.ones(len(points), np.float32)])
    side = np.where(of[:, None] == procedures[None, :], np.float32(1.0), np.float32(-1.0))
    shape = (design.shape[1], len(procedures))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        at = flat.reshape(shape).astype(np.float32)
        short = np.maximum(np.float32(0.0), 1 - side * (design @ at))
        slope = at - np.float32(2 * COST) * (design.T @ (short * side))
        return float(0.5 * (at * at).sum() + COST * (short * short).sum()), slope.ravel().astype(np.float64)

    begun = np.zeros(shape[0] * shape[1])
    found = minimize(loss, begun, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 5})
    return np.asarray(found.x.reshape(shape), np.float32)
