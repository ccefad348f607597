"""A tenant's episodes and skills: put under one lock, searched in memory while they are few, in LanceDB when not."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import RLock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from . import rows, schema
from .block import Block, Gathered, Stored
from .errors import EmbedderFailed
from .guard_column import unpack
from .lance import not_found
from .place import Place
from .resident import Resident
from .rows import Row
from .search import FEW, OFTEN, Snapshot, Taken
from .table import Table
from .types import Episode, Skill

T = TypeVar("T")
Room = Callable[[int, int], None]  # called before so many episodes and bytes come in; raises where they may not

RESIDENT_ROWS = 12_000  # up to here guard columns are kept in memory: a LanceDB query costs 3 ms at least
RESIDENT_BYTES = 64 << 20  # up to here, whole rows are
IDS_AT_ONCE = 1_000  # ids in one filter


class Memories:
    """The table of memories of one tenant, and what is kept of it in memory."""

    def __init__(self, table: Table, *, tenant: str, dimension: int, place: Place, room: Room) -> None:
        self.table = table
        self._tenant = tenant
        self._dimension = dimension
        self._place = place
        self._resident: Resident | None = None
        self._snapshot: Snapshot | None = None
        self._taken = Taken()
        self._seen: int | None = None  # the version that the resident rows are of
        self._renewing = RLock()
        self._room = room

    # ---- storing ---------------------------------------------------------------------------------------------------

    def put_episodes(
        self, episodes: Sequence[Episode], vectors: NDArray[np.float32], key: bytes, redaction_version: int
    ) -> Stored:
        """Write the episodes that are new or say something else than the stored ones. The caller holds the lock."""
        self.check(vectors, len(episodes))
        told, there = self._told(episodes, key, redaction_version)
        return self._put(told, there, {e.id: v for e, v in zip(episodes, vectors, strict=True)})

    def compare_episodes(self, episodes: Sequence[Episode], key: bytes, redaction_version: int) -> Stored:
        """What ``put_episodes`` would come to; writes nothing."""
        return _sorted_out(*self._told(episodes, key, redaction_version))

    def _told(
        self, episodes: Sequence[Episode], key: bytes, redaction_version: int
    ) -> tuple[dict[str, Row], dict[str, bytes]]:
        """The rows that ``episodes`` make, with what was known of them before; and what is stored under their ids."""
        latest: dict[str, Episode] = {}
        for episode in episodes:
            latest[episode.id] = rows.keep_known(episode, latest.get(episode.id, episode))
        told = {id_: rows.episode_row(episode, key, redaction_version) for id_, episode in latest.items()}
        there = self._there([*told])
        differing = [id_ for id_, found in there.items() if rows.told(told[id_]) != found]
        for stored in rows.episodes_of(self.by_id(differing, rows.WHOLE_COLUMNS)):
            known = rows.keep_known(latest[stored.id], stored)
            told[stored.id] = rows.episode_row(known, key, redaction_version)
        return told, there

    def put_skills(self, skills: Sequence[Skill], vectors: NDArray[np.float32]) -> Stored:
        """Write the skills that are new or say something else than the stored ones. The caller holds the lock."""
        self.check(vectors, len(skills))
        told = {skill.id: rows.skill_row(skill) for skill in skills}
        return self._put(told, self._there([*told]), {s.id: v for s, v in zip(skills, vectors, strict=True)})

    def _put(self, told: dict[str, Row], there: dict[str, bytes], vectors: dict[str, NDArray[np.float32]]) -> Stored:
        stored = _sorted_out(told, there)
        common = {"tenant": self._tenant, "written": time.time()}
        whole = [told[id_] | common | {"vector": vectors[id_]} for id_ in (*stored.added, *stored.updated)]
        if whole:
            sealed = [row | {"checksum": rows.checksum(row)} for row in whole]
            packed = rows.to_arrow(sealed, schema.memories(self._dimension))
            self._room(sum(told[id_]["kind"] == "episode" for id_ in stored.added), packed.nbytes)
            self.table.upsert(packed)
        else:
            self.table.flush()  # whoever wrote what is there may have failed, or been killed, before it had
        return stored

    def _there(self, ids: Sequence[str]) -> dict[str, bytes]:
        """What is stored under ``ids``: the checksum of what was told."""
        found = self.by_id(ids, ("id", "checksum")).to_pylist()
        return {row["id"]: row["checksum"][:8] for row in found}

    def check(self, vectors: NDArray[np.float32], count: int) -> None:
        """Raises EmbedderFailed where these cannot be the vectors of so many memories."""
        expected = (count, self._dimension)
        if vectors.shape != expected or not np.isfinite(vectors).all():
            raise EmbedderFailed(
                f"found vectors of shape {vectors.shape}, expected finite ones of shape {expected}; "
                "embed the texts with the tenant's own embedder"
            )

    # ---- searching -------------------------------------------------------------------------------------------------

    def gather(self, vector: NDArray[np.float32], text: str, *, k: int, dense: bool, lexical: bool) -> Gathered:
        """The k nearest episodes by cosine and the k best by words."""

        def search() -> Gathered:
            place = self.resident() or self._current()
            return place.gather(vector, text, k=k, dense=dense, lexical=lexical)

        found = self.again(search)
        if self._taken.takes >= OFTEN:
            self._taken.takes = 0
            if not self._place.is_shared and self._taken.guards.fits(self.table.count()):
                beside().submit(self._current().keep_all)
        return found

    def resident(self) -> Resident | None:
        """The episodes in memory as they are now; None when there are too many for that."""
        if self._seen != self.table.version():
            with self._renewing:  # one reads for all who ask meanwhile
                if self._seen != self.table.version():
                    self.again(self._renew)
        return self._resident

    @property
    def held(self) -> int:
        """About how many bytes of it are in memory now."""
        return self._taken.size + (self._resident.size if self._resident is not None else 0)

    def _renew(self) -> None:
        snapshot = self._current()
        if self.table.count() > RESIDENT_ROWS:
            self._resident = None
        elif self._resident is not None:
            self._resident = self._resident.renewed(snapshot)
        else:
            whole = self.table.size() <= RESIDENT_BYTES
            self._resident = Resident.read(snapshot, rows.ALL_COLUMNS if whole else rows.GUARD_COLUMNS)
        self._seen = snapshot.version

    def again(self, read: Callable[[], T]) -> T:
        """What ``read`` gives, tried once more at the newest version if files went away under it."""
        with self.table.errors("search"):
            try:
                return read()
            except (RuntimeError, ValueError, OSError) as error:
                if not not_found(error):
                    raise
                self.close()
                return read()

    def _current(self) -> Snapshot:
        with self._renewing:
            found = self._snapshot
            if found is None or found.version != self.table.version():
                found = self._snapshot = self.snapshot("episode", self._taken)
            return found

    def snapshot(self, kind: str, taken: Taken | None = None) -> Snapshot:
        """The memories of that kind as they are now; ``taken`` has rows that were taken before."""
        connection, moves = self._place.connect_async(), self._place.is_shared
        return Snapshot(connection, self.table.called, self.of_kind(kind), taken or Taken(), moves=moves)

    # ---- reading back ----------------------------------------------------------------------------------------------

    def block(self, ids: Sequence[str] | None, limit: int | None) -> Block:
        """Guard columns sorted by id: of the episodes with ``ids``, else of all or a fixed sample of them."""
        resident = self.resident()
        if ids is None:
            ids = _sample(resident.block.ids if resident is not None else self.all_ids(), limit)
        if resident is not None:
            return resident.block.take(resident.positions(sorted(set(ids))))
        return rows.block_of(self.by_id(ids, ("id", *rows.GUARD_COLUMNS), self.of_kind("episode")).sort_by("id"))

    def columns(self, ids: Sequence[str], names: Sequence[str]) -> Any:
        """Columns of the episodes with ``ids``, in no order: from memory, or through the index of ids."""
        resident = self.resident()
        if resident is not None and resident.has(names):
            return resident.take(ids, names)
        if resident is None and len(ids) <= FEW and tuple(names) == rows.WHOLE_COLUMNS:
            return self.again(lambda: self._current().wholes(ids))
        return self.by_id(ids, names, self.of_kind("episode"))

    def facets(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The packed facets of the episodes with ``ids``: from the last searches, else read."""
        snapshot = self._snapshot if self.resident() is None else None
        known = snapshot.facets(ids) if snapshot is not None and snapshot.version == self.table.version() else {}
        missing = [id_ for id_ in ids if id_ not in known]
        found = self.columns(missing, ("guard",)).column("guard").to_pylist() if missing else []
        return known | {row.id: row.facets for row in map(unpack, found)}

    def by_id(self, ids: Sequence[str], names: Sequence[str], where: Any = None) -> Any:
        """The rows with ``ids`` through the index, in no order."""
        import pyarrow as pa
        from lancedb.expr import col

        distinct = sorted(set(ids))
        parts = [distinct[start : start + IDS_AT_ONCE] for start in range(0, len(distinct), IDS_AT_ONCE)] or [[]]
        owned = self.owned() if where is None else where
        return pa.concat_tables([self.table.rows(owned & col("id").isin(part), names) for part in parts])

    def all_ids(self) -> list[str]:
        """The ids of all episodes, sorted."""
        return sorted(self.table.rows(self.of_kind("episode"), ("id",)).column("id").to_pylist())

    def keys(self) -> list[str]:
        """The distinct keys of all episodes, sorted; reads that one column."""
        return sorted(self.table.rows(self.of_kind("episode"), ("key",)).column("key").unique().to_pylist())

    def redacted_otherwise(self, version: int) -> list[str]:
        """The ids of the episodes of another redaction version, sorted."""
        from lancedb.expr import col, lit

        where = self.of_kind("episode") & (col("redaction_version") != lit(version))
        return sorted(self.table.rows(where, ("id",)).column("id").to_pylist())

    def owned(self) -> Any:
        """The filter that every query has: rows of this tenant."""
        from lancedb.expr import col, lit

        return col("tenant") == lit(self._tenant)

    def of_kind(self, kind: str) -> Any:
        """Rows of this tenant that are episodes, or skills."""
        from lancedb.expr import col, lit

        return self.owned() & (col("kind") == lit(kind))

    def close(self) -> None:
        """Let go of handles and columns."""
        self._resident = self._snapshot = self._seen = None
        self._taken = Taken()
        self.table.close()


@cache
def beside() -> ThreadPoolExecutor:
    """The thread that reads what was not asked for yet."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="telltale-rows")


def _sorted_out(told: dict[str, Row], there: dict[str, bytes]) -> Stored:
    return Stored(
        added=[id_ for id_ in told if id_ not in there],
        updated=[id_ for id_ in told if id_ in there and rows.told(told[id_]) != there[id_]],
        unchanged=[id_ for id_ in told if id_ in there and rows.told(told[id_]) == there[id_]],
    )


def _sample(ids: Sequence[str], limit: int | None) -> Sequence[str]:
    """``limit`` of the ids, always the same ones, chosen by their hash."""
    if limit is None or len(ids) <= limit:
        return ids
    return sorted(ids, key=lambda id_: hashlib.blake2b(id_.encode(), digest_size=8).digest())[:limit]
