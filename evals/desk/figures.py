"""The loop's figures: means over seeds with their 95 % interval, and who won which seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from .desk import Run
from .loop import GUARDED, Played

# 97.5 % points of Student's t for 1 to 19 degrees of freedom.
STUDENT_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093),
)
MOST_SEEDS = len(STUDENT_T) + 1

MEASURES: dict[str, Callable[[Run], float]] = {
    "success": lambda run: run.success,
    "misled": lambda run: run.misled,
    "steps": lambda run: run.steps,
    "followed": lambda run: run.followed,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A mean over seeds; ``low`` and ``high`` bound its 95 % interval, ``None`` with a single seed."""

    mean: float
    low: float | None
    high: float | None
    by_seed: tuple[float, ...]


def figures_of(played: Sequence[Played]) -> dict[str, dict[str, Figure]]:
    """Each strategy's measures by name: shares of a seed's tickets, and for ``steps`` tool calls for a ticket."""
    return {
        strategy: {
            name: figure([fmean(map(measure, one.runs[strategy])) for one in played], share=name != "steps")
            for name, measure in MEASURES.items()
        }
        for strategy in played[0].runs
    }


def figure(by_seed: Sequence[float], *, share: bool = False) -> Figure:
    """The mean with Student's interval over seeds; a share's interval is cut to [0, 1].

    >>> figure([0.5, 0.7], share=True)
    Figure(mean=0.6, low=0.0, high=1.0, by_seed=(0.5, 0.7))
    """
    mean = fmean(by_seed)
    if len(by_seed) == 1:
        return Figure(mean=mean, low=None, high=None, by_seed=tuple(by_seed))
    half = STUDENT_T[len(by_seed) - 2] * stdev(by_seed) / sqrt(len(by_seed))
    low, high = (max(0.0, mean - half), min(1.0, mean + half)) if share else (mean - half, mean + half)
    return Figure(mean=mean, low=low, high=high, by_seed=tuple(by_seed))


def seeds_won(figures: Mapping[str, Mapping[str, Figure]], against: str) -> list[str]:
    """Seed by seed, how telltale fared against another strategy in task success: won, lost or tied."""
    pairs = zip(figures[GUARDED]["success"].by_seed, figures[against]["success"].by_seed, strict=True)
    return ["won" if ours > theirs else "lost" if ours < theirs else "tied" for ours, theirs in pairs]
