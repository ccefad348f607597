"""What is on disk: the Arrow schemas of all tables, their indexes, and how older stores are brought up to date.

The one place that names columns. pyarrow and lancedb are imported when a schema is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

SCHEMA_VERSION = 1

# Documents: small tables of whole values, each with its checksum. One schema serves all of them.
DOCUMENT_TABLES = (
    *("insights", "procedures", "look_alikes", "recalls", "feedback", "opinions", "guard", "meta"),
    *("skill_versions", "proposals"),
)


def memories(dimension: int) -> Any:
    """The table of episodes and skills. ``id`` is the declared key, hence not nullable."""
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    return pa.schema(
        [
            pa.field("id", text, nullable=False),
            pa.field("tenant", text),
            pa.field("kind", text),  # episode | skill
            pa.field("key", text),  # the label, else the signature
            pa.field("outcome", pa.int8()),  # index into tuple(Outcome)
            pa.field("source", text),
            pa.field("time", number),  # of the run; seconds since the epoch, as is written
            pa.field("written", number),
            pa.field("text", text),
            pa.field("vector", pa.list_(pa.float32(), dimension)),
            pa.field("guard", pa.binary()),  # what judging needs: guard_column.py
            pa.field("body", pa.binary()),  # JSON: all that was told of the episode or skill
            pa.field("redaction_version", pa.int32()),
            pa.field("checksum", pa.binary(16)),  # 8 bytes over what was told, 8 over the rest
        ]
    )


def documents() -> Any:
    """The table of whole values by name."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("tenant", pa.string()),
            pa.field("body", pa.binary()),
            pa.field("sha256", pa.binary(32)),
            pa.field("time", pa.float64()),
        ]
    )


def tenants() -> Any:
    """The root's table of tenants by name."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("name", pa.string(), nullable=False),
            pa.field("id", pa.string()),  # the tenant's folder; says nothing
            pa.field("key", pa.binary(32)),  # for ids and redaction placeholders
            pa.field("embedder", pa.string()),
            pa.field("dimension", pa.int32()),
            pa.field("created", pa.float64()),
            pa.field("schema", pa.int32()),
        ]
    )


def memories_indexes() -> dict[str, Any]:
    """Column to index of the table of memories, made while it is empty. The vector index comes much later."""
    from lancedb.index import FTS, Bitmap, BTree

    return {
        "text": FTS(with_position=False, remove_stop_words=True, stem=True),
        "id": BTree(),
        "tenant": Bitmap(),
        "kind": Bitmap(),
    }


def documents_indexes(table: str) -> Callable[[], dict[str, Any]]:
    """Column to index of a table of documents: only those that grow with every recall have any."""
    return _by_id if table in ("recalls", "opinions") else dict


def _by_id() -> dict[str, Any]:
    from lancedb.index import BTree

    return {"id": BTree()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step up: ``apply`` brings a tenant's connection from ``version - 1`` to ``version`` and may run twice."""

    version: int
    why: str
    apply: Callable[[Any], None]


MIGRATIONS: Sequence[Migration] = ()


def pending(found: int) -> list[Migration]:
    """The migrations that a tenant of schema version ``found`` still needs, in order."""
    return sorted((m for m in MIGRATIONS if m.version > found), key=lambda m: m.version)
