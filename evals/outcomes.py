"""What became of each query, small enough to be kept in a results file, so that two results can be paired later.

A letter a query says what the strategy did: R right, M misled though something applied, X misled where nothing did,
A abstained though something applied, N abstained where nothing did. Beside it stand whether its best candidate is right
(1 or 0) and the place of that one's score among all scores (0 is best, equal scores share one, - is no candidate).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from .answers import Judged
from .curve import Bools, Floats

LETTERS = "RMXAN"
Packed = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """A strategy's queries, ``(n,)`` each, in the order of the sample."""

    right: Bools
    misled: Bools
    has_match: Bools
    best_right: Bools
    score: Floats  # falls with the place; -inf: no candidate

    @property
    def answered(self) -> Bools:
        """Whether it showed anything."""
        return np.asarray(self.right | self.misled)

    def first(self, many: int) -> Outcomes:
        """The first so many queries alone."""
        return Outcomes(**{field.name: getattr(self, field.name)[:many] for field in fields(self)})


def outcomes(judged: Judged) -> Outcomes:
    """Judged answers as outcomes."""
    return Outcomes(
        right=judged.right,
        misled=judged.answered & ~judged.right,
        has_match=judged.has_match,
        best_right=judged.best_right,
        score=judged.score,
    )


def packed(told: Outcomes) -> dict[str, str]:
    """Three strings: ``outcome``, a letter a query; ``best``, a digit a query; ``place``, numbers with spaces."""
    places = np.unique(-told.score, return_inverse=True)[1].reshape(-1)
    kinds = [told.right, told.misled & told.has_match, told.misled, told.has_match]
    letters = np.array(list(LETTERS))[np.select(kinds, range(len(kinds)), len(kinds))]
    return {
        "outcome": "".join(letters.tolist()),
        "best": "".join("01"[int(right)] for right in told.best_right),
        "place": " ".join(
            str(place) if score > -math.inf else "-" for place, score in zip(places, told.score, strict=True)
        ),
    }


def unpacked(packed: Packed) -> Outcomes:
    """The outcomes that ``packed`` holds; raises ``ValueError`` for strings that do not fit one another."""
    letters = np.array(list(packed["outcome"]), dtype="<U1")
    places = packed["place"].split()
    if not len(letters) == len(packed["best"]) == len(places) or not np.isin(letters, list(LETTERS)).all():
        raise ValueError("the outcomes of its queries do not fit one another")
    return Outcomes(
        right=letters == "R",
        misled=np.isin(letters, ["M", "X"]),
        has_match=np.isin(letters, ["R", "M", "A"]),
        best_right=np.array([digit == "1" for digit in packed["best"]], dtype=np.bool_),
        score=np.array([-math.inf if place == "-" else -float(place) for place in places], dtype=np.float64),
    )
