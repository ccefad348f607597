"""The copycat agent: it does what the first memory says that it is shown, and works alone when it is shown none.

It succeeds where that memory is right, fails where it misleads, and alone it succeeds as often as ``alone`` says. No
agent is quite so simple, but its loss is what being misled costs, in tasks, on any set and without a model.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .curve import Floats, Ints
from .outcomes import Outcomes
from .weighted import share

ALONE = 0.5  # as likely as not


def copycat(told: Outcomes, weights: Ints, *, alone: float = ALONE) -> dict[str, Any]:
    """How the copycat fares, shares of all queries, with 95 % intervals over ``weights`` (``weighted.resamples``).

    ``success``: tasks done. ``gain``: tasks done beyond those done without a memory. ``harm``: tasks that it would have
    done alone and was misled in. ``break_even``: right / answered, the agent that does as many alone neither gains nor
    loses by this memory; one that does more is better off without it.
    """
    if not len(told.right):
        return {"alone": alone, **dict.fromkeys(("success", "gain", "harm", "break_even")), "intervals": {}}
    once = np.ones((1, len(told.right)), dtype=np.int64)
    values, ends = _fares(told, once, alone), _fares(told, weights, alone)
    return {
        "alone": alone,
        **{name: _number(value) for name, value in values.items()},
        "intervals": {name: interval(value) for name, value in ends.items()},
    }


def _fares(told: Outcomes, weights: Ints, alone: float) -> dict[str, Floats]:
    everything = np.ones_like(told.right)
    right, misled, answered = (share(part, everything, weights) for part in (told.right, told.misled, told.answered))
    success = right + alone * (1 - answered)
    return {
        "success": success,
        "gain": success - alone,
        "harm": alone * misled,
        "break_even": share(told.right, told.answered, weights),
    }


def interval(values: Floats) -> tuple[float, float] | None:
    """The 95 % percentile interval; ``None`` where no resample has a value."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.percentile(known, (2.5, 97.5))
    return float(low), float(high)


def _number(values: Floats) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])
