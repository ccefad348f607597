"""Two cases side by side: what they share, what separates them, and what past pairs say of such differences.

Arithmetic only. Sets no threshold and decides nothing; fitting and deciding are the readers' business.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from .facets import find_facets
from .types import Case, Difference, Facet

Counts = tuple[int, int]  # pairs that differ, and how many of those were handled differently
ValuePair = tuple[str, str, str]  # kind, and the two values in sorted order

_Key = TypeVar("_Key")

_SEEN_ENOUGH = 5  # pairs of the same two values, before they speak for themselves
_DOUBT = 2.0  # pseudo-count, in pairs that went against expectation
_DOUBT_OF_VALUES = 4.0  # the same for one pair of values: there are many, and some stand out by chance
_SHOWN = 40  # characters of a value
_STRONGEST = 3  # differences that count together


def differences(case_facets: Iterable[Facet], candidate_facets: Iterable[Facet]) -> tuple[Difference, ...]:
    """What separates case and candidate: one unweighed difference for every kind of fact whose values are not equal.

    Sorted by kind. Several values of a kind are sorted and joined with commas; a side that has none is empty.
    """
    ours, theirs = _joined(case_facets), _joined(candidate_facets)
    return tuple(
        Difference(kind=kind, case_value=case_value, candidate_value=candidate_value)
        for kind, case_value, candidate_value in _differing(ours, theirs)
    )


def shared(case_facets: Iterable[Facet], candidate_facets: Iterable[Facet]) -> tuple[Facet, ...]:
    """The facts of the case that the candidate has too, with the case's spans and in the case's order."""
    theirs = {(facet.kind, facet.value) for facet in candidate_facets}
    return tuple(facet for facet in case_facets if (facet.kind, facet.value) in theirs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What pairs of past cases say about differences: how often those that differ were handled differently.

    Plain counts: independent of the order of the pairs.
    """

    pairs: int = 0
    otherwise: int = 0  # of all pairs, how many were handled differently
    kinds: Mapping[str, Counts] = field(default_factory=dict)
    values: Mapping[ValuePair, Counts] = field(default_factory=dict)  # only those seen twice or more

    @property
    def base_rate(self) -> float:
        """The share of all pairs that were handled differently, from one half as long as nothing is known."""
        return (self.otherwise + 1) / (self.pairs + 2)

    def weight(self, kind: str) -> float:
        """How strongly a difference in ``kind`` tells cases apart, in [-1, 1]; 0 for a kind never seen to differ.

        With n pairs that differ, k of them handled differently, and the base rate b, it is the surplus over what
        chance would give, relative to the largest there could be and shrunk towards 0 by a pseudo-count of 2:
        ``(k - n b) / (n (1 - b) + 2)`` above the base rate, ``(k - n b) / (n b + 2)`` below it. A kind that always
        mattered comes near 1, one that never did is negative, one that differs in every pair (a name) is near 0.
        """
        return self._surplus(self.kinds.get(kind, (0, 0)), prior=0.0, doubt=_DOUBT)

    def weight_of(self, kind: str, a: str, b: str) -> float | None:
        """How strongly these two values of a kind tell cases apart; None where they were seen together too rarely."""
        own = self.values.get(_pair(kind, a, b), (0, 0))
        if own[0] < _SEEN_ENOUGH:
            return None
        return self._surplus(own, prior=self.weight(kind), doubt=_DOUBT_OF_VALUES)

    def weigh(self, found: Iterable[Difference]) -> tuple[Difference, ...]:
        """The differences with weight and evidence, most telling first.

        Two values that were seen against each other five times or more are weighed by their own pairs, with the
        kind's weight as the prior, worth a pseudo-count of 4; otherwise the kind speaks.
        """
        weighed = (self._weighed(difference) for difference in found)
        return tuple(sorted(weighed, key=lambda d: (-d.weight, d.kind, d.case_value, d.candidate_value)))

    def to_json(self) -> dict[str, Any]:
        """The counts as a value that JSON can hold, sorted."""
        return {
            "pairs": self.pairs,
            "otherwise": self.otherwise,
            "kinds": [[kind, *counts] for kind, counts in sorted(self.kinds.items())],
            "values": [[*values, *counts] for values, counts in sorted(self.values.items())],
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Evidence:
        """The evidence that ``to_json`` wrote."""
        return Evidence(
            pairs=data["pairs"],
            otherwise=data["otherwise"],
            kinds={kind: (differed, otherwise) for kind, differed, otherwise in data["kinds"]},
            values={(kind, a, b): (differed, otherwise) for kind, a, b, differed, otherwise in data["values"]},
        )

    def _surplus(self, counts: Counts, *, prior: float, doubt: float) -> float:
        differed, otherwise = counts
        surplus = otherwise - differed * self.base_rate
        largest = differed * (1 - self.base_rate if surplus > 0 else self.base_rate)
        return (surplus + doubt * prior) / (largest + doubt)

    def _weighed(self, difference: Difference) -> Difference:
        counts, weight = self.kinds.get(difference.kind, (0, 0)), self.weight(difference.kind)
        name, values = kind_name(difference.kind), (difference.case_value, difference.candidate_value)
        against = f"that differ in {name}"
        own = self.values.get(_pair(difference.kind, *values), (0, 0))
        known = self.weight_of(difference.kind, *values)
        if known is not None:
            counts, weight = own, known
            against = "with " + " against ".join(value[:_SHOWN] or f"no {name}" for value in values)
        told = f"{counts[1]} of {counts[0]} past pairs {against} were handled differently" if counts[0] else ""
        return replace(difference, weight=weight, evidence=told, differed=counts[0], otherwise=counts[1])


def differing(first: Iterable[Facet], second: Iterable[Facet]) -> tuple[ValuePair, ...]:
    """The kinds of fact in which two cases differ, by kind, each with the two values, an empty one for none."""
    return tuple(_differing(_joined(first), _joined(second)))


def count_evidence(pairs: Iterable[tuple[Sequence[Facet], Sequence[Facet], bool]]) -> Evidence:
    """The evidence of ``(facets of one case, facets of another, whether their procedure is the same)``."""
    return count_differing((differing(first, second), same) for first, second, same in pairs)


def count_differing(pairs: Iterable[tuple[Iterable[ValuePair], bool]]) -> Evidence:
    """The same of ``(what two cases differ in, whether their procedure is the same)``, as ``differing`` gives it."""
    seen: Counter[str] = Counter()
    kinds: Counter[tuple[str, bool]] = Counter()
    values: Counter[tuple[ValuePair, bool]] = Counter()
    for found, same in pairs:
        seen.update(("pairs",) if same else ("pairs", "otherwise"))
        for kind, a, b in found:
            kinds[kind, same] += 1
            values[_pair(kind, a, b), same] += 1
    counted = _counts(values)
    return Evidence(
        pairs=seen["pairs"],
        otherwise=seen["otherwise"],
        kinds=_counts(kinds),
        values={pair: counts for pair, counts in counted.items() if counts[0] > 1},
    )


def tell_apart(case_a: Case, case_b: Case, weights: Evidence) -> float:
    """How surely two cases need different handling, in [0, 1], judged by what separates them.

    The three strongest differences count together as independent reasons: ``1 - product(1 - weight)``.
    """
    weighed = weights.weigh(differences(find_facets(case_a), find_facets(case_b)))
    return 1.0 - math.prod(1.0 - max(difference.weight, 0.0) for difference in weighed[:_STRONGEST])


def kind_name(kind: str) -> str:
    """A kind of fact as people say it.

    >>> kind_name("choice:payment"), kind_name("context:order.channel"), kind_name("identifier:order")
    ('payment', 'order.channel', 'order identifier')
    """
    family, _, name = kind.partition(":")
    if not name or family in ("choice", "context"):
        return name or family.replace("_", " ")
    return f"{name} {family}"


def _joined(facets: Iterable[Facet]) -> dict[str, str]:
    """The values of every kind, sorted and joined."""
    by_kind: dict[str, str | set[str]] = {}
    for facet in facets:
        before = by_kind.setdefault(facet.kind, facet.value)
        if isinstance(before, set):
            before.add(facet.value)
        elif before != facet.value:
            by_kind[facet.kind] = {before, facet.value}
    return {kind: value if isinstance(value, str) else ", ".join(sorted(value)) for kind, value in by_kind.items()}


def _differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for kind in sorted(ours.keys() | theirs.keys()):
        a, b = ours.get(kind, ""), theirs.get(kind, "")
        if a != b:
            yield kind, a, b


def _pair(kind: str, a: str, b: str) -> ValuePair:
    return (kind, a, b) if a <= b else (kind, b, a)


def _counts(counted: Counter[tuple[_Key, bool]]) -> dict[_Key, Counts]:
    keys = {key for key, _ in counted}
    return {key: (counted[key, True] + counted[key, False], counted[key, False]) for key in keys}
