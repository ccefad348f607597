"""Skills among the candidates: each stands on the best judged past case of its procedure.

The guard is calibrated on past cases, and a skill's own text is none. So a skill is as right as the best case that was
handled its way, judged as any other; its own boundaries and preconditions are held against the case on top of that.
Only active skills are seen: for what is not trusted yet, past cases answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from telltale.memory.references import Sight
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Candidate, Difference, Episode, Outcome, Skill, Verdict

from .bounds import against, bounds
from .odds import shifted

BOTH, EPISODES, SKILLS = ("both", "episodes", "skills")
FIRST = 6  # procedures, the likeliest, whose skills' boundaries are held against the case
ITS_WORDS = ("skill",)  # how a row was found that is a past case in the words of a skill's paraphrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The skills that stand on judged past cases, and which case each stands on, by the skill's id."""

    skills: Mapping[str, Skill] = field(default_factory=dict)
    on: Mapping[str, str] = field(default_factory=dict)
    barred: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)  # what lowered a procedure, by its name

    def case(self, verdict: Verdict) -> str:
        """The id of the past case that a verdict is on, or that its skill stands on."""
        return self.on.get(verdict.candidate.id, verdict.candidate.id)


NONE = Standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Standing):
    """What a ruling shows: its skills, and the past cases of all its verdicts, by id."""

    episodes: Mapping[str, Episode] = field(default_factory=dict)

    @staticmethod
    def of(verdicts: Iterable[Verdict], standing: Standing, episodes: Mapping[str, Episode]) -> Shown:
        """What is shown by ``verdicts``."""
        skills = {
            one.candidate.id: standing.skills[one.candidate.id] for one in verdicts if one.candidate.kind == "skill"
        }
        return Shown(skills=skills, on=standing.on, barred=standing.barred, episodes=episodes)

    def episode(self, verdict: Verdict) -> Episode:
        """The past case of a verdict."""
        return self.episodes[self.case(verdict)]


def stand(verdicts: Sequence[Verdict], sight: Sight, tenant: TenantStore) -> tuple[tuple[Verdict, ...], Standing]:
    """The verdicts with those on active skills among them, each before the past case that it stands on.

    Where a skill's boundaries are crossed, all verdicts on its procedures are lowered, as far as those are among the
    FIRST. A past case in a paraphrase's words speaks for the skills of its procedure alone, and is none to be shown.
    """
    names = list(dict.fromkeys(verdict.candidate.procedure for verdict in verdicts))
    skills = {skill.id: skill for skill in tenant.shelf.of(names)}
    crossed = {id_: against(skill, sight) for id_, skill in skills.items() if {*names[:FIRST]} & {*skill.procedures}}
    shifts = {name: shift for id_, shift in crossed.items() if shift for name in skills[id_].procedures}
    judged = _lowered(verdicts, shifts) if shifts else verdicts
    best_of: dict[str, Verdict] = {}
    for verdict in judged:
        best_of.setdefault(verdict.candidate.procedure, verdict)
    under = {id_: _best(skill, best_of) for id_, skill in skills.items()}
    made = [_verdict(skill, under[id_]) for id_, skill in skills.items()]
    cases = [verdict for verdict in judged if verdict.candidate.by != ITS_WORDS]
    standing = Standing(
        skills=skills,
        on={id_: one.candidate.id for id_, one in under.items()},
        barred={
            name: bounds(skills[id_], sight)
            for id_, shift in crossed.items()
            if shift
            for name in skills[id_].procedures
        },
    )
    return tuple(sorted([*made, *cases], key=_order)), standing


def _lowered(verdicts: Sequence[Verdict], shifts: Mapping[str, float]) -> list[Verdict]:
    moved = [
        replace(one, probability=shifted(one.probability, shifts[one.candidate.procedure]))
        if one.candidate.procedure in shifts
        else one
        for one in verdicts
    ]
    return sorted(moved, key=_order)


def _order(verdict: Verdict) -> tuple[float, bool, str]:
    return -verdict.probability, verdict.candidate.kind != "skill", verdict.candidate.id


def _best(skill: Skill, best_of: Mapping[str, Verdict]) -> Verdict:
    found = [best_of[name] for name in skill.procedures if name in best_of]
    return min(found, key=lambda verdict: (-verdict.probability, verdict.candidate.id))


def _verdict(skill: Skill, on: Verdict) -> Verdict:
    candidate = Candidate(
        id=skill.id,
        text=skill.when_to_use,
        procedure=on.candidate.procedure,
        outcome=Outcome.SUCCESS if skill.evidence else Outcome.UNKNOWN,
        score=on.candidate.score,
        by=(*ITS_WORDS, *(way for way in on.candidate.by if way not in ITS_WORDS)),
        kind="skill",
    )
    return replace(on, candidate=candidate, verified=bool(skill.evidence))
