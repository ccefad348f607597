"""Where each part of a skill comes from, in words and in ids. Composes what the tenant's tables hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from telltale.memory.tenants import TenantStore
from telltale.memory.types import Insight, Skill
from telltale.writers.changes import condition_told, step_told
from telltale.writers.lessons import PERSON
from telltale.writers.library import IMPORTED
from telltale.writers.procedures import names_by_key
from telltale.writers.standing import Past, alone, count, stand

from .reviewing import BY_PERSON, find, versions
from .shelving import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that a skill says, and what it rests on."""

    part: str  # "step 1", "boundary", "pitfall", "parameter", ...
    says: str
    rests_on: str  # in words, with counts
    spans: tuple[str, ...] = ()  # "<episode id>#<step>", or episode ids


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillWhy:
    """Why a skill says what it says, and stands where it stands."""

    name: str
    version: int
    reason: str  # why this version
    made_by: str
    status: str  # with the arithmetic that it rests on
    parts: tuple[Part, ...]
    insights: tuple[Insight, ...]  # the lessons that it collects, and those that were superseded
    evidence: tuple[str, ...]  # ids of the successful episodes


def why(tenant: TenantStore, name: str) -> SkillWhy:
    """What the skill called ``name`` rests on. Raises BadArgument where there is none."""
    skill = find(tenant, name)
    lessons = [one for one in tenant.insights() if one.id in skill.insights or one.procedure in skill.procedures]
    return SkillWhy(
        name=skill.name,
        version=skill.version,
        reason=skill.reason,
        made_by=skill.made_by,
        status=f"{skill.status}: {_status(tenant, skill)}",
        parts=tuple(_parts(skill, lessons, versions(tenant, name))),
        insights=tuple(lessons),
        evidence=skill.evidence,
    )


def _status(tenant: TenantStore, skill: Skill) -> str:
    said = words(tenant)
    if skill.id in said.barred:
        return BY_PERSON
    past = Past(tenant.episodes(), names_by_key(tenant.procedures()))
    runs = past.runs(skill, alone=alone(skill, tenant.skills()))
    found = stand(skill, runs, vouched=skill.id in said.vouched)
    if skill.pinned and found.status is not skill.status:
        return f"pinned; else it would be {found.status}: {found.told}"
    return found.told if found.status is skill.status else skill.reason


def _parts(skill: Skill, lessons: list[Insight], past: list[Skill]) -> Iterator[Part]:
    for number, step in enumerate(skill.steps, 1):
        of = step.of or len(skill.evidence)
        yield Part(
            part=f"step {number}",
            says=step_told(step),
            rests_on=f"seen in {step.seen_in} of {count(of, 'run', 'runs')}",
            spans=step.spans,
        )
    for name, one in skill.parameters.items():
        rests = f"held in {one.held} of {count(one.of, 'run', 'runs')}" if one.of else "read off the runs"
        yield Part(part=f"parameter {{{name}}}", says=one.told, rests_on=rests)
    for condition in skill.preconditions:
        rests = f"held in {condition.seen} of {count(condition.of, 'run', 'runs')}"
        yield Part(part="precondition", says=condition_told(condition), rests_on=rests)
    for boundary in skill.boundaries:
        borne = boundary.condition
        said = _said_by(past, "when_not_to_use", boundary.text) or "stored look-alikes"
        rests = f"borne out by {borne.seen} of {borne.of} runs" if borne and borne.of else said
        by_person = next((one for one in lessons if one.made_by == "person" and one.text in boundary.text), None)
        rests = f"feedback on {count(len(by_person.evidence), 'memory', 'memories')}" if by_person else rests
        yield Part(part="boundary", says=boundary.text, rests_on=rests, spans=by_person.evidence if by_person else ())
    for label, field in (("pitfall", "pitfalls"), ("recovery", "recoveries")):
        for text in getattr(skill, field):
            lesson = next((one for one in lessons if one.text == text), None)
            said = _said_by(past, field, text)
            yield Part(
                part=label,
                says=text,
                rests_on=_lesson(lesson) if lesson else said or "the failed runs that it tells of",
                spans=(lesson.spans or lesson.evidence) if lesson else (),
            )


def _said_by(past: list[Skill], field: str, text: str) -> str:
    """Whose word it is that the first version which says so brought in; empty where runs were distilled."""
    first = next((one for one in past if text in getattr(one, field)), None)
    if first is None or not first.made_by.startswith((PERSON, IMPORTED)):
        return ""
    source = first.made_by.removeprefix(IMPORTED) or "an import"
    whose = "a person's word" if first.made_by == PERSON else f"the word of {source}"
    return f"{whose}, in version {first.version}"


def _lesson(lesson: Insight) -> str:
    chance = f", by chance with probability {lesson.chance:.2g}" if lesson.chance is not None else ""
    return f"{count(len(lesson.evidence), 'run', 'runs')}{chance}"
