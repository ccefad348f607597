"""A small tenant's guard columns in memory, with an exact dense and a lexical search over them.

When the table has changed, only the rows that are new to it are read. Knows nothing of filters or locks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import rows
from .block import Block, Gathered
from .postings import Postings
from .search import Snapshot
from .text import token_ids

_READ_ANEW = 0.1  # share of rows that are new, from which everything is read again


class Resident:
    """All episodes of a tenant, sorted by id, as they were at one version of the table."""

    def __init__(self, block: Block, table: Any, at: NDArray[np.intp], live: Sequence[int]) -> None:
        order = sorted(live, key=block.ids.__getitem__)
        self.block = block.take(order)
        self._table = table  # guard, body where it was read, row ids; may hold rows that are gone by now
        self._rows = at[order]  # where in the table each row of the block stands
        self._at = {id_: index for index, id_ in enumerate(self.block.ids)}

    @classmethod
    def read(cls, snapshot: Snapshot, columns: Sequence[str]) -> Resident:
        """Everything that ``snapshot`` has."""
        table = snapshot.everything(columns)
        return cls(rows.block_of(table), table.drop_columns(["vector"]), np.arange(len(table)), range(len(table)))

    def renewed(self, snapshot: Snapshot) -> Resident:
        """The same at a later version."""
        live = snapshot.places()
        places = self._table.column("_rowid").to_numpy()[self._rows]
        new, kept = np.setdiff1d(live, places), np.flatnonzero(np.isin(places, live))
        if len(new) > _READ_ANEW * len(live) or len(self._table) > 2 * len(live):
            return Resident.read(snapshot, [*rows.GUARD_COLUMNS, *(["body"] if self.has(["body"]) else [])])
        if not len(new) and len(kept) == len(places):
            return self  # something else changed: an index, a skill
        return self._with(snapshot.at(new.tolist(), [*rows.GUARD_COLUMNS, "body"]), kept)

    def _with(self, added: Any, kept: NDArray[np.intp]) -> Resident:
        import pyarrow as pa

        block = Block.concat([self.block, rows.block_of(added)])
        at = np.concatenate([self._rows, np.arange(len(added)) + len(self._table)])
        live = [*kept.tolist(), *range(len(self.block), len(block))]
        return Resident(block, pa.concat_tables([self._table, added.select(self._table.column_names)]), at, live)

    def gather(self, vector: NDArray[np.float32], text: str, *, k: int, dense: bool, lexical: bool) -> Gathered:
        """The k nearest by cosine and the k best by BM25; ties go to the smaller id."""
        cosines = np.vecdot(self.block.vectors, vector)  # a threaded BLAS stalls for 10 ms when cores are busy
        scores = self._postings.scores(token_ids(text)) if lexical else np.zeros(len(self.block), np.float32)
        near = best(cosines, k) if dense else best(cosines, 0)
        said = best(scores, k)
        said = said[scores[said] > 0]
        union = np.concatenate([near, said[~np.isin(said, near)]])
        dense_rank, lexical_rank = _ranks(union, near), _ranks(union, said)
        return Gathered(
            block=self.block.take(union),
            dense=cosines[union],
            lexical=np.where(lexical_rank >= 0, scores[union], np.float32(np.nan)),
            dense_rank=dense_rank,
            lexical_rank=lexical_rank,
        )

    @cached_property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return int(self._table.nbytes + self.block.vectors.nbytes)

    def has(self, names: Sequence[str]) -> bool:
        """Whether all those columns were read."""
        return set(names) <= set(self._table.column_names)

    def take(self, ids: Sequence[str], names: Sequence[str]) -> Any:
        """Columns of the rows with ``ids``, in that order, as an Arrow table; unknown ids are left out."""
        import pyarrow as pa

        at = self._rows[self.positions(ids)].tolist()
        columns = [self._table.column(name) for name in names]  # Arrow's own take copies every chunk of a column
        values = [pa.array([column[i].as_py() for i in at], type=column.type) for column in columns]
        return pa.table(values, names=list(names))

    def positions(self, ids: Sequence[str]) -> list[int]:
        """Where in the block the rows of ``ids`` are, in that order; unknown ids are left out."""
        return [self._at[id_] for id_ in ids if id_ in self._at]

    @cached_property
    def _postings(self) -> Postings:
        return Postings(self.block.tokens)


def best(scores: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """The positions of the k highest scores, highest first, ties by position."""
    k = min(k, len(scores))
    top = np.argpartition(-scores, k - 1)[:k] if 0 < k < len(scores) else np.arange(len(scores))[: k or 0]
    return top[np.lexsort((top, -scores[top]))]


def _ranks(union: NDArray[np.intp], order: NDArray[np.intp]) -> NDArray[np.int32]:
    """The place in ``order`` of each element of ``union``, -1 where it is not in it."""
    place = {int(row): rank for rank, row in enumerate(order)}
    return np.array([place.get(int(row), -1) for row in union], dtype=np.int32)
