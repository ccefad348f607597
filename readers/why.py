"""Why a candidate got its probability: the facts and words of the case that move it most, each with past evidence.

One thing at a time is taken out of the case (or put in, where the case lacks what the candidate has) and the same
candidate judged again in the same neighbourhood, so that a reason's move is the guard's own arithmetic. Runs when it is
asked for; a recall pays nothing.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from telltale.memory.errors import BadArgument
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Case, LookAlike, Reason, Recall

from .guard import Guard
from .neighbourhood import Described, Neighbours, asked_anew, describe, gather
from .occlude import Change, changes
from .past import Past
from .recall import assess
from .skilled import ITS_WORDS, stand

MOST = 3  # reasons for one verdict
LEAST = 0.1  # log-odds that a reason moves at least ...
LEAST_SURE, SUREST = sys.float_info.min, 1 - sys.float_info.epsilon / 2  # a probability of 0 or 1 has no odds
BESIDE = 0.1  # ... and as a share of what the strongest moves

Moved = tuple[Change, float, float]  # by how many log-odds the thing moves the candidate, and the odds with it changed


def why_of(found: Recall, id_: str, tenant: TenantStore, guard: Guard) -> tuple[Reason, ...]:
    """:func:`why` for a verdict of ``found``, on a past case or a skill."""
    skills = any(verdict.candidate.kind == "skill" for verdict in found.verdicts)
    return why(found.case, id_, tenant, guard, skills=skills)


def why(case: Case, id_: str, tenant: TenantStore, guard: Guard, *, skills: bool = False) -> tuple[Reason, ...]:
    """The at most MOST strongest reasons for the probability of the candidate ``id_``, strongest first.

    ``skills``: they were judged among the rest, and the reasons for one are those of what it stands on. Empty where
    nothing moves it that past cases say anything about. What feedback said of such a case is part of the arithmetic, a
    judge's opinion and a skill's boundaries are not. Raises BadArgument where ``id_`` is no longer judged for ``case``.
    """
    asked = describe(case, tenant)
    around = gather(asked, tenant, guard, skills=skills)
    on = stand(assess(asked, around, guard), asked.sight, tenant)[1].on if skills else {}
    row = _Row(id_=on.get(id_, id_), in_its_words=id_ in on)
    odds = row.odds(asked, around, guard)
    episode = next(tenant.episodes([row.id_]), None)
    if episode is None:
        raise _gone(id_)
    procedure = guard.procedure(episode.key)
    moved = []
    for change in changes(asked, episode.case, procedure, Past(guard.panel, around), guard):
        other = describe(change.instead, tenant)
        changed = row.odds(other, asked_anew(around, other, guard), guard)
        moved.append((change, odds - changed, changed))
    pairs = tenant.look_alikes()
    return tuple(_reason(one, procedure, pairs) for one in _strongest(moved))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What is explained: a past case, for a skill in the words of a paraphrase where that is judged better."""

    id_: str
    in_its_words: bool

    def odds(self, asked: Described, around: Neighbours, guard: Guard) -> float:
        """The log-odds of its probability."""
        for verdict in assess(asked, around, guard):
            if verdict.candidate.id == self.id_ and (self.in_its_words or verdict.candidate.by != ITS_WORDS):
                probability = min(max(verdict.probability, LEAST_SURE), SUREST)
                return math.log(probability) - math.log1p(-probability)
        raise _gone(self.id_)


def _gone(id_: str) -> BadArgument:
    return BadArgument(f"the memory has changed and no longer judges {id_!r} for this case: recall it again")


def _strongest(moved: Sequence[Moved]) -> list[Moved]:
    """What moves most, as far as past cases say why; of what overlaps the strongest, and at equal strength facts."""
    told: list[Moved] = []
    taken: set[int] = set()
    explained = [one for one in moved if one[0].explains(one[1])]
    least = max([LEAST, *(BESIDE * abs(move) for _, move, _ in explained)])
    for one in sorted(explained, key=lambda one: (-round(abs(one[1]), 1), one[0].kind == "words", -abs(one[1]))):
        change, move, _ = one
        if abs(move) >= least and not taken & change.place:
            taken |= change.place
            told.append(one)
    return told[:MOST]


def _reason(one: Moved, procedure: str, pairs: Sequence[LookAlike]) -> Reason:
    change, move, odds = one
    return Reason(
        kind=change.kind,
        value="" if change.given else change.value,
        taken=change.taken,
        given=change.given,
        move=move,
        probability=1.0 / (1.0 + math.exp(-odds)),
        evidence=_evidence(change, procedure, pairs),
        cases=change.count.cases,
        used=change.count.used,
        instead=change.instead,
    )


def _evidence(change: Change, procedure: str, pairs: Sequence[LookAlike]) -> str:
    """What past cases say of it, in a sentence."""
    count = change.count
    told = f"{count.used} of {count.cases} past cases with {change.name} used {procedure}"
    if not count.cases:
        told = f"no past case has {change.name}"
    elif count.cases == 1:
        told = f"the one past case with {change.name} used {procedure if count.used else count.rival or 'another'}"
    elif count.rival_used > count.used:
        told += f", {count.rival_used} used {count.rival}"
    elif 0 < count.used < count.cases / 2:
        told += f", {count.used_without} of {count.without:,} without it"
    return told + ("; this case has none" if change.given else "") + _kept(change, procedure, pairs)


def _kept(change: Change, procedure: str, pairs: Sequence[LookAlike]) -> str:
    """The nearest stored look-alike that is told apart by it too; empty where none is. ``pairs``: most alike first."""
    for pair in pairs:
        apart, both = pair.difference, (pair.first_procedure, pair.second_procedure)
        if apart and apart.kind == change.kind and procedure in both:
            between = " " if apart.kind == "words" else ", "
            if change.value in f"{apart.case_value}{between}{apart.candidate_value}".split(between):
                other = both[1] if procedure == both[0] else both[0]
                return f"; stored look-alikes that used {other} differ in it"
    return ""
