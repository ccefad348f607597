"""Forgetting: the rows, what was derived from them, and their bytes in old versions and indexes.

What is to go is written down first, so that a forgetting which was cut short is finished when the tenant is next
opened for writing. Evidence that cannot be told apart by episode (the guard, procedures) goes as a whole and is made
anew by the next learning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import documents, schema
from .canonical import from_json, to_json
from .maintain import erase
from .rows import skill_of
from .table import Table

INTENT = "forgetting"  # the setting that holds the ids while a forgetting is under way
_WHOLE = ("guard", "procedures")  # evidence over all episodes
_NAMING = ("insights", "look_alikes", "recalls", "feedback")  # values that may name an episode
_IDS_AT_ONCE = 1_000


def chosen(table: Table, where: Any, ids: Sequence[str] | None, source: str | None, before: float | None) -> list[str]:
    """The ids of the stored episodes that all given conditions name, sorted.

    An episode without a time counts as being of the time when it was written.
    """
    wanted = None if ids is None else set(ids)
    return sorted(
        row["id"]
        for row in table.rows(where, ("id", "source", "time", "written")).to_pylist()
        if (wanted is None or row["id"] in wanted)
        and (source is None or row["source"] == source)
        and (before is None or (row["time"] if row["time"] is not None else row["written"]) < before)
    )


def forget(memories: Table, values: Mapping[str, Table], tenant: str, ids: Sequence[str], owned: Any) -> None:
    """Remove the episodes with ``ids`` and all that names them, down to the bytes. The caller holds the lock."""
    documents.put(values["meta"], tenant, {INTENT: to_json(list(ids))})
    gone = set(ids)
    resting = [skill for skill in _skills(memories, owned) if gone & set(skill.evidence)]
    _delete(memories, owned, [*ids, *(skill.id for skill in resting)])
    for name in _WHOLE:
        documents.replace(values[name], tenant, {})
    for name in _NAMING:
        _delete(values[name], owned, _naming(values[name], tenant, _mentions(gone)))
    erase(memories, schema.memories_indexes)
    for name in (*_WHOLE, *_NAMING):
        erase(values[name])
    documents.put(values["meta"], tenant, {INTENT: b"[]"})
    erase(values["meta"])


def unfinished(meta: Mapping[str, bytes]) -> list[str]:
    """The ids of a forgetting that was cut short."""
    return list(from_json(meta.get(INTENT, b"[]")))


def _mentions(ids: set[str]) -> Callable[[bytes], bool]:
    wanted = [id_.encode() for id_ in ids]
    return lambda body: any(id_ in body for id_ in wanted)


def _naming(table: Table, tenant: str, mentions: Callable[[bytes], bool]) -> list[str]:
    return [name for name, body in documents.everything(table, tenant).items() if mentions(body)]


def _skills(memories: Table, owned: Any) -> list[Any]:
    from lancedb.expr import col, lit

    found = memories.rows(owned & (col("kind") == lit("skill")), ("skill",))
    return [skill_of(data) for data in found.column("skill").to_pylist()]


def _delete(table: Table, owned: Any, ids: Sequence[str]) -> None:
    from lancedb.expr import col

    for start in range(0, len(ids), _IDS_AT_ONCE):
        table.delete(owned & col("id").isin(list(ids[start : start + _IDS_AT_ONCE])))
