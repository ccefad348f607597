"""What was said of past recalls, as labelled pairs: this memory was right, or wrong, for that case.

Whoever labels (a caller's feedback, a model that was asked) says it in the same words, with a weight. Knows no table
and fits nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from telltale.memory.canonical import to_json
from telltale.memory.types import Case, Outcome

STATED = 4.0  # the weight of `helped` and `misled`: as much as four past pairs at the top of their lists
WEAK = {Outcome.SUCCESS: 0.5, Outcome.FAILURE: 0.25}  # that of `used` with how it ended: a run fails for many reasons
JUDGED = 1.0  # that of a model's word, which is sure of itself more often than right
MOST = 2_000  # newest pairs that are heeded


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPair:
    """Somebody's word on one memory for one case."""

    case: Case
    candidate: str  # the episode's id
    right: bool
    weight: float  # in past pairs at the top of their lists
    bar: float | None = None  # the probability from which on it was shown; None: it says nothing of what is shown

    @property
    def stated(self) -> bool:
        """Whether somebody said so outright, rather than that it follows from how a run ended."""
        return self.weight >= STATED


Heeded = dict[tuple[bytes, str], LabelledPair]  # by the case's name and the memory's id, oldest first


def heed(heeded: Heeded, pairs: Iterable[LabelledPair]) -> None:
    """Take ``pairs`` in: the last word counts, but what was stated is not unsaid by what only follows."""
    for pair in pairs:
        name = (name_of(pair.case), pair.candidate)
        before = heeded.get(name)
        if before is None or pair.stated or not before.stated:
            heeded.pop(name, None)
            heeded[name] = pair
    while len(heeded) > MOST:
        del heeded[next(iter(heeded))]


def pairs_in(row: Mapping[str, Any]) -> Iterator[LabelledPair]:
    """The pairs of one feedback row.

    ``helped`` and ``misled`` go before what follows from an outcome; a memory named in both misled. An outcome without
    ``used`` labels nothing, nor does one that is partial or unknown.
    """
    case = Case(text=row["text"], context=row["context"])
    stated = dict.fromkeys(row["helped"], True) | dict.fromkeys(row["misled"], False)
    for id_, right in stated.items():
        bar = row.get("threshold") if id_ in row["admitted"] else None
        yield LabelledPair(case=case, candidate=id_, right=right, weight=STATED, bar=bar)
    if row["outcome"] in WEAK:
        ended = Outcome(row["outcome"])
        for id_ in row["used"]:
            if id_ not in stated:
                yield LabelledPair(case=case, candidate=id_, right=ended is Outcome.SUCCESS, weight=WEAK[ended])


def name_of(case: Case) -> bytes:
    """Equal for equal cases."""
    return to_json([case.text, case.context])
