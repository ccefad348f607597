"""Figures of one strategy over one sample, each rate with a 95 % interval; a rate over nothing is ``None``.

The first five, tokens and latency are taken at the strategy's own setting, the others along its risk-coverage curve.
Pure functions of judged answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .answers import DEPTHS, Judged
from .curve import Curve, Floats, aurc, aurc_floor, bootstrap, coverage_at_risk, excess_aurc, order

RISKS = (0.02, 0.05, 0.10)
Z = 1.959964  # two-sided 95 % of the normal distribution
Interval = tuple[float, float]


def figures(judged: Judged) -> dict[str, Any]:
    """All figures of a strategy by name, plain numbers ready for JSON; ``intervals`` holds ``[low, high]`` by name."""
    rates = _rates(judged)
    values: dict[str, Any] = {name: part / whole if whole else None for name, (part, whole) in rates.items()}
    intervals: dict[str, Any] = {name: wilson(part, whole) for name, (part, whole) in rates.items()}
    curve = order(judged.score, ~judged.best_right)
    values |= _curve_figures(curve)
    intervals |= _curve_intervals(curve)
    values["aurc_floor_novel"] = aurc_floor(float(np.mean(~judged.has_match))) if len(judged.score) else None
    values["tokens"] = float(judged.tokens.mean()) if judged.tokens is not None and len(judged.tokens) else None
    values["cost"] = float(judged.cost.mean()) if judged.cost is not None else None
    values["p50_ms"], values["p95_ms"] = _percentiles(judged.seconds * 1000, (50, 95))
    return {**values, "intervals": intervals, "counts": _counts(judged)}


def _rates(judged: Judged) -> dict[str, tuple[int, int]]:
    n, match = len(judged.score), judged.has_match
    answered, right = int(judged.answered.sum()), int(judged.right.sum())
    rates = {
        "coverage": (answered, n),
        "misled_rate": (answered - right, answered),
        "help_rate": (right, int(match.sum())),
        "honest_abstention": (int((~judged.answered & ~match).sum()), int((~match).sum())),
        "distractor_share": (int(judged.wrong.sum()), int(judged.admitted.sum())),
        "top1_has_match": (int((judged.best_right & match).sum()), int(match.sum())),
    }
    for depth in DEPTHS:
        found = (judged.found[depth] & match) if judged.found is not None else None
        rates[f"recall_at_{depth}"] = (0, 0) if found is None else (int(found.sum()), int(match.sum()))
    return rates


def _counts(judged: Judged) -> Mapping[str, int]:
    return {
        "queries": len(judged.score),
        "with_match": int(judged.has_match.sum()),
        "answered": int(judged.answered.sum()),
        "right": int(judged.right.sum()),
        "misled": int((judged.answered & ~judged.right).sum()),
        "admitted": int(judged.admitted.sum()),
        "distractors": int(judged.wrong.sum()),
    }


def wilson(part: int, whole: int) -> Interval | None:
    """The 95 % score interval of a proportion (Wilson 1927); ``None`` for a proportion of nothing.

    >>> [round(end, 3) for end in wilson(0, 50)]
    [0.0, 0.071]
    """
    if not whole:
        return None
    p, z2 = part / whole, Z * Z
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half))


def _curve_figures(curve: Curve) -> dict[str, Any]:
    return {
        "aurc": _number(aurc(curve)),
        "excess_aurc": _number(excess_aurc(curve)),
        "coverage_at_risk": {f"{risk:.2f}": _number(coverage_at_risk(curve, risk)) for risk in RISKS},
    }


def _curve_intervals(curve: Curve) -> dict[str, Any]:
    def at(risk: float) -> Callable[[Curve], Floats]:
        return lambda sample: coverage_at_risk(sample, risk)

    return {
        "aurc": bootstrap(curve, aurc),
        "excess_aurc": bootstrap(curve, excess_aurc),
        "coverage_at_risk": {f"{risk:.2f}": bootstrap(curve, at(risk)) for risk in RISKS},
    }


def _number(values: Floats) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])


def _percentiles(values: Floats, at: Sequence[float]) -> list[float | None]:
    return [float(value) for value in np.percentile(values, at)] if len(values) else [None] * len(at)
