"""Which fact tells two groups of runs apart, and how sure that is. Counts only; what the groups are is the caller's.

Chance is Fisher's exact test (one-sided), times the number of facts of the same sort that were looked at (Bonferroni).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from telltale.memory.types import Condition

from .reading import Fact

CHANCE = 0.05  # largest probability that a fact separates like this by chance
RIGHT = 0.9  # least share of either group on its side
ENOUGH = 3  # runs on either side


class Telltale(NamedTuple):
    """A fact that separates: runs on this side that have it, those on the other, and how likely that is by chance."""

    fact: Fact
    here: int
    there: int
    chance: float


@lru_cache(maxsize=100_000)
def fisher(first: int, of_first: int, second: int, of_second: int) -> float:
    """The probability of ``first`` or more of ``of_first``, given how many of both groups have it (one-sided).

    >>> fisher(3, 3, 0, 3)
    0.05
    """
    total, having = of_first + of_second, first + second
    ways = (math.comb(of_first, k) * math.comb(of_second, having - k) for k in range(first, min(of_first, having) + 1))
    return sum(ways) / math.comb(total, having)


def telling(
    ours: Mapping[Fact, int], own: int, theirs: Mapping[Fact, int], others: int, *, least: float
) -> list[Telltale]:
    """The facts that at least the share ``least`` of our runs have and theirs lack, surest first.

    Args:
        ours: how many of our ``own`` runs have a fact.
        theirs: the same of the ``others``.
    """
    looked = Counter(sort_of(fact) for fact, count in ours.items() if count + theirs.get(fact, 0) >= ENOUGH)
    looked.update(sort_of(fact) for fact, count in theirs.items() if count >= ENOUGH and fact not in ours)
    found = []
    for fact, count in ours.items():
        if count < max(least * own, 1) or count * others <= theirs.get(fact, 0) * own:
            continue
        there = theirs.get(fact, 0)
        chance = fisher(count, own, there, others) * max(looked[sort_of(fact)], 1)
        if chance <= CHANCE:
            found.append(Telltale(fact, count, there, chance))
    return sorted(found, key=lambda each: (sort_of(each.fact), each.there / others - each.here / own, each.fact))


def deciding(having: Sequence[frozenset[Fact]], lacking: Sequence[frozenset[Fact]]) -> Condition | None:
    """The fact by which runs of one way are told from those of the other; None where nothing decides.

    Held by, or lacked by, nine tenths of the one side and a tenth of the other at most; typed facts before words.
    """
    if len(having) < ENOUGH or len(lacking) < ENOUGH:
        return None
    ours, theirs = counted(having), counted(lacking)
    runs = len(having), len(lacking)
    held = [(each, True) for each in telling(ours, runs[0], theirs, runs[1], least=RIGHT)]
    missing = [(each, False) for each in telling(theirs, runs[1], ours, runs[0], least=RIGHT)]
    sure = [
        (sort_of(each.fact), -_right(each, runs if holds else runs[::-1]), not holds, each)
        for each, holds in held + missing
        if each.there <= (1 - RIGHT) * (runs[1] if holds else runs[0])
    ]
    if not sure:
        return None
    _, right, lacked, best = min(sure)
    return Condition(kind=best.fact[0], value=best.fact[1], holds=not lacked, seen=-right, of=sum(runs))


def counted(runs: Iterable[frozenset[Fact]]) -> Counter[Fact]:
    """How many runs have each fact."""
    return Counter(fact for facts in runs for fact in facts)


def sort_of(fact: Fact) -> int:
    """Sorts of facts, plainer ones first: of the case, of results, that there is any of a kind, words."""
    kind, value = fact
    if kind == "words":
        return 3
    return 1 if kind.startswith("result:") else 0 if value else 2


def _right(each: Telltale, runs: tuple[int, int]) -> int:
    return each.here + runs[1] - each.there
