"""Probabilities as log-odds and back, where what is known beside the guard moves one."""

from __future__ import annotations

import math


def log_odds(probability: float) -> float:
    """The log-odds of ``probability``, finite for 0 and 1 too."""
    kept = min(max(probability, 1e-12), 1 - 1e-12)
    return math.log(kept / (1 - kept))


def shifted(probability: float, shift: float) -> float:
    """``probability`` after a ``shift`` in log-odds."""
    return 1 / (1 + math.exp(-log_odds(probability) - shift))
