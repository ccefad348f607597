"""Past cases counted: how many that have a fact or a word were handled in which way, and whether that tells anything.

Copies count once. Knows no scores: what a fact does to a verdict is measured elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telltale.memory.text import TokenIds

from .neighbourhood import Neighbours
from .panel import Panel
from .terms import flattened

FOREIGN = 4  # cases handled in none of the known ways that rates are shrunk by, so that one known way is no certainty
TELLING = 2.0  # standard deviations from chance
SHARE = 0.25  # of the past cases that have it used another procedure, before that is named ...
ALONE = 2  # ... and at least so many, where there are more

Counts = NDArray[np.int_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Past cases that have something: how many, how many of them used the procedure in question, what others used."""

    cases: int
    used: int
    without: int  # past cases that do not have it ...
    used_without: int  # ... and how many of those used the procedure
    rival: str  # the other procedure that most of those that have it used, where it stands out; else empty
    rival_used: int
    surprise: float  # standard deviations by which ``used`` is above what chance would give; negative: below

    @property
    def speaks_for(self) -> bool:
        """Did cases that have it use the procedure more often than chance would have it?"""
        return self.surprise >= TELLING

    @property
    def speaks_against(self) -> bool:
        """Did they use it less often, or another one, which stands out, more often?"""
        return self.surprise <= -TELLING or self.rival_used > self.used

    @property
    def tells(self) -> bool:
        """Does it say anything?"""
        return self.speaks_for or self.speaks_against

    @property
    def strength(self) -> float:
        """How much it says, for choosing what to look at."""
        return abs(self.surprise) + self.rival_used / max(self.cases, 1)


class Past:
    """The past cases that a verdict rests on: the panel's and those around the case, copies once."""

    def __init__(self, panel: Panel, around: Neighbours) -> None:
        blocks = (panel.block, around.block)
        names = [*(panel.procedures[at] for at in panel.of.tolist()), *around.procedures]
        first = dict(reversed([(copy, row) for row, copy in enumerate(c for b in blocks for c in b.duplicates)]))
        rows = sorted(first.values())
        self.names, self._of = np.unique(np.array([names[row] for row in rows], dtype=object), return_inverse=True)
        tokens, facts = ([column for b in blocks for column in getattr(b, kind)] for kind in ("tokens", "facts"))
        self._tokens, self._facts = [tokens[row] for row in rows], [facts[row] for row in rows]
        self._all = np.bincount(self._of, minlength=len(self.names))

    def with_words(self, hashes: TokenIds, procedure: str) -> list[Count]:
        """How the past cases that have each word were handled, in the order of ``hashes``."""
        return self._counts(self._tokens, hashes, procedure)

    def with_facts(self, hashes: TokenIds, procedure: str) -> list[Count]:
        """How the past cases that have each fact were handled, in the order of ``hashes``."""
        return self._counts(self._facts, hashes, procedure)

    def _counts(self, rows: Sequence[TokenIds], hashes: TokenIds, procedure: str) -> list[Count]:
        flat, row = flattened(rows)
        wanted, back = np.unique(hashes, return_inverse=True)
        at = np.minimum(np.searchsorted(wanted, flat), max(len(wanted) - 1, 0))
        found = wanted[at] == flat if len(wanted) else np.zeros(len(flat), bool)
        held = np.zeros((len(wanted), len(self.names)), int)
        np.add.at(held, (at[found], self._of[row[found]]), 1)
        return [self._count(held[place], procedure) for place in back.tolist()]

    def _count(self, held: Counts, procedure: str) -> Count:
        """The count of what cases of each procedure hold so often; normal approximation with continuity correction."""
        cases, own = int(held.sum()), self.names == procedure
        usual = self._all / (self._all.sum() + FOREIGN)
        apart = held - cases * usual
        spread = np.sqrt(np.maximum(cases * usual * (1 - usual), 1e-9))
        surprise = np.sign(apart) * np.maximum(np.abs(apart) - 0.5, 0) / spread
        least = max(SHARE * cases, min(ALONE, cases))
        rivals = np.where(own | (surprise < TELLING) | (held < least), 0, held)
        rival, used = int(np.argmax(rivals)), int(held[own].sum())
        return Count(
            cases=cases,
            used=used,
            without=int(self._all.sum()) - cases,
            used_without=int(self._all[own].sum()) - used,
            rival=str(self.names[rival]) if rivals[rival] else "",
            rival_used=int(rivals[rival]),
            surprise=float(surprise[own].sum()),
        )
