"""What a strategy answers, and whether it was right: the only place where answers and truths meet.

Knows nothing of stores, of strategies, or of what the figures are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .cases import Truth
from .curve import Bools, Floats, Ints

DEPTHS = (10, 50, 100)  # of gathering


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A past episode that a strategy names for a case: its procedure, its score there, and whether it failed."""

    id: str
    procedure: str
    score: float
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a strategy says to one case. ``gathered`` and ``tokens`` are ``None`` where it has no such thing."""

    ranked: tuple[Pick, ...] = ()  # best first; the first one's score places the case on the curve
    admitted: tuple[Pick, ...] = ()  # best first; empty: it abstains
    gathered: tuple[Pick, ...] | None = None  # the up to 100 that its first stage found, best first
    tokens: int | None = None
    seconds: float = 0.0
    cost: float | None = None  # US dollars that a model was paid for it; None: no model was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Answers against truths, one row a query, shape ``(n,)`` each."""

    score: Floats  # of the best candidate; -inf: none
    best_right: Bools
    answered: Bools
    right: Bools  # the first admitted is right
    admitted: Ints
    wrong: Ints  # of the admitted
    has_match: Bools
    found: Mapping[int, Bools] | None  # a right one is among the first 10, 50, 100 gathered
    tokens: Floats | None
    seconds: Floats
    cost: Floats | None = None


def is_right(pick: Pick, truth: Truth) -> bool:
    """Whether following ``pick`` is what the case called for: a right plan, and no failure."""
    return pick.procedure in truth.plans and not pick.failed


def judge(answers: Sequence[Answer], truths: Sequence[Truth]) -> Judged:
    """Every answer held against its truth; both in the same order."""
    pairs = list(zip(answers, truths, strict=True))
    gathers = all(answer.gathered is not None for answer in answers)
    counts = all(answer.tokens is not None for answer in answers)
    pays = bool(answers) and all(answer.cost is not None for answer in answers)
    return Judged(
        score=np.array([a.ranked[0].score if a.ranked else -math.inf for a in answers], dtype=np.float64),
        best_right=_flags([any(is_right(p, t) for p in a.ranked[:1]) for a, t in pairs]),
        answered=_flags([bool(a.admitted) for a in answers]),
        right=_flags([any(is_right(p, t) for p in a.admitted[:1]) for a, t in pairs]),
        admitted=np.array([len(a.admitted) for a in answers], dtype=np.int64),
        wrong=np.array([sum(not is_right(p, t) for p in a.admitted) for a, t in pairs], dtype=np.int64),
        has_match=_flags([t.has_match for t in truths]),
        found={depth: _found(pairs, depth) for depth in DEPTHS} if gathers else None,
        tokens=np.array([a.tokens for a in answers], dtype=np.float64) if counts else None,
        seconds=np.array([a.seconds for a in answers], dtype=np.float64),
        cost=np.array([a.cost for a in answers], dtype=np.float64) if pays else None,
    )


def _found(pairs: Sequence[tuple[Answer, Truth]], depth: int) -> Bools:
    return _flags([any(is_right(p, t) for p in (a.gathered or ())[:depth]) for a, t in pairs])


def _flags(values: Sequence[bool]) -> Bools:
    return np.array(values, dtype=np.bool_)
