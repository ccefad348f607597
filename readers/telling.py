"""Structured differences as evidence: how surely what separates two cases called for different handling before.

The kinds of fact and pairs of values that were found telling (``memory.contrast.Evidence``), in a form that is weighed
for a whole neighbourhood at once. Which differences there are and what they mean is the memory room's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telltale.memory.contrast import Evidence
from telltale.memory.facets import fact_ids
from telltale.memory.text import TokenIds
from telltale.memory.types import Facet

from .terms import Floats, flattened

TELLING = 0.05  # a kind that weighs less never mattered here
MOST_KINDS = 32
NONE = np.uint32(0)  # stands for "no such fact" in a pair of values


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The telling kinds of fact, the facts of each, and the pairs of facts that weigh otherwise than their kind."""

    kinds: tuple[str, ...]
    weights: Floats  # (kinds,) in [0, 1]
    facts: TokenIds  # (f,) sorted, of telling kinds
    kind: NDArray[np.intp]  # (f,) the kind of each
    pairs: Mapping[tuple[int, int], float]  # the weight of two facts of a kind against each other, the smaller id first

    @staticmethod
    def of(evidence: Evidence, facets: Iterable[Facet]) -> Telling:
        """What ``evidence`` says of kinds and values; ``facets`` are all those that may be met."""
        known = sorted({(facet.kind, facet.value) for facet in facets})
        valued = {(kind, a, b): evidence.weight_of(kind, a, b) for kind, a, b in evidence.values}
        found = {pair: weight for pair, weight in valued.items() if weight is not None}
        strength = {kind: max(0.0, evidence.weight(kind)) for kind in evidence.kinds}
        most = dict(strength)
        for (kind, _, _), weight in found.items():
            most[kind] = max(most.get(kind, 0.0), weight)
        chosen = sorted((kind for kind in most if most[kind] >= TELLING), key=lambda kind: (-most[kind], kind))
        kinds = tuple(chosen[:MOST_KINDS])
        place = {kind: index for index, kind in enumerate(kinds)}
        told = [Facet(kind=kind, value=value) for kind, value in known if kind in place]
        ids = [int(fact_ids([facet])[0]) for facet in told]
        order = np.argsort(ids).astype(np.intp) if ids else np.zeros(0, np.intp)
        return Telling(
            kinds=kinds,
            weights=np.array([strength.get(kind, 0.0) for kind in kinds], np.float32),
            facts=np.array(ids, np.uint32)[order],
            kind=np.array([place[facet.kind] for facet in told], np.intp)[order],
            pairs={
                _pair(_id(kind, a), _id(kind, b)): max(0.0, weight)
                for (kind, a, b), weight in found.items()
                if kind in place
            },
        )

    def tell_apart(self, asked: TokenIds, rows: Sequence[TokenIds]) -> Floats:
        """How surely the case with the facts ``asked`` needs other handling than each of ``rows``, in [0, 1], (n,).

        Differences count together as independent reasons: ``1 - product(1 - weight)``.
        """
        apart = np.zeros(len(rows), np.float64)
        if not self.kinds:
            return apart.astype(np.float32)
        held, row = flattened(rows)
        kind_of_held = self._kind(held)
        known = kind_of_held >= 0
        held, row, kind_of_held = held[known], row[known], kind_of_held[known]
        ours = self._kind(asked)
        for kind in np.union1d(kind_of_held, ours[ours >= 0]).tolist():
            here = kind_of_held == kind
            mine = asked[ours == kind]
            apart += np.log1p(-np.minimum(self._against(kind, mine, held[here], row[here], len(rows)), 0.999))
        told: Floats = (1.0 - np.exp(apart)).astype(np.float32)
        return told

    def _against(
        self, kind: int, mine: TokenIds, theirs: TokenIds, row: NDArray[np.intp], count: int
    ) -> NDArray[np.float64]:
        """The weight of the difference in one kind, for each row; 0 where there is none."""
        shared = np.bincount(row, np.isin(theirs, mine), count)
        having = np.bincount(row, minlength=count)
        differs = (having != len(mine)) | (shared != having)
        weight = np.where(differs, float(self.weights[kind]), 0.0)
        if len(mine) <= 1 and self.pairs:
            own = int(mine[0]) if len(mine) else 0
            single = np.nonzero(differs & (having <= 1))[0]
            other = np.zeros(count, np.uint32)
            other[row] = theirs
            for at in single.tolist():
                found = self.pairs.get(_pair(own, int(other[at])))
                if found is not None:
                    weight[at] = found
        return weight

    def _kind(self, facts: TokenIds) -> NDArray[np.intp]:
        """The kind of each fact, -1 for one that is not telling."""
        if not len(self.facts):
            return np.full(len(facts), -1, np.intp)
        at = np.minimum(np.searchsorted(self.facts, facts), len(self.facts) - 1)
        return np.where(self.facts[at] == facts, self.kind[at], -1)


NOTHING_TELLING = Telling(
    kinds=(), weights=np.zeros(0, np.float32), facts=np.zeros(0, np.uint32), kind=np.zeros(0, np.intp), pairs={}
)


def _id(kind: str, value: str) -> int:
    return int(fact_ids([Facet(kind=kind, value=value)])[0]) if value else int(NONE)


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a <= b else (b, a)
