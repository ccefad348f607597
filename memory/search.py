"""The two searches of a large tenant, run side by side in LanceDB, and the union of what they return.

Only guard columns are read; text and steps are fetched later, for what is shown.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import rows
from .block import Gathered
from .table import Table
from .text import words


def gather(
    table: Table, where: Any, vector: NDArray[np.float32], text: str, *, k: int, dense: bool, lexical: bool
) -> Gathered:
    """The k nearest rows by cosine and the k best by LanceDB's own BM25, of the rows for which ``where`` holds."""
    near = _pool().submit(_dense, table, where, vector, k if dense else 0)
    said = _lexical(table, where, text, k if lexical else 0)
    return _union(near.result(), said, vector)


def _dense(table: Table, where: Any, vector: NDArray[np.float32], k: int) -> Any:
    nothing = table.rows(columns=rows.GUARD_COLUMNS, limit=1).slice(0, 0) if not k else None
    if nothing is not None:
        return nothing

    def query(handle: Any, *, exact: bool = False) -> Any:
        search = handle.search(vector, vector_column_name="vector").distance_type("dot").where(where)
        search = search.bypass_vector_index() if exact else search.refine_factor(2)
        return search.select([*rows.GUARD_COLUMNS, "_distance"]).limit(k).to_arrow()

    found = table.read(query, None)
    if len(found) < k:  # an approximate index under a filter may miss rows that are there
        found = table.read(lambda handle: query(handle, exact=True), None)
    return found.drop_columns(["_distance"])


def _lexical(table: Table, where: Any, text: str, k: int) -> Any:
    asked = " ".join(words(text))

    def query(handle: Any) -> Any:
        search = handle.search(asked, query_type="fts", fts_columns="text").where(where)
        return search.select([*rows.GUARD_COLUMNS, "_score"]).limit(k).to_arrow()

    if not k or not asked:
        return None
    return table.read(query, None)


def _union(near: Any, said: Any, vector: NDArray[np.float32]) -> Gathered:
    import pyarrow as pa

    dense_place = {id_: rank for rank, id_ in enumerate(near.column("id").to_pylist())}
    scores = {} if said is None else dict(zip(*(said.column(c).to_pylist() for c in ("id", "_score")), strict=True))
    lexical_place = {id_: rank for rank, id_ in enumerate(scores)}
    parts = [near] if said is None else [near, _others(said, dense_place)]
    block = rows.block_of(pa.concat_tables(parts))
    return Gathered(
        block=block,
        dense=block.vectors @ vector,
        lexical=np.array([scores.get(id_, np.nan) for id_ in block.ids], dtype=np.float32),
        dense_rank=np.array([dense_place.get(id_, -1) for id_ in block.ids], dtype=np.int32),
        lexical_rank=np.array([lexical_place.get(id_, -1) for id_ in block.ids], dtype=np.int32),
    )


def _others(said: Any, known: dict[str, int]) -> Any:
    new = [index for index, id_ in enumerate(said.column("id").to_pylist()) if id_ not in known]
    return said.drop_columns(["_score"]).take(new)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="telltale-search")
