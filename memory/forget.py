"""Forgetting: the rows, what was derived from them, and their bytes in old versions and indexes.

What is to go is written down first, so that a forgetting which was cut short is finished when the tenant is next
opened for writing. Evidence that cannot be told apart by episode (the guard, procedures) goes as a whole and is made
anew by the next learning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import schema
from .canonical import from_json, to_json
from .documents import Documents
from .maintain import erase
from .memories import IDS_AT_ONCE, Memories
from .rows import skills_of
from .table import Table

INTENT = "forgetting"  # the setting that holds the ids while a forgetting is under way
_WHOLE = ("guard", "procedures")  # evidence over all episodes
_NAMING = (
    "insights",
    "look_alikes",
    "recalls",
    "feedback",
    "opinions",
    "skill_versions",
    "proposals",
)  # values that may name an episode


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


def forget(memories: Memories, documents: Mapping[str, Documents], ids: Sequence[str]) -> None:
    """Remove the episodes with ``ids`` and all that names them, down to the bytes. The caller holds the lock."""
    documents["meta"].put({INTENT: to_json(list(ids))})
    resting = _resting_on(memories, set(ids))
    _delete(memories.table, memories.owned(), [*ids, *resting])
    erase(memories.table, schema.memories_indexes)
    for name in _WHOLE:
        documents[name].replace({})
        erase(documents[name].table)
    for name in _NAMING:
        _delete(documents[name].table, documents[name].owned(), _naming(documents[name], ids))
        erase(documents[name].table, schema.documents_indexes(name))
    documents["meta"].put({INTENT: b"[]"})
    erase(documents["meta"].table)


def unfinished(meta: Documents) -> list[str]:
    """The ids of a forgetting that was cut short."""
    return list(from_json(meta.get(INTENT) or b"[]"))


def _resting_on(memories: Memories, ids: set[str]) -> list[str]:
    """The ids of the skills that have one of the episodes for evidence."""
    found = skills_of(memories.table.rows(memories.of_kind("skill"), ("body",)))
    return [skill.id for skill in found if ids & set(skill.evidence)]


def _naming(documents: Documents, ids: Sequence[str]) -> list[str]:
    wanted = [id_.encode() for id_ in ids]
    return [name for name, body in documents.values().items() if any(id_ in body for id_ in wanted)]


def _delete(table: Table, owned: Any, ids: Sequence[str]) -> None:
    from lancedb.expr import col

    for start in range(0, len(ids), IDS_AT_ONCE):
        table.delete(owned & col("id").isin(list(ids[start : start + IDS_AT_ONCE])))
