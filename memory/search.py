"""A large tenant's two searches, run side by side in LanceDB, and the rows that they name.

Searches give row ids only; the guard columns of the union are then taken at once, which measured two thirds of the
time of selecting them in both searches. Row ids hold for one version of a table, so a snapshot never moves on: when
the table has changed, the caller makes another.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import rows
from .block import Gathered
from .guard_column import unpack
from .lance import run
from .text import words

MOST_WORDS = 64  # distinct words of a query that are searched for: a task says what it wants up front
_REMEMBERED = 20_000  # rows whose row id and facets are kept for the fetch that follows a search


class Snapshot:
    """The table of memories at one version."""

    def __init__(self, connection: Any, name: str, where: Any) -> None:
        self._table, self.version = run(_open(connection, name))
        self._where = where
        self._places: dict[str, int] = {}
        self._facets: dict[str, bytes] = {}

    def gather(self, vector: NDArray[np.float32], text: str, *, k: int, dense: bool, lexical: bool) -> Gathered:
        """The k nearest rows by cosine and the k best by LanceDB's own BM25."""
        asked = " ".join(itertools.islice(dict.fromkeys(words(text)), MOST_WORDS)) if lexical else ""
        near, said, found = run(self._gather(vector if dense else None, asked, k))
        block = rows.block_of(found)
        places: list[int] = found.column("_rowid").to_pylist()
        self._remember(block.ids, places, found.column("guard").to_pylist())
        cosines = np.vecdot(block.vectors, vector)
        scores = dict(said)
        at = {place: index for index, place in enumerate(places)}
        # the approximate search orders by its own distances; ranks are by the exact cosines of what it returned
        nearest = sorted((at[place] for place in near), key=lambda index: (-cosines[index], index))
        return Gathered(
            block=block,
            dense=cosines,
            lexical=np.array([scores.get(place, np.nan) for place in places], dtype=np.float32),
            dense_rank=_ranks(len(block), nearest),
            lexical_rank=_ranks(len(block), [at[place] for place, _ in said]),
        )

    def facets(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The packed facets of those of ``ids`` that a search named lately."""
        return {id_: self._facets[id_] for id_ in ids if id_ in self._facets}

    def take(self, ids: Sequence[str], columns: Sequence[str]) -> Any | None:
        """The rows of ``ids`` as an Arrow table, in no order; None unless a search named all of them lately."""
        places = [self._places.get(id_, -1) for id_ in ids]
        return None if -1 in places else self.at(places, columns).select(list(columns))

    def at(self, places: Sequence[int], columns: Sequence[str]) -> Any:
        """The rows with those row ids as an Arrow table with ``_rowid``, in no order."""
        return run(self._rows(places, columns))

    def everything(self, columns: Sequence[str]) -> Any:
        """All rows as an Arrow table with ``_rowid``, in no order."""
        return run(self._all(columns))

    def places(self) -> NDArray[np.int64]:
        """The row ids of all rows, sorted."""
        found: NDArray[np.int64] = run(self._all(())).column("_rowid").to_numpy().astype(np.int64)
        return np.sort(found)

    async def _gather(
        self, vector: NDArray[np.float32] | None, asked: str, k: int
    ) -> tuple[list[int], list[tuple[int, float]], Any]:
        near, said = await asyncio.gather(self._dense(vector, k), self._lexical(asked, k))
        union = list(dict.fromkeys([*near, *(place for place, _ in said)]))
        found = await self._rows(union, rows.GUARD_COLUMNS)
        order = {place: index for index, place in enumerate(found.column("_rowid").to_pylist())}
        return near, said, found.take([order[place] for place in union])

    async def _dense(self, vector: NDArray[np.float32] | None, k: int) -> list[int]:
        if vector is None:
            return []
        nearest = self._table.query().nearest_to(vector).column("vector").distance_type("dot").where(self._where)
        chosen = nearest.select(["_distance"]).with_row_id().limit(k)
        found = await chosen.refine_factor(2).to_arrow()
        if len(found) < k:  # an approximate index under a filter may miss rows that are there
            found = await chosen.bypass_vector_index().to_arrow()
        places: list[int] = found.column("_rowid").to_pylist()
        return places

    async def _lexical(self, asked: str, k: int) -> list[tuple[int, float]]:
        if not asked:
            return []
        matching = self._table.query().nearest_to_text(asked, columns=["text"]).where(self._where)
        found = await matching.select(["_score"]).with_row_id().limit(k).to_arrow()
        return list(zip(found.column("_rowid").to_pylist(), found.column("_score").to_pylist(), strict=True))

    async def _rows(self, places: Sequence[int], columns: Sequence[str]) -> Any:
        taken = self._table.take_row_ids(list(places)).select(list(columns)).with_row_id()
        return await taken.to_arrow()

    async def _all(self, columns: Sequence[str]) -> Any:
        return await self._table.query().where(self._where).select(list(columns)).with_row_id().to_arrow()

    def _remember(self, ids: Sequence[str], places: Sequence[int], guards: Sequence[bytes]) -> None:
        if len(self._places) > _REMEMBERED:
            self._places, self._facets = {}, {}
        self._places.update(zip(ids, places, strict=True))
        self._facets.update(zip(ids, (unpack(guard).facets for guard in guards), strict=True))


async def _open(connection: Any, name: str) -> tuple[Any, int]:
    table = await (await connection).open_table(name)
    return table, int(await table.version())


def _ranks(count: int, order: Sequence[int]) -> NDArray[np.int32]:
    ranks = np.full(count, -1, dtype=np.int32)
    ranks[list(order)] = np.arange(len(order), dtype=np.int32)
    return ranks
