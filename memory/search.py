"""A large tenant's two searches, run side by side in LanceDB, and the rows that they name.

Searches give row ids only; the guard columns of their union are then taken at once, which measured two thirds of the
time of selecting them in both searches. A row id always means the same bytes, so rows that were taken are kept, and
all of them where a tenant is asked often and they fit: taking one row costs half as much as taking sixty. Which rows
there are holds for one version only, so a snapshot never moves on and the caller makes another.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import rows
from .block import Gathered
from .guard_column import Packed, unpack
from .kept import Kept, Values
from .lance import run
from .text import words

MOST_WORDS = 64  # distinct words of a query that are searched for: a task says what it wants up front
MORE = 1.5  # so many times k are asked of the approximate search, then ordered by exact cosine: recall@25 .964 -> .999
FEW = 64  # whole rows that are read back at once, and kept: what an answer shows, not what learning reads
GUARD_BYTES = 192 << 20  # of guard columns that are kept: some 110,000 rows
WHOLE_BYTES = 32 << 20  # of whole rows
OFTEN = 200  # takes of guard columns, which cost as much as reading those of 100,000 rows
_PLACES = 50_000  # ids whose rows are known: some 10 MB
_AT_ONCE = 1_024  # rows


class Taken:
    """What is kept of the rows of one table, for all its snapshots."""

    def __init__(self) -> None:
        self.guards = Kept(GUARD_BYTES)
        self.wholes = Kept(WHOLE_BYTES)
        self.takes = 0  # of guard columns, since all were read

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return self.guards.size + self.wholes.size


class Snapshot:
    """The table of memories at one version. ``taken`` is shared by the snapshots of a table."""

    def __init__(self, connection: Any, name: str, where: Any, taken: Taken, *, moves: bool = False) -> None:
        self._table, self.version = run(_open(connection, name, moves))
        self._where = where
        self._taken = taken
        self._places: dict[str, int] = {}  # row ids of what was found at this version

    def gather(self, vector: NDArray[np.float32], text: str, *, k: int, dense: bool, lexical: bool) -> Gathered:
        """The k nearest rows by cosine and the k best by LanceDB's own BM25."""
        asked = " ".join(itertools.islice(dict.fromkeys(words(text)), MOST_WORDS)) if lexical else ""
        near, said, held = run(self._gather(vector if dense else None, asked, k))
        vectors = np.frombuffer(b"".join([values[1] for values in held.values()]), np.float32).reshape(-1, len(vector))
        cosines = np.vecdot(vectors, vector)
        cosine = dict(zip(held, cosines.tolist(), strict=True))
        guards = {place: unpack(guard) for place, (guard, _) in held.items()}
        nearest = sorted(near, key=lambda place: (-cosine[place], guards[place].id))[:k]
        union = list(dict.fromkeys([*nearest, *said]))
        chosen = [guards[place] for place in union]
        self._found(zip(chosen, union, strict=True))
        row = {place: index for index, place in enumerate(held)}
        at = {place: index for index, place in enumerate(union)}
        return Gathered(
            block=rows.block_from(chosen, vectors[[row[place] for place in union]]),
            dense=cosines[[row[place] for place in union]],
            lexical=np.array([said.get(place, np.nan) for place in union], dtype=np.float32),
            dense_rank=_ranks(len(union), [at[place] for place in nearest]),
            lexical_rank=_ranks(len(union), [at[place] for place in said]),
        )

    def facets(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The packed facets of those of ``ids`` that a search named lately."""
        places = {id_: self._places[id_] for id_ in ids if id_ in self._places}
        held = self._taken.guards.of(places.values())
        return {id_: unpack(held[place][0]).facets for id_, place in places.items() if place in held}

    def wholes(self, ids: Sequence[str]) -> Any:
        """WHOLE_COLUMNS of ``ids`` as an Arrow table, in no order; unknown ids are left out."""
        import pyarrow as pa

        places = {id_: self._places.get(id_) for id_ in ids}
        held = self._taken.wholes.of(place for place in places.values() if place is not None)
        missing = [place for place in places.values() if place is not None and place not in held]
        unknown = [id_ for id_, place in places.items() if place is None]
        if missing or unknown:
            held |= run(self._wholes(missing, unknown))
        columns = zip(*held.values(), strict=True) if held else ((), ())
        return pa.table([pa.array(values, pa.binary()) for values in columns], names=list(rows.WHOLE_COLUMNS))

    def keep_all(self) -> None:
        """Keep the guard columns of all rows."""
        places = self.places().tolist()
        for start in range(0, len(places), _AT_ONCE):
            run(self._guards(places[start : start + _AT_ONCE]))
        self._taken.takes = 0

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
    ) -> tuple[list[int], dict[int, float], dict[int, Values]]:
        near, said = await asyncio.gather(self._dense(vector, k), self._lexical(asked, k))
        return near, said, await self._guards({*near, *said})

    async def _guards(self, places: Collection[int]) -> dict[int, Values]:
        """Guard and vector of the rows with those row ids: kept, else taken and kept for later."""
        held = self._taken.guards.of(places)
        missing = [place for place in places if place not in held]
        if missing:
            self._taken.takes += 1
            found = await self._rows(missing, rows.GUARD_COLUMNS)
            held |= self._taken.guards.add(_by_place(found, [vector.tobytes() for vector in rows.vectors_of(found)]))
        return held

    async def _wholes(self, places: list[int], ids: list[str]) -> dict[int, Values]:
        """WHOLE_COLUMNS of the rows with those row ids or ids, kept for later."""
        read = [self._rows(places, rows.WHOLE_COLUMNS)] if places else []
        read += [self._named(ids)] if ids else []
        found: dict[int, Values] = {}
        for table in await asyncio.gather(*read):
            found |= _by_place(table, table.column("body").to_pylist())
        self._found((unpack(guard), place) for place, (guard, _) in found.items())
        return self._taken.wholes.add(found)

    async def _named(self, ids: list[str]) -> Any:
        from lancedb.expr import col

        named = self._table.query().where(self._where & col("id").isin(ids))
        return await named.select(list(rows.WHOLE_COLUMNS)).with_row_id().to_arrow()

    def _found(self, guards: Iterable[tuple[Packed, int]]) -> None:
        if len(self._places) > _PLACES:
            self._places = {}
        self._places.update((guard.id, place) for guard, place in guards)

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


def _by_place(found: Any, values: list[bytes]) -> dict[int, Values]:
    """The guard column and another's values by row id."""
    pairs = zip(found.column("guard").to_pylist(), values, strict=True)
    return dict(zip(found.column("_rowid").to_pylist(), pairs, strict=True))


def _ranks(count: int, order: Sequence[int]) -> NDArray[np.int32]:
    ranks = np.full(count, -1, dtype=np.int32)
    ranks[list(order)] = np.arange(len(order), dtype=np.int32)
    return ranks
