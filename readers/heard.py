"""What feedback says before any refit: of cases that were asked before, and of where the bar should be.

Kept in memory per open tenant. A recall pays one product with the cases that were spoken of. Fits nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from telltale.memory.contrast import Evidence, differences
from telltale.memory.types import Facet

from .adapt import Level
from .terms import Floats

NEAR = 0.9  # cosine from which on a case is one that was asked before, by degrees up to 1
NEAREST = 8  # cases asked before that are compared with the one at hand
TOLD = 4.0  # the log-odds, for and against, that a word on this very case stands for
MATTERS = 0.2  # weight of a difference that makes it another case
HARMLESS = 0.05  # weight of a difference that does not, once it was seen SEEN times
SEEN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Somebody's word on a procedure for a case like the one at hand."""

    nearness: float  # in (0, 1]; 1: this very case
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The labelled cases, oldest first, and the level that the bar is set for."""

    level: Level = field(default_factory=Level)
    vectors: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))  # (n, dim) unit
    facets: Sequence[tuple[Facet, ...]] = ()
    keys: Sequence[str] = ()  # of the labelled memories
    right: Sequence[bool] = ()

    def words(
        self, vector: Floats, facets: Sequence[Facet], names: Mapping[str, str], known: Evidence
    ) -> dict[str, Word]:
        """What was said of procedures for cases like this one, by procedure: the nearest case's word, then the newest.

        A difference that calls for another procedure makes it another case. Praise carries over less far than blame:
        only where no difference is left of which the memory does not know that it never mattered.
        """
        if not len(self.keys):
            return {}
        alike = np.vecdot(self.vectors, vector)
        near = np.nonzero(alike > NEAR)[0]
        near = near[np.argsort(alike[near], kind="stable")][-NEAREST:]
        found: dict[str, Word] = {}
        for row in near.tolist():
            if self._same(facets, row, known):
                nearness = min(1.0, (float(alike[row]) - NEAR) / (1.0 - NEAR) + 1e-4)
                found[names.get(self.keys[row], self.keys[row])] = Word(nearness=nearness, right=self.right[row])
        return found

    def _same(self, facets: Sequence[Facet], row: int, known: Evidence) -> bool:
        apart = known.weigh(differences(facets, self.facets[row]))
        if not self.right[row]:
            return all(difference.weight < MATTERS for difference in apart)
        return all(difference.weight < HARMLESS and difference.differed >= SEEN for difference in apart)


def moved(probability: Floats, procedures: Sequence[str], words: Mapping[str, Word]) -> Floats:
    """The probabilities after ``words`` on the procedures: as near as the case is, the word stands for the estimate.

    Blame never raises and praise never lowers.
    """
    if not words:
        return probability
    changed = probability.astype(np.float64)
    for row, name in enumerate(procedures):
        if name in words:
            word = words[name]
            odds = np.log(changed[row]) - np.log1p(-changed[row])
            told = (1.0 - word.nearness) * odds + word.nearness * (TOLD if word.right else -TOLD)
            if (told > odds) == word.right:
                changed[row] = 1.0 / (1.0 + np.exp(-told))
    return changed
