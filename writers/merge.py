"""Procedures that are one: the same way of handling for the same cases, under two names. Knows no store.

Two procedures are joined only where their cases cannot be told apart *and* their steps agree, at an operating point
that docs/design/050 measures. One of the two alone is what makes unrelated things retire each other.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from telltale.memory.facets import find_facets
from telltale.memory.profiles import parts_of
from telltale.memory.text import words
from telltale.memory.types import Case, Episode, Outcome, Procedure, Profile

from .procedures import form_of, names_by_key

TellApart = Callable[[Case, Case], float]

AGREE = 0.8  # least likeness of two orders of tools: one tool more or less in four
AGREE_ANSWERS = 0.97  # of two answers: a statement of forty words that differs in two is another statement
APART = 0.4  # most that the cases of the two may be told apart, in [0, 1]: an area under the curve of 0.7
LEAST_CASES = 4  # of either: three cases hardly show whether others could be told apart
LEAST_REPEATED = 8  # where they differ in nothing but how often: two refunds are no longer way to one refund
STRICT_AGREE, STRICT_APART, STRICT_CASES = 1.0, 0.1, 20  # where people gave both a name of its own
_SAMPLE = 40  # cases of a procedure that are looked at
_PAIRED = 6  # of them, in pairs
_CHOSEN = frozenset(("choice", "context", "count", "error_code", "file_type", "form", "negation", "version"))
_MOST_COUNTED = 6  # values of one kind of fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Two procedures whose steps have something in common, and how far both criteria go."""

    first: str
    second: str
    agree: float  # of their steps, in [0, 1]
    apart: float  # how surely their cases are told apart, in [0, 1]; 0 is by chance
    given: bool  # both names were given by the caller
    merges: bool  # at the operating point


def alike(
    procedures: Iterable[Procedure], episodes: Iterable[Episode], tell_apart: TellApart, *, least: float = 0.5
) -> list[Alike]:
    """Every pair of procedures whose steps agree by ``least`` or more, least apart first: what an operating point is
    chosen from. Only procedures with :data:`LEAST_CASES` successes on different tasks are compared."""
    ways = [way for way in _ways(procedures, episodes) if len(way.seen) >= LEAST_CASES]
    return sorted(_pairs(ways, tell_apart, least), key=_surest)


def join(procedures: Sequence[Procedure], episodes: Iterable[Episode], tell_apart: TellApart) -> list[Procedure]:
    """``procedures`` with those that are one joined, sorted by name; in whatever order they come.

    The surest pair is joined first, and what it has become is compared anew, until no pair is left (agglomerative
    clustering). A joined procedure is called by the name that a person gave, else by that of the larger, and names the
    others in ``merged``. All keys and counts are kept.

    Args:
        tell_apart: how surely two cases need different handling, in [0, 1].
    """
    every = {way.procedure.name: way for way in _ways(procedures, episodes)}
    compared = {name: way for name, way in every.items() if len(way.seen) >= LEAST_CASES}
    pairs = [pair for pair in _pairs([*compared.values()], tell_apart, AGREE) if pair.merges]
    while pairs:
        best = min(pairs, key=_surest)
        one = _joined(compared.pop(best.first), compared.pop(best.second))
        gone = {best.first, best.second}
        pairs = [pair for pair in pairs if not gone & {pair.first, pair.second}]
        made = (_compared(one, other, tell_apart, AGREE) for other in compared.values())
        pairs += [pair for pair in made if pair and pair.merges]
        compared[one.procedure.name] = one
        for name in gone:
            every.pop(name)
        every[one.procedure.name] = one
    return sorted((way.procedure for way in every.values()), key=lambda procedure: procedure.name)


def separable(first: Sequence[frozenset[str]], second: Sequence[frozenset[str]]) -> float:
    """How well two groups of cases are told apart by what stands in them, in [0, 1]; 0 is no better than chance.

    Each case is scored by naive Bayes over all *other* cases, with half a case of doubt; the score is ``2 AUC - 1`` of
    those scores (Hanley & McNeil 1982), never below 0.
    """
    often = Counter(name for case in (*first, *second) for name in case)
    numbers = {name for name, count in often.items() if count == 1 and any(map(str.isdigit, name))}  # an order's own
    names = sorted(often.keys() - numbers)
    if not names:
        return 0.0
    place = {name: at for at, name in enumerate(names)}
    one, other = _matrix(first, place), _matrix(second, place)
    ours, theirs = _log_odds(one, other), -_log_odds(other, one)
    above = (ours[:, None] > theirs[None, :]).mean() + 0.5 * (ours[:, None] == theirs[None, :]).mean()
    return max(0.0, 2.0 * float(above) - 1.0)


def told(case: Case) -> frozenset[str]:
    """What stands in a case: its words, its choices, and how many values it has of every kind of fact."""
    facets = {(facet.kind, facet.value) for facet in find_facets(case)}
    many = Counter(kind.partition(":")[0] if kind.startswith("identifier") else kind for kind, _ in facets)
    found = {f"word {word}" for word in words(case.text)}
    found |= {f"{kind} is {value}" for kind, value in facets if kind.partition(":")[0] in _CHOSEN}
    found |= {f"{n} of {kind}" for kind, count in many.items() for n in range(1, min(count, _MOST_COUNTED) + 1)}
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One successful run, as far as it is compared."""

    mark: bytes  # a hash of its task, by which a sample is drawn
    case: Case
    told: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A procedure, with what it is compared by."""

    procedure: Procedure
    given: bool
    answers: bool
    seen: tuple[_Seen, ...]  # successes on different tasks, a sample by their marks
    orders: Mapping[tuple[str, ...], int]  # tools in their order, or the words of an answer -> runs

    @property
    def order(self) -> tuple[str, ...]:
        """The order of most runs."""
        return min(self.orders, key=lambda order: (-self.orders[order], order), default=())


def _ways(procedures: Iterable[Procedure], episodes: Iterable[Episode]) -> list[_Way]:
    known = sorted(procedures, key=lambda procedure: procedure.name)
    name_of = names_by_key(known)
    runs: dict[str, dict[bytes, Episode]] = {procedure.name: {} for procedure in known}
    given: set[str] = set()
    for run in episodes:
        name = name_of.get(run.key, "")
        given |= {name} if run.label else set()
        if name and run.outcome is Outcome.SUCCESS:
            mark = hashlib.blake2b(repr((run.text, run.context)).encode("utf-8", "replace"), digest_size=8).digest()
            there = runs[name].setdefault(mark, run)
            runs[name][mark] = min(there, run, key=lambda one: one.id)
    return [_way(one, runs[one.name], one.name in given) for one in known]


def _way(procedure: Procedure, runs: Mapping[bytes, Episode], given: bool) -> _Way:
    answers = sum(not run.steps for run in runs.values()) * 2 > len(runs)
    orders = Counter(_order(run) for run in runs.values() if (not run.steps) == answers)
    sample = [(mark, runs[mark].case) for mark in sorted(runs)[:_SAMPLE]]
    seen = tuple(_Seen(mark=mark, case=case, told=told(case)) for mark, case in sample)
    return _Way(procedure=procedure, given=given, answers=answers, seen=seen, orders=orders)


def _order(run: Episode) -> tuple[str, ...]:
    if not run.steps:
        return tuple(form_of(run.answer, run.text).split())
    return tuple(name for part in run.signature.split(">") for name in parts_of(part))


def _pairs(ways: Sequence[_Way], tell_apart: TellApart, least: float) -> list[Alike]:
    found = (_compared(one, other, tell_apart, least) for one, other in itertools.combinations(ways, 2))
    return [pair for pair in found if pair]


def _compared(one: _Way, other: _Way, tell_apart: TellApart, least: float) -> Alike | None:
    """How the two compare; None where their steps agree by less than ``least``."""
    one, other = sorted((one, other), key=lambda way: way.procedure.name)
    agree = _agreement(one, other, least)
    if agree < least:
        return None
    apart = separable([run.told for run in one.seen], [run.told for run in other.seen])
    if apart <= APART:  # the dearer question, where the answer can matter
        apart = max(apart, _apart(one.seen, other.seen, tell_apart))
    given, cases = one.given and other.given, min(len(one.seen), len(other.seen))
    if given:
        merges = agree >= STRICT_AGREE and apart <= STRICT_APART and cases >= STRICT_CASES
    else:
        enough = cases >= (LEAST_REPEATED if agree == 1.0 and not one.answers else LEAST_CASES)
        merges = agree >= (AGREE_ANSWERS if one.answers else AGREE) and apart <= APART and enough
    names = one.procedure.name, other.procedure.name
    return Alike(first=names[0], second=names[1], agree=agree, apart=apart, given=given, merges=merges)


def _agreement(one: _Way, other: _Way, least: float) -> float:
    """How much of the two orders is the same, in the same order (Ratcliff & Metzener 1988)."""
    ours, theirs = one.order, other.order
    if one.answers != other.answers or not ours or not theirs:
        return 0.0
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()


def _apart(first: Sequence[_Seen], second: Sequence[_Seen], tell_apart: TellApart) -> float:
    """How much more surely pairs across the two are told apart than pairs within them, in [0, 1]."""
    one, other = [run.case for run in first[:_PAIRED]], [run.case for run in second[:_PAIRED]]
    across = [tell_apart(a, b) for a in one for b in other]
    within = [tell_apart(a, b) for side in (one, other) for a, b in itertools.combinations(side, 2)]
    return max(0.0, sum(across) / len(across) - sum(within) / max(len(within), 1))


def _joined(one: _Way, other: _Way) -> _Way:
    big, small = sorted((one, other), key=lambda way: (not way.given, -way.procedure.successes, way.procedure.name))
    seen = {run.mark: run for way in (small, big) for run in way.seen}
    return _Way(
        procedure=_one_procedure(big.procedure, small.procedure),
        given=big.given or small.given,
        answers=big.answers,
        seen=tuple(seen[mark] for mark in sorted(seen)[:_SAMPLE]),
        orders=Counter(big.orders) + Counter(small.orders),
    )


def _one_procedure(big: Procedure, small: Procedure) -> Procedure:
    weights = [max(one.successes or one.episodes - one.failures, 1) for one in (big, small)]
    parts = {name: 0.0 for one in (big, small) for name in one.profile.parts}
    for one, weight in zip((big, small), weights, strict=True):
        for name, count in one.profile.parts.items():
            parts[name] += count * weight / sum(weights)
    return replace(
        big,
        keys=tuple(sorted({*big.keys, *small.keys})),
        merged=tuple(sorted({*big.merged, small.name, *small.merged})),
        profile=Profile(parts=dict(sorted(parts.items()))),
        episodes=big.episodes + small.episodes,
        successes=big.successes + small.successes,
        failures=big.failures + small.failures,
    )


def _surest(pair: Alike) -> tuple[float, float, str, str]:
    return pair.apart, -pair.agree, pair.first, pair.second


def _matrix(cases: Sequence[frozenset[str]], place: Mapping[str, int]) -> NDArray[np.float64]:
    found = np.zeros((len(cases), len(place)))
    for row, case in enumerate(cases):
        found[row, [place[name] for name in case if name in place]] = 1.0
    return found


def _log_odds(own: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each row of ``own``, the log-odds that it belongs there, judged by all other rows."""
    ours = (own.sum(axis=0) - own + 0.5) / len(own)  # the row itself left out
    theirs = (other.sum(axis=0) + 0.5) / (len(other) + 1)
    there, absent = np.log(ours / theirs), np.log((1 - ours) / (1 - theirs))
    scores: NDArray[np.float64] = np.where(own > 0, there, absent).sum(axis=1)
    return scores
