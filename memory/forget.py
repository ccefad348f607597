"""Forgetting: the rows, what was derived from them, and their bytes in old versions and indexes.

What is to go is written down first, so that a forgetting which was cut short is finished when the tenant is next
opened for writing. Evidence that cannot be told apart by episode (the guard, procedures) goes as a whole and is made
anew by the next learning; a skill that also rests on other episodes is made anew by the next distilling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from . import schema
from .canonical import from_json, to_json
from .documents import Documents
from .lance import is_service
from .maintain import erase
from .memories import IDS_AT_ONCE, Memories
from .rows import skills_of
from .table import Table
from .types import Skill

INTENT = "forgetting"  # the setting that holds the ids while a forgetting is under way
EVERYTHING = "*"  # in place of them, when all goes
_WHOLE = ("guard", "procedures")  # evidence over all episodes
_NAMING = ("look_alikes", "recalls", "feedback", "opinions", "insights", "skill_versions", "proposals")
_KEPT = "meta"  # settings hold ids alone, and what keeps people's data out has to stay


class Forgotten(list[str]):
    """The ids of the episodes that were taken away, and what went with them.

    ``went`` counts by table what was removed because it came of them; ``skills`` are the names of the skills among it,
    and ``remade`` of those that other evidence still bears, which were distilled anew without what was forgotten.
    ``later``: no reader finds any of it, but old versions hold its bytes until a service of LanceDB cleans these up.
    """

    def __init__(
        self,
        ids: Iterable[str] = (),
        *,
        went: Mapping[str, int] | None = None,
        skills: Iterable[Skill] = (),
        later: bool = False,
    ) -> None:
        super().__init__(ids)
        self.later = later
        self.went = dict(went or {})
        self.gone = tuple(skills)  # as they were
        self.remade: tuple[str, ...] = ()

    @property
    def skills(self) -> tuple[str, ...]:
        """The names of the skills that rested on it, sorted."""
        return tuple(sorted(skill.name for skill in self.gone))

    def told(self) -> list[str]:
        """In words, a line for each kind of thing."""
        lost = [name for name in self.skills if name not in self.remade]
        lines = [f"{len(self)} episode{'s' * (len(self) != 1)}"]
        lines += [f"{count} of {name.replace('_', ' ')}" for name, count in sorted(self.went.items()) if count]
        lines += [f"skills distilled anew without it: {', '.join(self.remade)}"] if self.remade else []
        lines += ["its bytes go when the service cleans up old versions of the tables"] if self.later and self else []
        return lines + ([f"skills that nothing else bears: {', '.join(lost)}"] if lost else [])


def chosen(memories: Memories, ids: Sequence[str] | None, source: str | None, before: float | None) -> list[str]:
    """The ids of the stored episodes that all given conditions name, sorted.

    An episode without a time counts as being of the time when it was written.
    """
    wanted = None if ids is None else set(ids)
    found = memories.table.rows(memories.of_kind("episode"), ("id", "source", "time", "written"))
    return sorted(
        row["id"]
        for row in found.to_pylist()
        if (wanted is None or row["id"] in wanted)
        and (source is None or row["source"] == source)
        and (before is None or (row["time"] if row["time"] is not None else row["written"]) < before)
    )


def forget(memories: Memories, documents: Mapping[str, Documents], ids: Sequence[str]) -> Forgotten:
    """Remove the episodes with ``ids`` and all that came of them, down to the bytes. The caller holds the lock."""
    documents["meta"].put({INTENT: to_json(list(ids))})
    if list(ids) == [EVERYTHING]:
        return _forget_everything(memories, documents)
    derived = _derived(documents, ids)
    skills = _resting_on(memories, derived)
    _delete(memories.table, memories.owned(), [*ids, *(skill.id for skill in skills)])
    erase(memories.table, schema.memories_indexes)
    went = {name: _erased(documents[name], name, derived.naming) for name in _NAMING if name != "skill_versions"}
    naming = derived.naming | {skill.id for skill in skills}
    went["skill_versions"] = _erased(documents["skill_versions"], "skill_versions", naming)
    for name in _WHOLE:
        documents[name].replace({})
        erase(documents[name].table)
    _finish(documents["meta"])
    return Forgotten(ids, went=went, skills=skills, later=_later(memories))


def unfinished(meta: Documents) -> list[str]:
    """The ids of a forgetting that was cut short."""
    return list(from_json(meta.get(INTENT) or b"[]"))


class _Derived(NamedTuple):
    """What came of the episodes that are to go."""

    naming: frozenset[str]  # their ids, and those of the lessons drawn from them
    procedures: frozenset[str]  # whose boundaries rest on look-alike pairs with them


def _derived(documents: Mapping[str, Documents], ids: Sequence[str]) -> _Derived:
    lessons = _naming(documents["insights"], frozenset(ids))
    values = documents["look_alikes"].values()
    pairs = [from_json(values[name]) for name in _naming(documents["look_alikes"], frozenset(ids))]
    procedures = {pair[side] for pair in pairs for side in ("first_procedure", "second_procedure")}
    return _Derived(frozenset([*ids, *lessons]), frozenset(procedures))


def _resting_on(memories: Memories, derived: _Derived) -> list[Skill]:
    """The skills that name one of the episodes or lessons, or have a boundary from a pair with one of them."""
    found = memories.table.rows(memories.of_kind("skill"), ("body",))
    named = [_names(body, derived.naming) for body in found.column("body").to_pylist()]
    skills = [skills_of(found.slice(at, 1))[0] for at in range(len(found))]
    return [
        skill
        for skill, names in zip(skills, named, strict=True)
        if names or (skill.boundaries and derived.procedures.intersection(skill.procedures))
    ]


def _erased(documents: Documents, name: str, naming: frozenset[str]) -> int:
    """How many values named one of ``naming``; they are gone."""
    gone = _naming(documents, naming)
    _delete(documents.table, documents.owned(), gone)
    erase(documents.table, schema.documents_indexes(name))
    return len(gone)


def _forget_everything(memories: Memories, documents: Mapping[str, Documents]) -> Forgotten:
    ids = memories.all_ids()
    skills = skills_of(memories.table.rows(memories.of_kind("skill"), ("body",)))
    memories.table.delete(memories.owned())
    erase(memories.table, schema.memories_indexes)
    went = {}
    for name, of in documents.items():
        if name != _KEPT:
            went[name] = len(of.values())
            of.replace({})
            erase(of.table, schema.documents_indexes(name))
    _finish(documents["meta"])
    return Forgotten(ids, went=went, skills=skills, later=_later(memories))


def _later(memories: Memories) -> bool:
    return is_service(memories.table.handle())


def _finish(meta: Documents) -> None:
    meta.put({INTENT: b"[]"})
    erase(meta.table)


def _naming(documents: Documents, ids: frozenset[str]) -> list[str]:
    return [name for name, body in documents.values().items() if _names(name.encode() + body, ids)]


def _names(body: bytes, ids: frozenset[str]) -> bool:
    return any(id_.encode() in body for id_ in ids)


def _delete(table: Table, owned: Any, ids: Sequence[str]) -> None:
    from lancedb.expr import col

    for start in range(0, len(ids), IDS_AT_ONCE):
        table.delete(owned & col("id").isin(list(ids[start : start + IDS_AT_ONCE])))
