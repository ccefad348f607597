"""One look-alike worth telling: it led the unguarded agent astray, and telltale refused it for a difference."""

from __future__ import annotations

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


def most_telling(one: Played) -> Telling | None:
    """Of all look-alikes that misled the nearest neighbour to a wrong end and that telltale refused, the best told.

    A look-alike is of the ticket's own family. A difference in a typed fact goes before one in words, then the heavier
    goes first; ``None`` where there is none.
    """
    return max(
        _tellings(one), key=lambda told: (told.difference.kind not in FREE, told.difference.weight), default=None
    )


def _tellings(one: Played) -> list[Telling]:
    return [
        Telling(run=run, refused=refused, difference=refused.differences[0])
        for run, recall in zip(one.runs[NEAREST], one.recalls, strict=True)
        if run.misled and not run.abandoned and one.origins[run.example].family == run.ticket.family
        for refused in recall.refused
        if refused.differences and refused.candidate.id == run.example
    ]
