"""One skill of the library: found by name, followed through its versions, accepted, edited, rejected or pinned.

Composes the writers' rules with the tenant's tables, for :class:`AgentMemory`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from telltale.memory.errors import BadArgument
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Proposal, Skill, Status
from telltale.writers.changes import changes
from telltale.writers.lessons import REJECTED
from telltale.writers.library import worded_anew
from telltale.writers.redact import redact, redacts_people
from telltale.writers.review import accepted, brought_in, edited, gate

from .shelving import WORDS, asks_for_review, known_skills, propose, shelve, words

BY_PERSON = "rejected by a person"


def find(tenant: TenantStore, name: str) -> Skill:
    """The skill called ``name``, or with that id. Raises BadArgument where there is none."""
    found = next((skill for skill in known_skills(tenant) if name in (skill.name, skill.id)), None)
    if found is None:
        raise BadArgument(f"there is no skill {name!r}: `telltale skills list` names them all")
    return found


def versions(tenant: TenantStore, name: str) -> list[Skill]:
    """Every version of the skill, oldest first."""
    now = find(tenant, name)
    kept = {skill.version: skill for skill in tenant.skill_versions(now.id)} | {now.version: now}
    return [kept[version] for version in sorted(kept)]


def diff(tenant: TenantStore, name: str, old: int | None, new: int | None) -> list[str]:
    """What version ``new`` (the latest) says otherwise than ``old`` (the one before it), a line for each change."""
    kept = {skill.version: skill for skill in versions(tenant, name)}
    latest = max(kept) if new is None else new
    earlier = max((version for version in kept if version < latest), default=latest) if old is None else old
    for version in (earlier, latest):
        if version not in kept:
            known = ", ".join(map(str, sorted(kept)))
            raise BadArgument(f"found no version {version} of the skill {name!r}: it has {known}")
    return changes(kept[earlier], kept[latest])


def review(tenant: TenantStore, named: str, *, accept: bool | None, edit: Skill | None, pin: bool | None) -> Skill:
    """The skill after a person's word on it, or on what waits for it; see :meth:`AgentMemory.review`."""
    _check(accept, edit, pin)
    waits, library = _waiting(tenant, named), known_skills(tenant)
    there = next((skill for skill in library if named in (skill.name, skill.id)), None)
    if waits is None and there is None:
        raise BadArgument(f"no skill and no proposal is called {named!r}: `telltale skills review` lists what waits")
    if accept is False:
        skill = _rejected(tenant, waits, there)
    elif edit is not None:
        skill = _vouched(tenant, edited(_redacted(tenant, edit), there or _of(waits), library))
    else:
        skill = accepted(waits, library) if accept and waits is not None else there or _of(waits)
        skill = _vouched(tenant, skill) if accept else skill
    skill = skill if pin is None else replace(skill, pinned=pin)
    if there is not None or accept or edit is not None:
        shelve(tenant, [skill])
    if waits is not None and (accept is not None or edit is not None):
        tenant.replace_proposals([one for one in tenant.proposals() if one.id != waits.id])
    return skill


def reject_lesson(tenant: TenantStore, id_: str) -> None:
    """Take a lesson back for good: it shows in no skill, whatever is distilled. Raises BadArgument for no lesson."""
    known = tenant.insights()
    if all(one.id != id_ for one in known):
        raise BadArgument(f"there is no lesson with the id {id_!r}: `memory.insights()` has them all")
    now = [replace(one, superseded_by=REJECTED) if one.id == id_ else one for one in known]
    tenant.replace_insights(now)
    told = tenant.skills()
    shelve(tenant, [worded_anew(skill, now) for skill in told])


def bring_in(tenant: TenantStore, skills: Sequence[Skill], source: str) -> list[Skill]:
    """Take in skills that were made elsewhere; see :meth:`AgentMemory.import_skills`."""
    known, ours = known_skills(tenant), {episode.id for episode in tenant.episodes(_evidence(skills))}
    laid = brought_in([_redacted(tenant, skill) for skill in skills], known, source, ours)
    laid = gate(laid, known) if asks_for_review(tenant) else laid
    came = [skill for skill in laid.skills if skill not in known]
    propose(tenant, laid.proposals, touched=[one.skill.id for one in laid.proposals])
    shelve(tenant, came)
    return [*came, *(one.skill for one in laid.proposals)]


def _waiting(tenant: TenantStore, named: str) -> Proposal | None:
    found = [one for one in tenant.proposals() if named in (one.id, one.skill.name, one.skill.id)]
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise BadArgument(f"{len(found)} proposals wait for {named!r}: name one by its id: {ids}")
    return found[0] if found else None


def _of(waits: Proposal | None) -> Skill:
    assert waits is not None
    return waits.skill


def _check(accept: bool | None, edit: Skill | None, pin: bool | None) -> None:
    if accept is None and edit is None and pin is None:
        raise BadArgument("review has nothing to do: pass accept=True or False, edit=a skill, or pin=True or False")
    if accept is False and edit is not None:
        raise BadArgument("review was given accept=False and an edit: reject it, or edit it")


def _rejected(tenant: TenantStore, waits: Proposal | None, there: Skill | None) -> Skill:
    said = words(tenant)
    if waits is not None:
        tenant.set_meta(WORDS, replace(said, refused=said.refused | {waits.id}).to_json())
        return there or waits.skill
    assert there is not None
    now = replace(said, barred=said.barred | {there.id}, vouched=said.vouched - {there.id})
    tenant.set_meta(WORDS, now.to_json())
    return replace(there, status=Status.RETIRED, reason=BY_PERSON)


def _vouched(tenant: TenantStore, skill: Skill) -> Skill:
    said = words(tenant)
    now = replace(said, vouched=said.vouched | {skill.id}, barred=said.barred - {skill.id})
    tenant.set_meta(WORDS, now.to_json())
    return skill if skill.status is Status.RETIRED else replace(skill, status=Status.ACTIVE)


def _redacted(tenant: TenantStore, skill: Skill) -> Skill:
    return redact(skill, tenant.key, pii=redacts_people(tenant))


def _evidence(skills: Iterable[Skill]) -> list[str]:
    return sorted({id_ for skill in skills for id_ in skill.evidence})
