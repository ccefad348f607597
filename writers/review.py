"""What waits for a person's word, and what that word does. Knows no store.

Where a tenant asks for review, nothing that was distilled, imported or made by a model changes the library by itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from telltale.memory.types import Proposal, Skill, Status

from .lessons import PERSON, hashed
from .library import COUNTS, IMPORTED, SAID, Laid, free, says, taking
from .standing import Run, stand

PROMOTED = "has the successes that an active skill needs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What people have said of skills and proposals: ids alone, no text."""

    vouched: frozenset[str] = frozenset()  # skills that a person accepted: active without evidence
    barred: frozenset[str] = frozenset()  # skills that a person rejected: retired whatever the evidence
    refused: frozenset[str] = frozenset()  # proposals that a person rejected

    def to_json(self) -> str:
        """As a setting of the tenant."""
        return json.dumps({name: sorted(getattr(self, name)) for name in self.__slots__})

    @staticmethod
    def from_json(told: str | None) -> Words:
        """What ``to_json`` wrote; nothing was said where there is none."""
        return Words(**{name: frozenset(ids) for name, ids in json.loads(told or "{}").items()})


def gate(laid: Laid, known: Iterable[Skill], *, vouched: Collection[str] = ()) -> Laid:
    """The library with every new skill, every new version and every promotion held back as a proposal.

    Counts and demotions go on by themselves, and what a person wrote or ``vouched`` for needs no second word.
    """
    before = {skill.id: skill for skill in known}
    passed: list[Skill] = []
    proposals = list(laid.proposals)
    for skill in laid.skills:
        there = before.get(skill.id)
        promoted = skill.status is Status.ACTIVE and (there is None or there.status is not Status.ACTIVE)
        promoted = promoted and skill.id not in vouched
        new = there is None or (skill.version != there.version and skill.made_by != PERSON)
        if new or promoted:
            reason = skill.reason if new else PROMOTED
            proposals.append(Proposal(skill=skill, replaces=there.version if there else 0, reason=reason))
        if there is not None:
            held = taking(there, skill, COUNTS) if new else skill
            passed.append(replace(held, status=there.status) if promoted else held)
    return Laid(passed, sorted(proposals, key=lambda one: one.skill.name))


def retirements(skills: Iterable[Skill], runs: Mapping[str, Sequence[Run]]) -> list[Proposal]:
    """What a pin holds back: that a skill surely fails, or misleads, more often than not."""
    found = [(skill, stand(skill, runs.get(skill.id, ()))) for skill in skills if skill.pinned]
    return [
        Proposal(skill=replace(skill, status=Status.RETIRED), replaces=skill.version, reason=f"retire it: {held.told}")
        for skill, held in found
        if held.status is Status.RETIRED and skill.status is not Status.RETIRED
    ]


def waiting(
    new: Iterable[Proposal], before: Iterable[Proposal], words: Words, *, touched: Iterable[str], time: float
) -> list[Proposal]:
    """What waits now, by id: the new proposals, but for refused ones, and earlier ones of skills that are not touched.

    A proposal is known again by what it says; one that waits already keeps its time.
    """
    known = {one.id: one for one in before}
    fresh = set(touched)
    found = {one.id: one for one in before if one.skill.id not in fresh}
    for one in new:
        id_ = proposal_id(one.skill)
        if id_ not in words.refused:
            found[id_] = replace(one, id=id_, time=known[id_].time if id_ in known else time)
    return sorted(found.values(), key=lambda one: one.id)


def proposal_id(skill: Skill) -> str:
    """The id of the proposal of ``skill``: equal where what it says of its skill is."""
    return hashed("proposal", skill.id, json.dumps(says(skill), sort_keys=True, default=str))


def accepted(proposal: Proposal, library: Sequence[Skill]) -> Skill:
    """The proposed skill as it enters the library: the next version of its skill, or a first one under a free name."""
    reason = "; ".join(filter(None, (proposal.reason or proposal.skill.reason, "accepted by a person")))
    return _entering(replace(proposal.skill, reason=reason), library)


def edited(edit: Skill, there: Skill, library: Sequence[Skill]) -> Skill:
    """``edit`` as a person's version of ``there``: its id, evidence and counters, and the words that the person wrote.

    The name may be changed to one that is free.
    """
    own = taking(edit, there, ("id", "insights", *COUNTS))
    return _entering(replace(own, made_by=PERSON, reason="edited by a person"), library)


def brought_in(skills: Iterable[Skill], known: Sequence[Skill], source: str, ours: Collection[str]) -> Laid:
    """``known`` with skills that were made elsewhere: new ones as candidates, all else as proposals.

    What is imported earns nothing by what it says of itself: no status, no counters, no pin, and only the evidence that
    is ``ours``. A skill that is there is never changed by an import; one that says the same is left out.
    """
    library = list(known)
    proposals: list[Proposal] = []
    names, ids = {skill.name for skill in known}, {skill.id for skill in known}
    for given in sorted(skills, key=lambda skill: skill.name):
        there = next((one for one in library if _meet(given, one)), None)
        skill = Skill(
            **{name: getattr(given, name) for name in ("name", *SAID)},
            evidence=tuple(id_ for id_ in given.evidence if id_ in ours),
            made_by=f"{IMPORTED}{source}",
            reason=f"imported from {source}" if source else "imported",
        )
        if there is None:
            id_ = free(given.id or hashed("skill", given.procedure or given.name), ids)
            library.append(replace(skill, name=free(given.name, names), id=id_))
        elif says(skill) != says(there):
            new = replace(taking(skill, there, ("id", "name", *COUNTS)), version=there.version + 1)
            proposals.append(Proposal(skill=new, replaces=there.version, reason=skill.reason))
    return Laid(sorted(library, key=lambda skill: skill.name), proposals)


def _meet(given: Skill, there: Skill) -> bool:
    """Whether an imported skill is about what a known one is about."""
    return bool(given.procedure and given.procedure in there.procedures) or given.name == there.name


def _entering(skill: Skill, library: Sequence[Skill]) -> Skill:
    before = next((one for one in library if one.id == skill.id), None)
    names = {one.name for one in library if one.id != skill.id}
    version = 1 if before is None else before.version + (says(before) != says(skill))
    pinned = skill.pinned or (before is not None and before.pinned)
    return replace(skill, name=free(skill.name, names), version=version, pinned=pinned)
