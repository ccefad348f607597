"""Upkeep of a table: indexes brought up to date, small fragments merged, old versions removed.

Goes through pylance, since LanceDB's own ``optimize()`` rewrites a whole table for a few rows, or never merges at all.
Callers hold the writer lock and stay out of requests. A service keeps its own tables in order, and nobody else can.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .lance import is_service
from .table import Table

INDEX_VECTORS_FROM = 10_000  # rows: below, scanning all of them is as quick, and exact
MOST_FRAGMENTS = 32
MOST_UNINDEXED = 1_000  # rows that every text search scans one by one
MOST_SEGMENTS = 8  # of one index
_ROWS_PER_FRAGMENT = 65_536
_KEEP_VERSIONS = timedelta(minutes=2)  # each write makes one; whoever reads looks at the newest, and for seconds


def maintain(table: Table, *, keep: timedelta = _KEEP_VERSIONS) -> None:
    """Bring indexes and fragments in order where they have grown out of it; a table in order is left alone.

    Versions that are older than ``keep`` go.
    """
    handle = table.handle()
    if handle is None or is_service(handle):
        return
    with table.errors("maintain"):
        if _fragments(handle) > MOST_FRAGMENTS or _unindexed(handle) > MOST_UNINDEXED:
            dataset = handle.to_lance()
            dataset.optimize.optimize_indices(num_indices_to_merge=MOST_SEGMENTS)
            dataset.optimize.compact_files(target_rows_per_fragment=_ROWS_PER_FRAGMENT)
            handle.checkout_latest()
        if _wants_vector_index(handle):
            index_vectors(handle)
        handle.to_lance().cleanup_old_versions(older_than=keep, error_if_tagged_old_versions=False)
    table.close()
    table.flush()


def erase(table: Table, indexes: Callable[[], dict[str, Any]] = dict) -> None:
    """Remove the bytes of deleted rows: from data files, from indexes (made anew), and from all old versions.

    At a service they stay in old versions until it cleans these up.
    """
    handle = table.handle()
    if handle is None or is_service(handle):
        return
    with table.errors("erase"):
        had_vectors = _has_vector_index(handle)
        handle.to_lance().optimize.compact_files(
            target_rows_per_fragment=_ROWS_PER_FRAGMENT, materialize_deletions=True, materialize_deletions_threshold=0.0
        )
        handle.checkout_latest()
        for column, config in indexes().items():
            handle.create_index(column, config=config, replace=True)
        if had_vectors:
            index_vectors(handle)
        handle.to_lance().cleanup_old_versions(
            older_than=timedelta(0), delete_unverified=True, error_if_tagged_old_versions=False
        )
    table.close()
    table.flush()


def index_vectors(handle: Any) -> None:
    """Make the approximate vector index anew."""
    from lancedb.index import IvfFlat, IvfRq

    quantisable = handle.schema.field("vector").type.list_size % 8 == 0
    config = IvfRq(distance_type="dot", num_bits=5) if quantisable else IvfFlat(distance_type="dot")
    handle.create_index("vector", config=config, replace=True)


def _wants_vector_index(handle: Any) -> bool:
    columns = handle.schema.names
    return "vector" in columns and handle.count_rows() >= INDEX_VECTORS_FROM and not _has_vector_index(handle)


def _has_vector_index(handle: Any) -> bool:
    return any(index.columns == ["vector"] for index in handle.list_indices())


def _fragments(handle: Any) -> int:
    return int(handle.stats()["fragment_stats"]["num_fragments"])


def _unindexed(handle: Any) -> int:
    return max((int(index.num_unindexed_rows) for index in handle.list_indices()), default=0)
