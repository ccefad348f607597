"""Is one strategy better than another on the same queries? Better, worse, or they cannot be told apart.

Rates that count queries are tested on the queries that the two did differently: exactly (McNemar 1947) where queries
are on their own, by 10,000 random swaps of whole families where they are not. AURC and the misled rate, which are no
counts over the same queries, are told by the 95 % interval of the difference over resamples drawn alike for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .copycat import interval
from .curve import Bools, Floats, Ints
from .outcomes import Outcomes
from .weighted import area, resamples, risk_at, share

Word = Literal["better", "worse", "cannot be told apart"]
LEVEL = 0.05  # of each test by itself: of twenty equal pairs one is told apart by chance
SWAPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How the first compares with the second in one figure; ``None`` where one of them has no such figure."""

    first: float | None
    second: float | None
    interval: tuple[float, float] | None  # of the first minus the second
    p: float | None  # of no difference; None where the interval decides
    word: Word
    queries: int | None = None  # that both were asked; None where they were asked different ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that can be paired, by weights (``weighted.resamples``) and at a coverage.

    ``counts`` are the queries that it counts, where the whole is the same queries for every strategy.
    """

    more_is_better: bool
    value: Callable[[Outcomes, Ints, float], Floats]
    counts: Callable[[Outcomes], Bools] | None = None


def _counted(
    counts: Callable[[Outcomes], Bools], whole: Callable[[Outcomes], Bools], *, more_is_better: bool = True
) -> Figure:
    def value(told: Outcomes, weights: Ints, _coverage: float) -> Floats:
        return share(counts(told), whole(told), weights)

    return Figure(more_is_better=more_is_better, value=value, counts=counts)


FIGURES: Mapping[str, Figure] = {
    "aurc": Figure(more_is_better=False, value=lambda told, weights, _: area(told.score, ~told.best_right, weights)),
    "risk_at_coverage": Figure(
        more_is_better=False,
        value=lambda told, weights, coverage: risk_at(told.score, ~told.best_right, weights, coverage),
    ),
    "misled_rate": Figure(
        more_is_better=False, value=lambda told, weights, _: share(told.misled, told.answered, weights)
    ),
    "misled_share": _counted(lambda told: told.misled, lambda told: np.ones_like(told.right), more_is_better=False),
    "help_rate": _counted(lambda told: told.right, lambda told: told.has_match),
    "honest_abstention": _counted(lambda told: ~told.answered & ~told.has_match, lambda told: ~told.has_match),
    "top1_has_match": _counted(lambda told: told.best_right & told.has_match, lambda told: told.has_match),
}


def compared(first: Outcomes, second: Outcomes, groups: Ints | None = None) -> dict[str, Verdict]:
    """Every paired figure of ``first`` against ``second``, which were asked the same queries in the same order.

    Where one was asked only the first of them, those are compared. ``groups`` numbers the queries' families, ``(n,)``;
    ``None``: each is on its own. ``risk_at_coverage`` is what is wrong among each one's best-scored queries, as many as
    the first answers at its own setting.
    """
    n = min(len(first.right), len(second.right))
    first, second, groups = first.first(n), second.first(n), None if groups is None else groups[:n]
    if not n or not np.array_equal(first.has_match, second.has_match):
        raise ValueError("only answers to the same queries can be paired")
    weights = resamples(np.arange(n) if groups is None else groups)
    return {name: _verdict(figure, first, second, weights, groups) for name, figure in FIGURES.items()}


def _verdict(figure: Figure, first: Outcomes, second: Outcomes, weights: Ints, groups: Ints | None) -> Verdict:
    coverage, once = float(first.answered.mean()), np.ones((1, len(first.right)), dtype=np.int64)
    values = [float(figure.value(told, once, coverage)[0]) for told in (first, second)]
    shown = [None if np.isnan(value) else value for value in values]
    if None in shown:
        told: Word = "cannot be told apart"
        return Verdict(first=shown[0], second=shown[1], interval=None, p=None, word=told, queries=len(first.right))
    around = interval(figure.value(first, weights, coverage) - figure.value(second, weights, coverage))
    p = None
    if figure.counts:
        differing = figure.counts(first).astype(np.int64) - figure.counts(second)
        p = mcnemar(differing) if groups is None else swapped(differing, groups)
    apart = p < LEVEL if p is not None else around is not None and not around[0] <= 0 <= around[1]
    told = word(values[0] - values[1], figure, apart=apart)
    return Verdict(first=values[0], second=values[1], interval=around, p=p, word=told, queries=len(first.right))


def word(by: float, figure: Figure, *, apart: bool) -> Word:
    """What to call a difference."""
    if not apart or by == 0:
        return "cannot be told apart"
    return "better" if (by > 0) == figure.more_is_better else "worse"


def mcnemar(differing: Ints) -> float:
    """The exact two-sided p of no difference, from each query's difference (-1, 0 or 1).

    >>> mcnemar(np.array([1, 1, 1, 1, 1, 0, 0]))
    0.0625
    """
    from scipy.stats import binomtest

    ups, downs = int((differing > 0).sum()), int((differing < 0).sum())
    return float(binomtest(ups, ups + downs).pvalue) if ups + downs else 1.0


def swapped(differing: Ints, groups: Ints) -> float:
    """The two-sided p of no difference, swapping the two strategies in whole groups at random, seed 0."""
    sums = np.bincount(groups, weights=differing)
    sums = sums[sums != 0]
    signs = np.random.default_rng(0).choice((-1, 1), (SWAPS, len(sums)))
    reached = np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9
    return float((reached.sum() + 1) / (SWAPS + 1))


def difference(verdict: Verdict) -> float | None:
    """The first's figure minus the second's; ``None`` where one has none."""
    return None if verdict.first is None or verdict.second is None else verdict.first - verdict.second


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The same, ready for JSON."""
    return {
        "first": verdict.first,
        "second": verdict.second,
        "difference": difference(verdict),
        "interval": list(verdict.interval) if verdict.interval else None,
        "p": verdict.p,
        "word": verdict.word,
        "queries": verdict.queries,
    }
