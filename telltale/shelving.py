"""The library of a tenant: what was distilled goes onto the shelf, and what people say of it is heard.

Composes the writers' rules with the tenant's tables, for :class:`AgentMemory`. Versions are kept before the skills that
say them, so that nothing that was shown is ever without its version.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from telltale.memory.embedders import embed_texts
from telltale.memory.skills import searched
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Insight, Proposal, Skill
from telltale.readers.paraphrased import keep_paraphrases
from telltale.writers.lessons import collected, corrections, differing, joined, say_otherwise
from telltale.writers.library import Laid, counted, lay, resumed, worded_anew
from telltale.writers.procedures import names_by_key
from telltale.writers.review import Words, gate, retirements, waiting
from telltale.writers.standing import Past, alone, stood

REVIEW, WORDS = "review", "review:words"  # settings: whether the tenant asks for review, and what people said in it
NOTES = 20_000  # latest recalls among which is counted what was shown


def keep(
    tenant: TenantStore,
    made: Sequence[Skill],
    insights: Sequence[Insight],
    past: Past,
    *,
    of: Sequence[str] | None = None,
    gone: Sequence[Skill] = (),
    known: Sequence[Skill] | None = None,
    beside: Sequence[Skill] = (),
) -> list[Skill]:
    """The library, by name, after ``made`` and ``insights`` were distilled; only the skills of ``of`` where given.

    Args:
        past: what speaks for and against each skill.
        of: the procedures that were distilled; all else stays as it is. ``None``: all were.
        gone: skills that were forgotten with some of their evidence.
        known: the library, where it has been read; ``beside`` are skills that it leaves out as nothing touches them.
    """
    known = known_skills(tenant) if known is None else known
    name_of, before = names_by_key(tenant.procedures()), tenant.insights()
    lessons = joined([*insights, *_corrections(tenant, known)], before, of=of)
    laid = lay(collected(made, lessons), known, name_of, whole=of is None)
    laid = Laid(resumed(laid.skills, known, gone), laid.proposals) if gone else laid
    said = words(tenant)
    own = [skill for skill in laid.skills if of is None or set(of) & set(skill.procedures)]
    runs = {skill.id: past.runs(skill, alone=alone(skill, [*laid.skills, *beside])) for skill in own}
    now = stood(own, runs, vouched=said.vouched, barred=said.barred)
    laid = Laid(now, [*laid.proposals, *retirements(now, runs)])
    laid = gate(laid, known, vouched=said.vouched) if asks_for_review(tenant) else laid
    if of is None and lessons != before:
        tenant.replace_insights(lessons)
    elif of is not None and say_otherwise(lessons, before):  # more evidence alone waits for all to be distilled
        tenant.put_insights(differing(lessons, before))
    propose(tenant, laid.proposals, touched=[skill.id for skill in own])
    shelve(tenant, laid.skills, {skill.id: skill for skill in known})
    return laid.skills


def known_skills(tenant: TenantStore) -> list[Skill]:
    """The library, by id, with its counters as they stand now."""
    return counted(tenant.skills(), tenant.feedback(), tenant.recall_notes(NOTES))


def shelve(tenant: TenantStore, skills: Sequence[Skill], there: Mapping[str, Skill] | None = None) -> None:
    """Keep the skills, and new versions beside all earlier ones; ``there`` is the library, where it is known."""
    known = {skill.id: skill for skill in tenant.skills()} if there is None else there
    changed = [skill for skill in skills if known.get(skill.id) != skill]
    new = [one for one in changed if one.id not in known or known[one.id].version != one.version]
    if new:
        tenant.keep_versions(new)
    if changed:
        tenant.put_skills(changed, embed_texts(tenant.embedder, [searched(skill) for skill in changed]))
    if any(skill.paraphrases for skill in changed):
        keep_paraphrases(tenant)


def hear(tenant: TenantStore, ids: Iterable[str]) -> None:
    """Let what feedback just said of memories with ``ids`` count at once: on skills, and as lessons and boundaries."""
    skills = tenant.skills()
    if not skills:
        return
    name_of, named = names_by_key(tenant.procedures()), set(ids)
    procedures = {name_of.get(episode.key, episode.key) for episode in tenant.episodes(sorted(named))}
    touched = [skill for skill in skills if skill.id in named or procedures & set(skill.procedures)]
    if not touched:
        return
    before = tenant.insights()
    lessons = joined(_corrections(tenant, skills), before, of=())
    if changed := differing(lessons, before):
        tenant.put_insights(changed)
    now = counted(touched, tenant.feedback(), tenant.recall_notes(NOTES))
    shelve(tenant, [worded_anew(skill, lessons) for skill in now])


def asks_for_review(tenant: TenantStore) -> bool:
    """Whether new skills and versions wait for a person's word."""
    return tenant.meta(REVIEW) == "on"


def words(tenant: TenantStore) -> Words:
    """What people said of skills and proposals."""
    return Words.from_json(tenant.meta(WORDS))


def propose(tenant: TenantStore, proposals: Iterable[Proposal], *, touched: Iterable[str]) -> None:
    """Let ``proposals`` wait, in place of what waited for the skills with the ids ``touched``."""
    before = tenant.proposals()
    now = waiting(proposals, before, words(tenant), touched=touched, time=time.time())
    if now != before:
        tenant.replace_proposals(now)


def _corrections(tenant: TenantStore, skills: Iterable[Skill]) -> list[Insight]:
    """The lessons that people's feedback holds."""
    said = tenant.feedback()
    named = sorted({id_ for row in said if row.get("note") for id_ in row["misled"]})
    name_of = names_by_key(tenant.procedures()) if named else {}
    procedure_of = {episode.id: name_of.get(episode.key, episode.key) for episode in tenant.episodes(named)}
    by_id = {skill.id: skill for skill in skills}
    procedure_of |= {id_: by_id[id_].procedure for id_ in named if id_ in by_id}
    return corrections(said, procedure_of, {id_: by_id[id_].evidence for id_ in named if id_ in by_id})
