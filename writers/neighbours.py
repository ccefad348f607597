"""What sets a procedure apart from its look-alikes: what held in its successes and not in theirs, and the other way.

Counted from all tasks of both, beside the few pairs that were stored as look-alikes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log
from typing import NamedTuple

from telltale.memory.types import Boundary, Case, Condition, LookAlike

from .facts import CHANCE, Telltale, fisher, sort_of, telling
from .reading import CHOSEN, Fact
from .telling import Wording, boundary

TellApart = Callable[[Case, Case], float]

_NEAR = 6  # procedures that one is held against
_COMPARED = 15  # words of a procedure
_NEARLY_ALL = 0.95
_OFTEN = 0.25  # least share of the other procedure's tasks that a boundary is about
_THEIRS = 0.8  # least share of the tasks with it that were the other procedure's, both equally frequent
_FARTHER = 0.1  # what a boundary to the next nearest procedure is worth less
_PRECONDITIONS, _BOUNDARIES, _NAMED = 4, 5, 3


class Apart(NamedTuple):
    """A boundary to one other procedure, and how sure it is."""

    condition: Condition
    here: str  # the usual value on this side
    other: str
    sure: float


def nearest(
    procedure: str, wording: Wording, look_alikes: Iterable[LookAlike], taken_for: Mapping[str, int]
) -> list[str]:
    """The procedures that ``procedure`` is most easily taken for, at most six.

    First those whose tasks were handled by it and failed, then those of stored look-alikes, the most similar first,
    then those whose tasks are worded most like its own.

    Args:
        taken_for: procedures whose tasks were handled by this one, and failed, with how often.
    """
    alike: dict[str, float] = {}
    for pair in look_alikes:
        if procedure in (pair.first_procedure, pair.second_procedure):
            other = pair.second_procedure if pair.first_procedure == procedure else pair.first_procedure
            alike[other] = max(alike.get(other, 0.0), pair.similarity)
    known = [name for name in {*alike, *taken_for} if name != procedure and wording.tasks[name] > 0]
    known.sort(key=lambda name: (-taken_for.get(name, 0), -alike.get(name, 0.0), name))
    if len(known) < _NEAR:
        near = _worded_alike(procedure, wording)
        known += [name for name in near if name not in known]
    return known[:_NEAR]


def preconditions(procedure: str, others: Sequence[str], wording: Wording) -> tuple[Condition, ...]:
    """Facts that nearly all successes of ``procedure`` have and most of the ``others`` lack, surest first."""
    theirs: Counter[Fact] = Counter()
    for name in others:
        theirs.update(wording.facts[name])
    number = sum(wording.tasks[name] for name in others)
    kinds = {kind for kind, _ in theirs}
    own = wording.tasks[procedure]
    found = telling(wording.facts[procedure], own, theirs, number, least=_NEARLY_ALL)
    held = [each for each in found if each.fact[0] != "words" and 2 * each.there <= number]
    met = [each for each in held if not each.fact[0].startswith("result:") or each.fact[0] in kinds]
    return tuple(
        Condition(kind=each.fact[0], value=each.fact[1], seen=each.here, of=own)
        for each in _one_a_kind(met)[:_PRECONDITIONS]
    )


def boundaries(
    procedure: str,
    others: Sequence[str],
    wording: Wording,
    stored: Iterable[tuple[LookAlike, float]],
    use: Callable[[str], str],
) -> tuple[Boundary, ...]:
    """When another procedure is to be used instead, surest first; at most five, every other procedure once at first.

    Args:
        stored: look-alikes, each with how surely its cases are told apart.
        use: what a procedure is called.
    """
    found = [each for other in others for each in _mined(procedure, other, wording)]
    found += [
        apart for pair, sure in stored for apart in _of_pair(procedure, pair, sure, wording) if apart.other in others
    ]
    closeness = {name: 1 - _FARTHER * at for at, name in enumerate(others)}
    found = [each._replace(sure=each.sure * closeness[each.other]) for each in found]
    best: dict[tuple[str, str], Apart] = {}
    for each in sorted(found, key=lambda each: (-each.sure, each.other, each.condition.value)):
        best.setdefault((each.other, each.condition.kind), each)
    told: dict[tuple[str, str, bool], list[Apart]] = {}
    for each in best.values():
        told.setdefault((each.condition.kind, each.condition.value, each.condition.holds), []).append(each)
    groups = sorted(told.values(), key=lambda group: (-group[0].sure, group[0].other, group[0].condition.value))
    return tuple(
        boundary(
            group[0].condition, group[0].here, group[0].other, " or ".join(use(each.other) for each in group[:_NAMED])
        )
        for group in _spread(groups, others)[:_BOUNDARIES]
    )


def _mined(procedure: str, other: str, wording: Wording) -> list[Apart]:
    """What the other procedure's tasks have and those of this one lack."""
    ours, theirs = wording.facts[procedure], wording.facts[other]
    own, number = wording.tasks[procedure], wording.tasks[other]
    kinds = {kind for kind, _ in ours}
    found = telling(theirs, number, ours, own, least=_OFTEN)
    sure = [
        each
        for each in found
        if each.here / number >= _THEIRS * (each.here / number + each.there / own)
        and (not each.fact[0].startswith("result:") or each.fact[0] in kinds)
    ]
    return [
        Apart(
            Condition(kind=each.fact[0], value=each.fact[1], seen=each.here, of=each.here + each.there),
            _usual(each.fact, ours, own),
            other,
            (1 - each.chance) * each.here / (each.here + each.there) - 0.05 * sort_of(each.fact),
        )
        for each in _one_a_kind(sure)
    ]


def _of_pair(procedure: str, pair: LookAlike, sure: float, wording: Wording) -> list[Apart]:
    """What the difference of one stored pair says, as far as the tasks of both procedures bear it out."""
    difference = pair.difference
    if difference is None or difference.weight <= 0:
        return []
    here, there, other = difference.case_value, difference.candidate_value, pair.second_procedure
    if procedure != pair.first_procedure:
        here, there, other = there, here, pair.first_procedure
    family = difference.kind.partition(":")[0]
    if there and here and family not in CHOSEN and family != "words":
        return []  # one order number rather than another is no boundary
    if family in CHOSEN and not there:
        return []  # that nothing of the sort is said tells little
    values = (there or here).split() if family == "words" else [there]
    counted = [_counted((difference.kind, value), bool(there), procedure, other, wording) for value in values]
    best = max(filter(None, counted), key=lambda each: (each.seen / each.of, each.seen), default=None)
    if best is None:
        return []
    told = here if there and family != "words" else ""
    return [Apart(best, told, other, min(sure, 0.999) * best.seen / best.of)]


def _counted(fact: Fact, holds: bool, procedure: str, other: str, wording: Wording) -> Condition | None:
    """The condition with the tasks of the other procedure that it is true of, of those of both; None where not most."""
    number, own = wording.tasks[other], wording.tasks[procedure]
    seen, against = (_having(fact, name, wording) for name in (other, procedure))
    if not holds:
        seen, against = number - seen, own - against
    theirs = number and own and seen / number >= _THEIRS * (seen / number + against / own)
    if not theirs or fisher(seen, number, against, own) > CHANCE:
        return None
    return Condition(kind=fact[0], value=fact[1], holds=holds, seen=seen, of=seen + against)


def _having(fact: Fact, procedure: str, wording: Wording) -> int:
    found = wording.facts.get(procedure, Counter[Fact]())
    return min(found[fact[0], value] for value in (fact[1].split(", ") if fact[0] != "words" else [fact[1]]))


def _usual(fact: Fact, ours: Mapping[Fact, int], own: int) -> str:
    """The value of the same kind that most of our tasks have."""
    kind, value = fact
    if kind == "words" or not value:
        return ""
    count, usual = max(
        ((count, other) for (name, other), count in ours.items() if name == kind and other), default=(0, "")
    )
    return usual if 2 * count >= own and usual != value else ""


def _one_a_kind(found: Iterable[Telltale]) -> list[Telltale]:
    best: dict[str, Telltale] = {}
    for each in sorted(found, key=lambda each: (sort_of(each.fact), each.chance, each.fact)):
        best.setdefault(each.fact[0], each)
    kinds = {each.fact[0] for each in best.values() if each.fact[1]}
    return [each for each in best.values() if each.fact[1] or each.fact[0] not in kinds]


def _spread(groups: Sequence[list[Apart]], others: Sequence[str]) -> list[list[Apart]]:
    """Every other procedure's first group before any's second, the nearest procedures' first; else in their order."""
    met: Counter[str] = Counter()
    ranked = []
    for at, group in enumerate(groups):
        first = min(group, key=lambda each: (met[each.other], others.index(each.other)))
        ranked.append((met[first.other], others.index(first.other), at))
        met.update({each.other for each in group})
    return [groups[at] for _, _, at in sorted(ranked)]


def _worded_alike(procedure: str, wording: Wording) -> list[str]:
    """Other procedures by the words that their tasks share with ours, rare words counting more."""
    total, own = wording.tasks.total(), wording.tasks[procedure]
    ours = wording.facts[procedure]
    weight = {
        fact: count / own * log(1 + total / wording.everywhere[fact])
        for fact, count in ours.items()
        if fact[0] == "words"
    }
    compared = sorted(weight, key=lambda fact: (-weight[fact], fact))[:_COMPARED]
    scores: dict[str, float] = {}
    for name, theirs in wording.facts.items():
        shared = [fact for fact in compared if fact in theirs] if name != procedure else []
        if shared:
            scores[name] = sum(weight[fact] * theirs[fact] for fact in shared) / wording.tasks[name]
    return sorted(scores, key=lambda name: (-scores[name], name))[:_NEAR]
