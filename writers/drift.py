"""Whether a procedure is done another way than it used to be, so that the newer way goes before the older.

Looks at what successful runs did and when. Time alone makes nothing old: only runs that do otherwise do.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from telltale.memory.references import find

from .facts import CHANCE, deciding, fisher
from .reading import Reading

_SIDE = 3  # runs on either side of a change
_GONE, _THERE = 0.1, 0.9  # share of runs with a trait on the one side and on the other
_LOOKED_AT = 200  # runs, the latest
_SHORT = 60  # characters of an argument that can be a trait


class Ways(NamedTuple):
    """The runs that do it as it is done now, and those that did it as it was done before; both by id."""

    now: list[Reading]
    before: list[Reading]
    chance: float = 1.0


def ways(runs: Sequence[Reading]) -> Ways:
    """The successful ``runs`` of one procedure, parted where their way changed; all are of now where it did not.

    A change is a trait (a step, or a constant in its arguments) that nine tenths of the runs on the one side of some
    moment have and at most a tenth on the other, with Fisher's exact test times the number of traits at most .05, and
    that neither the task nor its context decides. Of several changes the latest counts.
    """
    timed = sorted(
        (run for run in runs if run.episode.time is not None), key=lambda run: (run.episode.time, run.episode.id)
    )
    timed = timed[-_LOOKED_AT:]
    if len(timed) < 2 * _SIDE:
        return Ways(list(runs), [])
    traits = [_traits(run) for run in timed]
    often = Counter(trait for own in traits for trait in own)
    changing = [trait for trait, count in often.items() if _SIDE <= count <= len(timed) - _SIDE]
    changes = [change for trait in changing if (change := _change(trait, traits, timed, len(changing)))]
    if not changes:
        return Ways(list(runs), [])
    at, chance = max(changes, key=lambda change: (change[0], -change[1]))
    since = timed[at].episode.time
    now = [run for run in runs if run.episode.time is not None and since is not None and run.episode.time >= since]
    return Ways(now, [run for run in runs if run not in now], chance)


def _change(
    trait: str, traits: Sequence[frozenset[str]], runs: Sequence[Reading], looked_at: int
) -> tuple[int, float] | None:
    """From which run on ``trait`` came up or was gone, and how likely that is by chance."""
    having = [trait in own for own in traits]
    total, before, best = sum(having), 0, (0.0, 0)
    for at, has in enumerate(having):
        if _SIDE <= at <= len(having) - _SIDE:
            best = max(best, (abs(before / at - (total - before) / (len(having) - at)), at))
        before += has
    at = best[1]
    early, late = sum(having[:at]), total - sum(having[:at])
    shares = early / max(at, 1), late / (len(having) - at)
    if min(shares) > _GONE or max(shares) < _THERE:
        return None
    first, second = (early, at), (late, len(having) - at)
    chance = (fisher(*first, *second) if shares[0] > shares[1] else fisher(*second, *first)) * looked_at
    if chance > CHANCE or _told(trait, having, runs):
        return None
    return at, chance


def _told(trait: str, having: Sequence[bool], runs: Sequence[Reading]) -> bool:
    """Whether the trait follows from the case: its value stands there, or a fact decides it."""
    with_it = [run for run, has in zip(runs, having, strict=True) if has]
    value = json.loads(trait.partition("=")[2] or "null")
    if value is not None and all(find(value, run.sight) for run in with_it[:_SIDE]):
        return True
    lacking = [run.case_facts for run, has in zip(runs, having, strict=True) if not has]
    return deciding([run.case_facts for run in with_it], lacking) is not None


def _traits(run: Reading) -> frozenset[str]:
    found = set(run.labels)
    for each in run.done:
        for name, value in each.step.arguments.items():
            written = json.dumps(value, sort_keys=True, default=str)
            if len(written) <= _SHORT:
                found.add(f"{each.label}.{name}={written}")
    return frozenset(found)
