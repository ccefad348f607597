"""All that is told of one strategy: its figures, and beside them what a page, a comparison and a gate need.

Adds to ``measures.figures`` intervals over whole families, the copycat agent, the reliability of told probabilities,
and the outcome of every query.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .answers import Judged
from .copycat import ALONE, copycat, interval
from .curve import Ints
from .families import Families
from .measures import RISKS, figures
from .outcomes import outcomes, packed
from .reliability import Told, calibration_error, points
from .weighted import area, covered, excess, resamples, share


def account(judged: Judged, families: Families | None = None, *, alone: float = ALONE, probable: bool = False) -> Any:
    """Everything about a strategy by name, ready for JSON.

    ``families`` clusters; ``alone`` is the copycat's; ``probable`` says that scores are meant as probabilities.
    """
    told, groups = outcomes(judged), families.of if families else np.arange(len(judged.score))
    weights = resamples(groups) if len(groups) else np.zeros((0, 0), dtype=np.int64)
    return {
        **figures(judged),
        "clustered": _clustered(judged, families, weights) if families else None,
        "copycat": copycat(told, weights, alone=alone),
        "reliability": reliability(judged) if probable else None,
        "per_query": packed(told),
    }


def _clustered(judged: Judged, families: Families, weights: Ints) -> dict[str, Any]:
    """The intervals again, for other families of tasks instead of other tasks of these families."""
    told, wrong, everything = outcomes(judged), ~judged.best_right, np.ones_like(judged.right)
    over = partial(_over, weights)
    rates = {
        "coverage": over(told.answered, everything),
        "misled_rate": over(told.misled, told.answered),
        "help_rate": over(told.right, told.has_match),
        "honest_abstention": over(~told.answered & ~told.has_match, ~told.has_match),
        "distractor_share": over(judged.wrong, judged.admitted),
        "top1_has_match": over(judged.best_right & told.has_match, told.has_match),
    }
    found = {
        f"recall_at_{depth}": over(at & told.has_match, told.has_match) for depth, at in (judged.found or {}).items()
    }
    curve = {
        "aurc": interval(area(judged.score, wrong, weights)),
        "excess_aurc": interval(excess(judged.score, wrong, weights)),
        "coverage_at_risk": {f"{risk:.2f}": interval(covered(judged.score, wrong, weights, risk)) for risk in RISKS},
    }
    return {"by": families.by, "groups": int(families.of.max()) + 1, "intervals": {**rates, **found, **curve}}


def _over(weights: Ints, part: Any, whole: Any) -> tuple[float, float] | None:
    return interval(share(part, whole, weights))


def reliability(judged: Judged) -> dict[str, Any] | None:
    """What was told of the best candidates against how often they were right, in bins of a tenth; ``None`` for none."""
    there = np.isfinite(judged.score)
    if not there.any():
        return None
    found = points(Told(probability=judged.score[there], right=judged.best_right[there]))
    bins = [
        {"told": one.told, "right": one.right, "interval": [one.low, one.high], "cases": one.cases}
        for one in found.values()
    ]
    return {"calibration_error": calibration_error(found), "bins": bins}
