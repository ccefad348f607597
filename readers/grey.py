"""The grey zone: candidates near enough to the bar that a judge's word could decide, and what its word does to them.

The zone is as wide as the word is heavy, so nobody is asked where no answer could change anything. A word moves only
what is in the zone, and whatever goes wrong leaves the guard's own verdict standing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from telltale.memory.tenants import TenantStore
from telltale.memory.types import Difference, Verdict

from .consultation import Consultation
from .decide import Ruling, decide
from .guard import Guard
from .judge import Judge
from .neighbourhood import Described
from .odds import log_odds, shifted

# The log-odds that a sure word adds or takes: those of one who is right nine times in ten, whatever the guard knows.
# The judge's own confidence scales it.
WEIGHT = math.log(9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """What a judge added to one recall."""

    reason: str = ""  # empty: nobody was asked
    differences: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)  # by the candidate's id
    without: str | None = None  # the procedure that the guard alone would have let through

    def told(self, ruling: Ruling) -> Ruling:
        """``ruling`` with what the judge said: in its reason, and in the differences of those it spoke of.

        An answer that the guard alone would not have given is not what past cases certify, and the ruling says so.
        """
        if not self.reason:
            return ruling
        other = any(verdict.candidate.procedure != self.without for verdict in ruling.admitted)
        basis = "the answer rests on a judge's word, which no past case certifies" if other else ruling.reason
        return replace(
            ruling,
            admitted=tuple(self._whole(verdict) for verdict in ruling.admitted),
            refused=tuple(self._whole(verdict) for verdict in ruling.refused),
            reason=f"{basis}; {self.reason}",
            calibrated=ruling.calibrated and not other,
        )

    def _whole(self, verdict: Verdict) -> Verdict:
        said = self.differences.get(verdict.candidate.id, ())
        return replace(verdict, differences=(*verdict.differences, *said)) if said else verdict


def consult(
    judge: Judge | None,
    asked: Described,
    verdicts: tuple[Verdict, ...],
    tenant: TenantStore,
    guard: Guard,
    *,
    risk: float,
    strict: bool,
    count_tokens: Callable[[str], int],
) -> tuple[tuple[Verdict, ...], Consulted]:
    """The verdicts after a judge's word on those in the grey zone, best first again; unchanged without a judge.

    The best of each procedure is asked about, best first, until one is confirmed. A judge is asked about procedures,
    so its word holds for all candidates of that procedure in the zone. Nobody is asked where people have spoken of such
    a case, nor with ``strict``: then what past cases certify is the answer, or there is none.
    """
    if judge is None or strict or _people_spoke(asked, guard):
        return verdicts, Consulted()
    alone = decide(verdicts, guard, k=1, risk=risk, strict=False)
    zone = grey_zone(verdicts, alone.threshold)
    if not zone:
        return verdicts, Consulted()
    consultation = Consultation(judge, asked, tenant, guard)
    shifts: dict[str, float] = {}
    differences = {}
    for verdict, opinion in consultation.opinions(_best_of_each(zone), count_tokens):
        shift = WEIGHT * opinion.confidence * (1 if opinion.same else -1)
        shifts[verdict.candidate.procedure] = shift
        differences[verdict.candidate.id] = tuple(
            replace(one, evidence=f"said by the judge {judge.name}") for one in opinion.differences
        )
        if opinion.same and shifted(verdict.probability, shift) >= alone.threshold:
            break
    without = alone.admitted[0].candidate.procedure if alone.admitted else None
    consulted = Consulted(reason=consultation.reason(), differences=differences, without=without)
    return _shifted(verdicts, zone, shifts), consulted


def grey_zone(verdicts: Sequence[Verdict], bar: float) -> list[Verdict]:
    """Those of ``verdicts``, best first, on which a word could change what passes ``bar``: at most WEIGHT from it.

    None where the best is surer than that.
    """
    if not verdicts or log_odds(verdicts[0].probability) > log_odds(bar) + WEIGHT:
        return []
    return [verdict for verdict in verdicts if log_odds(verdict.probability) >= log_odds(bar) - WEIGHT]


def _people_spoke(asked: Described, guard: Guard) -> bool:
    return bool(guard.heard.words(asked.question.vector, asked.facets, guard.names, guard.differences))


def _best_of_each(zone: Sequence[Verdict]) -> list[Verdict]:
    best: dict[str, Verdict] = {}
    for verdict in zone:
        best.setdefault(verdict.candidate.procedure, verdict)
    return list(best.values())


def _shifted(verdicts: Sequence[Verdict], zone: Sequence[Verdict], shifts: Mapping[str, float]) -> tuple[Verdict, ...]:
    inside = {verdict.candidate.id: shifts.get(verdict.candidate.procedure, 0.0) for verdict in zone}
    after = [
        replace(verdict, probability=shifted(verdict.probability, inside[verdict.candidate.id]))
        if inside.get(verdict.candidate.id)
        else verdict
        for verdict in verdicts
    ]
    return tuple(sorted(after, key=lambda verdict: (-verdict.probability, verdict.candidate.id)))
