"""Logistic regression that starts from coefficients known elsewhere and moves only as far as the data carry it.

The ridge pulls towards those coefficients instead of towards zero, so that little data changes little: a prior in the
sense of Bayes, at its maximum a posteriori. Knows nothing of evidence or memories.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .terms import Floats


def fitted(points: Floats, right: NDArray[np.bool_], weight: Floats, start: Floats, strength: float) -> Floats:
    """The coefficients, the intercept last, that minimise the weighted log loss plus the pull towards ``start``.

    Args:
        points: ``(n, d)``.
        right: ``(n,)`` what is to be predicted.
        weight: ``(n,)`` how much each point counts.
        start: ``(d + 1,)`` where the ridge pulls to.
        strength: how little it pulls: the loss is raised by ``|coefficients - start|² / (2 strength)``.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    design = np.column_stack([points, np.ones(len(points))]).astype(np.float64)
    target = right.astype(np.float64)

    def loss(move: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = design @ (start + move)
        total = weight @ (np.logaddexp(0.0, score) - target * score) + move @ move / (2 * strength)
        return float(total), design.T @ (weight * (expit(score) - target)) + move / strength

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return np.asarray(start + found.x, dtype=np.float64)
