"""A large tenant's two searches, run side by side in LanceDB, and the rows that they name.

Searches give row ids only; the guard columns of their union are then taken at once, which measured two thirds of the
time of selecting them in both searches. A row id always means the same bytes, so rows that were taken are kept; which
rows there are holds for one version only, so a snapshot never moves on and the caller makes another.
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
from .guard_column import Packed, unpack
from .lance import run
from .text import words

MOST_WORDS = 64  # distinct words of a query that are searched for: a task says what it wants up front
MORE = 1.5  # so many times k are asked of the approximate search, then ordered by exact cosine: recall@25 .964 -> .999
_KEPT = 10_000  # rows

Kept = dict[int, tuple[Packed, NDArray[np.float32]]]  # row id -> guard columns, vector


class Snapshot:
    """The table of memories at one version. ``kept`` is shared by the snapshots of a table."""

    def __init__(self, connection: Any, name: str, where: Any, kept: Kept, *, moves: bool = False) -> None:
        self._table, self.version = run(_open(connection, name, moves))
        self._where = where
        self._kept = kept
        self._places: dict[str, int] = {}  # row ids of what was gathered

    def gather(self, vector: NDArray[np.float32], text: str, *, k: int, dense: bool, lexical: bool) -> Gathered:
        """The k nearest rows by cosine and the k best by LanceDB's own BM25."""
        asked = " ".join(itertools.islice(dict.fromkeys(words(text)), MOST_WORDS)) if lexical else ""
        near, said, kept = run(self._gather(vector if dense else None, asked, k))
        cosines = {place: float(np.vecdot(kept[place][1], vector)) for place in kept}
        nearest = sorted(near, key=lambda place: (-cosines[place], kept[place][0].id))[:k]
        union = list(dict.fromkeys([*nearest, *said]))
        at = {place: index for index, place in enumerate(union)}
        block = rows.block_from([kept[place] for place in union], len(vector))
        if len(self._places) > _KEPT:
            self._places.clear()
        self._places.update(zip(block.ids, union, strict=True))
        return Gathered(
            block=block,
            dense=np.array([cosines[place] for place in union], dtype=np.float32),
            lexical=np.array([said.get(place, np.nan) for place in union], dtype=np.float32),
            dense_rank=_ranks(len(union), [at[place] for place in nearest]),
            lexical_rank=_ranks(len(union), [at[place] for place in said]),
        )

    def facets(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The packed facets of those of ``ids`` that a search named lately."""
        places = {id_: self._places[id_] for id_ in ids if id_ in self._places}
        return {id_: self._kept[place][0].facets for id_, place in places.items() if place in self._kept}

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
    ) -> tuple[list[int], dict[int, float], Kept]:
        near, said = await asyncio.gather(self._dense(vector, k), self._lexical(asked, k))
        held = {place: self._kept[place] for place in (*near, *said) if place in self._kept}
        missing = {*near, *said} - held.keys()
        if missing:
            held |= await self._taken(list(missing))
        return near, said, held

    async def _taken(self, places: list[int]) -> Kept:
        """The rows with those row ids, kept for later searches."""
        found = await self._rows(places, rows.GUARD_COLUMNS)
        guards = map(unpack, found.column("guard").to_pylist())
        taken = zip(guards, rows.vectors_of(found), strict=True)
        new = dict(zip(found.column("_rowid").to_pylist(), taken, strict=True))
        if len(self._kept) + len(new) > _KEPT:
            self._kept.clear()
        self._kept.update(new)
        return new

    async def _dense(self, vector: NDArray[np.float32] | None, k: int) -> list[int]:
        if vector is None:
            return []
        nearest = self._table.query().nearest_to(vector).column("vector").distance_type("dot").where(self._where)
        chosen = nearest.select(["_distance"]).with_row_id().limit(int(k * MORE))
        found = await chosen.to_arrow()
        if len(found) < k:  # an approximate index under a filter may miss rows that are there
            found = await chosen.bypass_vector_index().to_arrow()
        places: list[int] = found.column("_rowid").to_pylist()
        return places

    async def _lexical(self, asked: str, k: int) -> dict[int, float]:
        """Row ids with their scores, best first."""
        if not asked:
            return {}
        matching = self._table.query().nearest_to_text(asked, columns=["text"]).where(self._where)
        found = await matching.select(["_score"]).with_row_id().limit(k).to_arrow()
        return dict(zip(found.column("_rowid").to_pylist(), found.column("_score").to_pylist(), strict=True))

    async def _rows(self, places: Sequence[int], columns: Sequence[str]) -> Any:
        taken = self._table.take_row_ids(list(places)).select(list(columns)).with_row_id()
        return await taken.to_arrow()

    async def _all(self, columns: Sequence[str]) -> Any:
        return await self._table.query().where(self._where).select(list(columns)).with_row_id().to_arrow()


async def _open(connection: Any, name: str, moves: bool) -> tuple[Any, int]:
    table = await (await connection).open_table(name)
    version = int(await table.version())
    if moves:  # by itself, as at a service
        await table.checkout(version)
    return table, version


def _ranks(count: int, order: Sequence[int]) -> NDArray[np.int32]:
    ranks = np.full(count, -1, dtype=np.int32)
    ranks[list(order)] = np.arange(len(order), dtype=np.int32)
    return ranks
