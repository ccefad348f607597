"""Decides: from scored neighbours to what is admitted, what is refused, and why nothing is.

Sets no weights and names no differences; it holds the scores against the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from telltale.memory.types import Verdict

from .guard import Guard

NEAR_MISSES = 3  # told at most; each costs a fetch and a comparison
MIND = 0.2  # a difference of at least this weight is one to mind
EXAMPLES = 1  # past cases beside a skill: it says what they have in common
MOVED = 0.0005  # a bar that moved by less is where it was
NO_SKILL = (
    "what past cases call for has no skill that is trusted yet, and only skills were asked for; past cases that apply "
    'are there for kinds="both"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What is let through, and by which bar."""

    admitted: tuple[Verdict, ...]
    refused: tuple[Verdict, ...]
    reason: str
    threshold: float
    calibrated: bool


def decide(
    verdicts: Sequence[Verdict], guard: Guard, *, k: int, risk: float, strict: bool, skills_only: bool = False
) -> Ruling:
    """The ruling on ``verdicts``, which are sorted by probability, highest first.

    At most ``k`` are admitted, all of the best one's procedure: two procedures cannot both be what the case needs.
    Where there is a skill for it, that and an example of it; ``skills_only``: that or nothing. Failures are never
    admitted; those of unknown outcome come after the verified. Near misses are the most similar of the rest, one a
    procedure.
    """
    bar, calibrated = _bar(guard, risk, strict=strict)
    passed = [verdict for verdict in verdicts if verdict.probability >= bar]
    if strict and not calibrated:
        passed = []
    best = [verdict for verdict in passed if verdict.candidate.procedure == passed[0].candidate.procedure]
    admitted = _shown(best, k, skills_only=skills_only)
    reason = _reason(verdicts, guard, best, bar, calibrated=calibrated, strict=strict) + _moved(guard, risk, bar)
    untrusted = NO_SKILL if best and not admitted else ""
    return Ruling(
        admitted=admitted,
        refused=_near_misses(verdicts, best),
        reason=_closed(guard) or untrusted or reason,
        threshold=bar,
        calibrated=calibrated,
    )


def _shown(best: Sequence[Verdict], k: int, *, skills_only: bool) -> tuple[Verdict, ...]:
    skills = [verdict for verdict in best if verdict.candidate.kind == "skill"][:1]
    cases = sorted((one for one in best if one.candidate.kind != "skill"), key=lambda verdict: not verdict.verified)
    if skills_only:
        return tuple(skills)
    return (*skills, *cases[: EXAMPLES if skills else k])[:k]


def _bar(guard: Guard, risk: float, *, strict: bool) -> tuple[float, bool]:
    """The probability from which on a memory is admitted, and whether the risk it keeps is certified.

    It is set for the level that feedback has brought the risk to; where strict was asked for, feedback only raises it.
    """
    if guard.heard.level.closed:
        return 1.0, guard.certified(risk) is not None
    level = guard.heard.level.risk(risk)
    level = min(level, risk) if strict else level
    bars = [_bar_at(guard, risk), _bar_at(guard, level)]
    certified = all(guard.certified(each) is not None for each in (risk, max(risk, level)))
    return max(bars) if level <= risk else min(bars), certified


def _bar_at(guard: Guard, risk: float) -> float:
    certified = guard.certified(risk)
    return 1.0 - risk if certified is None else certified


def _moved(guard: Guard, risk: float, bar: float) -> str:
    """What feedback has to do with where the bar is; empty where nothing."""
    before = _bar_at(guard, risk)
    if abs(bar - before) < MOVED:
        return ""
    return f"; feedback moved the bar from {before:.3f} to {bar:.3f}: {_told(guard)}"


def _closed(guard: Guard) -> str:
    """That nothing at all is admitted, where feedback has brought it to that; empty where not."""
    if not guard.heard.level.closed:
        return ""
    return f"feedback has closed the memory: {_told(guard)}; learn() takes that in and lets it try again"


def _told(guard: Guard) -> str:
    level = guard.heard.level
    return f"{level.misled} of {level.answers} answers misled, where {level.promised:.1f} were promised"


def _near_misses(verdicts: Sequence[Verdict], admitted: Sequence[Verdict]) -> tuple[Verdict, ...]:
    seen = {verdict.candidate.procedure for verdict in admitted}
    missed = []
    cases = (verdict for verdict in verdicts if verdict.candidate.kind != "skill")
    for verdict in sorted(cases, key=lambda verdict: -verdict.candidate.score):
        if verdict.candidate.procedure not in seen:
            seen.add(verdict.candidate.procedure)
            missed.append(verdict)
    return tuple(missed[:NEAR_MISSES])


def _reason(
    verdicts: Sequence[Verdict],
    guard: Guard,
    admitted: Sequence[Verdict],
    bar: float,
    *,
    calibrated: bool,
    strict: bool,
) -> str:
    if not calibrated:
        source = "is this memory's own estimate" if guard.calibration else "comes from a guard fitted on other memories"
        promise = f"too little is known here to certify the risk, so the probability {source}"
    else:
        promise = "the risk is certified on this memory's own past cases"
    if admitted:
        return promise
    if not verdicts:
        return _nothing_there(guard)
    if strict and not calibrated:
        return "too little to promise: the risk cannot be certified on this memory yet, and strict was asked for"
    best = verdicts[0].probability
    return (
        f"nothing cleared the guard: the best of {len(verdicts)} candidates is right with probability {best:.2f}, "
        f"below {bar:.2f} ({promise})"
    )


def _nothing_there(guard: Guard) -> str:
    if not guard.episodes:
        return "empty memory: there is no past case that could be followed"
    return "nothing to follow: what is remembered of such cases failed, or shows no procedure"
