"""Verifying a tenant: every row against its checksum, keys, vectors, indexes, documents. Mends nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import rows
from .documents import checked
from .errors import StoreCorrupt, StoreError
from .lance import is_service
from .table import Table

Indexes = Callable[[], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something a check found wrong."""

    table: str
    what: str
    ids: tuple[str, ...] = ()


def check(memories: Table, documents: Sequence[Table], tenant: str, wanted: Indexes) -> list[Problem]:
    """Everything that is wrong with the tenant's tables; an empty list when nothing is."""
    problems = [*_memories(memories, tenant), *_indexes(memories, wanted)]
    for table in documents:
        problems += _documents(table, tenant)
    return problems


def _memories(table: Table, tenant: str) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for found in _fragments(table):
        if isinstance(found, Problem):
            yield found
            continue
        for row in found.to_pylist():
            seen[row["id"]] += 1
            wrong = _wrong(row, tenant)
            if wrong:
                yield Problem(table=table.name, what=wrong, ids=(row["id"],))
    twice = tuple(sorted(id_ for id_, count in seen.items() if count > 1))
    if twice:
        yield Problem(table=table.name, what="ids that more than one row has", ids=twice)


def _wrong(row: Mapping[str, Any], tenant: str) -> str:
    """What is wrong with a row of memories; empty when nothing is."""
    vector = np.array(row["vector"], dtype=np.float32)
    if rows.checksum({**row, "vector": vector}) != row["checksum"]:
        return "the row is not what was written (checksum differs)"
    if row["tenant"] != tenant:
        return "the row belongs to another tenant"
    return "" if np.isfinite(vector).all() else "the vector has NaN or infinity"


def _fragments(table: Table) -> Iterator[Any]:
    """The table's rows fragment by fragment; a Problem that names the file for a fragment that cannot be read."""
    try:
        handle = table.handle()
        if handle is not None and is_service(handle):  # whose files nobody sees
            yield table.rows()
            return
        parts = handle.to_lance().get_fragments() if handle is not None else []
    except (StoreError, OSError, RuntimeError, ValueError) as error:
        yield Problem(table=table.name, what=f"the table cannot be opened: {error}")
        return
    for part in parts:
        try:
            with table.errors("read"):
                yield part.to_table()
        except StoreError as error:
            files = ", ".join(file.path for file in part.data_files())
            yield Problem(table=table.name, what=f"data file {files} cannot be read: {error}")


def _indexes(table: Table, wanted: Indexes) -> Iterator[Problem]:
    try:
        handle = table.handle()
        with table.errors("check"):
            count, found = handle.count_rows(), {index.columns[0]: index for index in handle.list_indices()}
    except StoreError as error:
        yield Problem(table=table.name, what=f"the indexes cannot be read: {error}")
        return
    for column in wanted():
        index = found.get(column)
        if index is None:
            yield Problem(table=table.name, what=f"the index of {column} is missing")
        elif is_service(handle):  # which fills it when it likes to
            continue
        elif index.num_indexed_rows + index.num_unindexed_rows != count:
            covered = index.num_indexed_rows + index.num_unindexed_rows
            yield Problem(table=table.name, what=f"the index of {column} knows {covered} rows of {count}")


def _documents(table: Table, tenant: str) -> Iterator[Problem]:
    for found in _fragments(table):
        if isinstance(found, Problem):
            yield found
            continue
        for row in found.to_pylist():
            try:
                checked(table.name, row)
            except StoreCorrupt as error:
                yield Problem(table=table.name, what=str(error), ids=(row["id"],))
            if row["tenant"] != tenant:
                yield Problem(table=table.name, what="the row belongs to another tenant", ids=(row["id"],))
