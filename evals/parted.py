"""How procedures were parted and joined, held against plans that they never saw. Pure functions of skills and runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from telltale.memory.types import Episode, Skill

from .measures import wilson

RESAMPLES = 1_000
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``part`` of ``whole``, and its 95 % interval where there is a whole."""

    part: int
    whole: int
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share and its 95 % interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """How the procedures of the withheld rows were parted and joined, held against their plans.

    Pairs of procedures, each with the plan of most of its runs; and pairs of successful runs.
    """

    false_joins: Share  # of the pairs that were joined, those of different plans
    false_merges: Share  # of the pairs of different plans, those that were joined
    missed_merges: Share  # of the pairs of one plan, those that were not
    false_runs: Rate  # of the run pairs in one procedure, those of two plans
    missed_runs: Rate  # of the run pairs of one plan, those in two procedures
    pure: Share  # of the skills, those whose runs all have one plan


def parted(
    skills: Sequence[Skill], procedures: Mapping[str, str], runs: Sequence[Episode], plans: Mapping[str, str]
) -> Parted:
    """The rates of what was joined and of what was not; ``procedures`` by a run's id, ``plans`` by its trace id."""
    by_procedure, by_key = (
        _tallied((procedures.get(run.id, ""), plans[run.trace_id]) for run in runs),
        _tallied((run.key, plans[run.trace_id]) for run in runs),
    )
    majority = [_most(by_procedure[skill.procedure]) for skill in skills if skill.procedure in by_procedure]
    apart = [one == other for one, other in combinations(majority, 2)]
    joined = [
        _most(by_key[one]) == _most(by_key[other])
        for skill in skills
        for one, other in combinations(skill.procedures, 2)
    ]
    wrong, right = joined.count(False), joined.count(True)
    pure = [len(by_procedure[skill.procedure]) == 1 for skill in skills if skill.procedure in by_procedure]
    table = _table([by_procedure[name] for name in sorted(by_procedure) if name])
    return Parted(
        false_joins=share(wrong, wrong + right),
        false_merges=share(wrong, wrong + apart.count(False)),
        missed_merges=share(apart.count(True), right + apart.count(True)),
        false_runs=_resampled(table),
        missed_runs=_resampled(table.T),
        pure=share(sum(pure), len(pure)),
    )


def share(part: int, whole: int) -> Share:
    """``part`` of ``whole`` with Wilson's interval."""
    return Share(part=part, whole=whole, interval=wilson(part, whole))


def _tallied(pairs: Iterable[tuple[str, str]]) -> dict[str, Counter[str]]:
    told: dict[str, Counter[str]] = {}
    for name, plan in pairs:
        told.setdefault(name, Counter())[plan] += 1
    return told


def _most(plans: Counter[str]) -> str:
    return min(plans, key=lambda plan: (-plans[plan], plan))


def _table(groups: Sequence[Counter[str]]) -> Counts:
    """Runs by group and plan, shape ``(groups, plans)``."""
    names = sorted({plan for group in groups for plan in group})
    return np.array([[group[name] for name in names] for group in groups], dtype=np.int64)


def _resampled(table: Counts) -> Rate:
    """Of all pairs of runs within a row, the share that is in two columns, and its interval by resampling runs."""
    drawn = np.random.default_rng(0).multinomial(table.sum(), table.ravel() / table.sum(), size=RESAMPLES)
    found = [_in_two(one.reshape(table.shape)) for one in drawn]
    low, high = np.nanquantile(found, (0.025, 0.975))
    return Rate(share=_in_two(table), low=float(low), high=float(high))


def _in_two(table: Counts) -> float:
    within, same = _pairs(table.sum(1)), _pairs(table)
    return float((within - same) / within) if within else math.nan


def _pairs(counts: Counts) -> float:
    return float((counts * (counts - 1) / 2).sum())
