"""What was said of past recalls, as labelled pairs: this memory was right, or wrong, for that case.

Whoever labels (a caller's feedback, a model that was asked) says it in the same words, with a weight. Knows no table
and fits nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telltale.memory.canonical import to_json
from telltale.memory.types import Case, Outcome

STATED = 4.0  # the weight of `helped` and `misled`: as much as four past pairs at the top of their lists
WEAK = {Outcome.SUCCESS: 0.5, Outcome.FAILURE: 0.25}  # that of `used` with how it ended: a run fails for many reasons
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


def labelled_pairs(said: Sequence[Mapping[str, Any]]) -> list[LabelledPair]:
    """The pairs of feedback rows, oldest first: the newest word on each case and memory, MOST at most.

    ``helped`` and ``misled`` go before what follows from an outcome; a memory named in both misled. An outcome without
    ``used`` labels nothing, nor does one that is partial or unknown.
    """
    return newest(pair for row in said for pair in _pairs(row))


def newest(pairs: Iterable[LabelledPair]) -> list[LabelledPair]:
    """The last of ``pairs`` on each case and memory, but what was stated is not unsaid by what only follows."""
    kept: dict[tuple[bytes, str], LabelledPair] = {}
    for pair in pairs:
        name = (name_of(pair.case), pair.candidate)
        before = kept.get(name)
        if before is None or pair.stated or not before.stated:
            kept.pop(name, None)
            kept[name] = pair
    return list(kept.values())[-MOST:]


def name_of(case: Case) -> bytes:
    """Equal for equal cases."""
    return to_json([case.text, case.context])


def _pairs(row: Mapping[str, Any]) -> Iterable[LabelledPair]:
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
