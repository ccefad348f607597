"""One look-alike worth telling: it led the unguarded agent astray, and telltale refused it for a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from telltale.memory.types import Difference, Verdict

from .desk import Run
from .loop import NEAREST, Played

FREE = {"words", "step"}  # kinds of difference that say less to a reader than a typed fact does


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The ticket as the nearest neighbour's agent ran it, the memory it followed, and what gave that memory away."""

    run: Run
    refused: Verdict
    difference: Difference


def most_telling(played: Sequence[Played]) -> Telling | None:
    """Of all look-alikes that telltale refused while the nearest neighbour was misled, the one told apart best.

    A difference in a typed fact goes before one in words, then the heavier goes first; ``None`` where there is none.
    """
    found = [telling for one in played for telling in _tellings(one)]
    return max(found, key=lambda one: (one.difference.kind not in FREE, one.difference.weight), default=None)


def _tellings(one: Played) -> list[Telling]:
    return [
        Telling(run=run, refused=refused, difference=refused.differences[0])
        for run, recall in zip(one.runs[NEAREST], one.recalls, strict=True)
        if run.misled
        for refused in recall.refused
        if refused.differences and refused.candidate.id == run.example
    ]
