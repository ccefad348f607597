"""Distilling as :class:`AgentMemory` composes it: offline, then in a model's words where one is given, then shelved.

What distilling all episodes worked out is kept for the process, so that one episode more costs what it changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from threading import Lock
from weakref import WeakKeyDictionary, ref

from telltale.memory.contrast import Evidence, tell_apart
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Episode, LookAlike, Procedure, Skill
from telltale.readers.serving import load_guard
from telltale.writers.distill import Distilled, Distiller
from telltale.writers.merge import Alike, TellApart
from telltale.writers.merge import alike as pairs
from telltale.writers.model import ModelDistiller, ModelReport
from telltale.writers.model_distill import refine
from telltale.writers.model_kept import KeptAnswers
from telltale.writers.procedures import group, names_by_key
from telltale.writers.standing import Past

from .shelving import keep


class Library(list[Skill]):
    """The skills by name; ``report`` is what asking a model came to, where one was asked."""

    def __init__(self, skills: Iterable[Skill] = (), report: ModelReport | None = None) -> None:
        super().__init__(skills)
        self.report = report


@dataclass(slots=True)
class _Known:
    """What distilling worked out, and of what."""

    procedures: Sequence[Procedure]
    look_alikes: Sequence[LookAlike]
    library: Sequence[Skill]
    distiller: Distiller
    past: Past


_known: WeakKeyDictionary[TenantStore, _Known] = WeakKeyDictionary()
_turns: WeakKeyDictionary[TenantStore, Lock] = WeakKeyDictionary()  # threads take turns, tenant by tenant


def distill(tenant: TenantStore, *, model: ModelDistiller | None = None, gone: Sequence[Skill] = ()) -> Library:
    """Distil skills and insights from what was learned, and lay them over the library.

    ``gone`` are skills that were forgotten, whose names and versions what still has evidence takes up.
    """
    with _turns.setdefault(tenant, Lock()):
        return _distill(tenant, model, gone)


def update(tenant: TenantStore, ids: Sequence[str]) -> Library:
    """The skills of the procedures that the episodes with ``ids`` belong to, after these were counted.

    The first time in a process, and the first after a ``learn``, all episodes are looked at.
    """
    with _turns.setdefault(tenant, Lock()):
        return _update(tenant, ids)


def _distill(tenant: TenantStore, model: ModelDistiller | None, gone: Sequence[Skill]) -> Library:
    episodes = list(tenant.episodes())
    known = _known[tenant] = _worked_out(tenant, episodes)
    made = [known.distiller.skill(procedure) for procedure in known.distiller.procedures()]
    found = Distilled([one for each in made for one in each.skills], [one for each in made for one in each.insights])
    skills, insights = _also(found.skills, known.procedures), found.insights
    report = None
    if model is not None:
        answers = KeptAnswers(tenant)
        skills, insights, report = refine(skills, insights, episodes, known.look_alikes, model=model, kept=answers)
    known.library = keep(tenant, skills, insights, known.past, gone=gone)
    return Library(known.library, report)


def _update(tenant: TenantStore, ids: Sequence[str]) -> Library:
    known = _known.get(tenant)
    procedures, look_alikes = tenant.procedures(), tenant.look_alikes()
    if known is None or (known.procedures, known.look_alikes) != (procedures, look_alikes):
        known = _known[tenant] = _worked_out(tenant, list(tenant.episodes()))
    touched = set()
    for episode in filter(None, map(tenant.episode, ids)):
        touched.add(known.distiller.add(episode))
        known.past.add(episode)
    made = [known.distiller.skill(procedure) for procedure in sorted(touched - {""})]
    skills = _also([one for each in made for one in each.skills], known.procedures)
    insights = [one for each in made for one in each.insights]
    names = {name for skill in skills for name in skill.procedures}
    if not names:
        return Library()
    there, beside = _there(tenant, known, names)
    return Library(keep(tenant, skills, insights, known.past, of=sorted(names), known=there, beside=beside))


def _there(tenant: TenantStore, known: _Known, names: set[str]) -> tuple[list[Skill], list[Skill]]:
    """The skills of the procedures ``names`` as they are stored, and all others as they were last seen.

    Where one of them is new, all are read, so that it gets a name of its own.
    """
    ids = {skill.id for skill in known.library if names & set(skill.procedures)}
    found = tenant.skills(sorted(ids)) if ids else []
    if found and names <= {name for skill in found for name in skill.procedures}:
        return found, [skill for skill in known.library if skill.id not in ids]
    known.library = tenant.skills()
    return list(known.library), []


def alike(tenant: TenantStore) -> list[Alike]:
    """The pairs of ways of handling that might be one, least apart first, before any are joined."""
    episodes = list(tenant.episodes())
    return pairs(group(episodes), episodes, apart(tenant))


def apart(tenant: TenantStore) -> TellApart:
    """How surely two cases of ``tenant`` need different handling, by what its guard learned: loaded when asked."""

    of = ref(tenant)  # what distilling worked out is kept as long as the tenant, and must not keep it

    @cache
    def weights() -> Evidence:
        there = of()
        return load_guard(there).differences if there else Evidence()

    return lambda first, second: tell_apart(first, second, weights())


def _worked_out(tenant: TenantStore, episodes: Sequence[Episode]) -> _Known:
    procedures, look_alikes = tenant.procedures(), tenant.look_alikes()
    name_of = names_by_key(procedures)
    library = tenant.skills()
    names = {name_of.get(skill.procedure, skill.procedure): skill.name for skill in library}
    distiller = Distiller(episodes, procedures, look_alikes, tell_apart=apart(tenant), names=names)
    return _Known(procedures, look_alikes, library, distiller, Past(episodes, name_of))


def _also(skills: Iterable[Skill], procedures: Iterable[Procedure]) -> list[Skill]:
    merged = {procedure.name: procedure.merged for procedure in procedures}
    return [replace(skill, also=merged.get(skill.procedure, ())) for skill in skills]
