"""One tenant's memory: what can be stored, gathered, read back and forgotten. Judges nothing, knows no trace format."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import check, documents, forget, maintain, packed, rows, schema, search
from .block import Block, Gathered, Stored
from .canonical import from_json, to_json
from .durable import WriterLock
from .embedders import Embedder
from .errors import BadArgument, EmbedderFailed, ReadOnly
from .identity import new_id
from .lance import connect
from .notes import Notes
from .registry import Tenant
from .resident import Resident
from .rows import Row
from .table import Table
from .types import Episode, Facet, Insight, LookAlike, Procedure, Skill

RESIDENT_ROWS = 12_000  # up to here a tenant's guard columns are kept in memory: a LanceDB query costs 3 ms at least
IDS_AT_ONCE = 1_000  # ids in one filter


class TenantStore:
    """One tenant of a store. Usable from many threads; writes of all processes take turns."""

    def __init__(self, row: Tenant, *, embedder: Embedder, address: str, read_only: bool) -> None:
        self.row = row
        self.name, self.id, self.key = row.name, row.id, row.key
        self.embedder = embedder
        self.read_only = read_only
        self.folder = None if "://" in address else Path(address)
        self.lock = WriterLock(self.folder / "writer.lock" if self.folder else None)
        self._address = address
        self._connection: Any = None
        self._resident: Resident | None = None
        self.memories = Table(
            "memories",
            connection=self._connect,
            folder=self.folder,
            schema=lambda: schema.memories(row.dimension),
            indexes=schema.memories_indexes,
        )
        self._documents = {
            name: Table(name, connection=self._connect, folder=self.folder, schema=schema.documents)
            for name in schema.DOCUMENT_TABLES
        }
        self._read: dict[str, tuple[int, Mapping[str, bytes]]] = {}  # documents by table, at a version
        self._notes = Notes(self._write_notes)

    # ---- storing ---------------------------------------------------------------------------------------------------

    def create(self) -> None:
        """Make the tenant's folder, its table of memories and the indexes."""
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
        with self.lock.hold():
            self.memories.create()

    def put(self, episodes: Sequence[Episode], vectors: NDArray[np.float32], *, redaction_version: int = 0) -> Stored:
        """Store redacted, signed episodes with ids; on disk when it returns, under ``vectors`` of shape (n, dim).

        An episode that is there is updated if it now says something else. What is left unsaid takes nothing back: an
        unknown outcome, an empty label or source, or a missing time keeps the one that is stored. Of two episodes
        with one id the later counts. Raises BadArgument for what cannot be stored, StoreBusy, StoreIO, ReadOnly.
        """
        told = [rows.episode_row(episode, self.key) for episode in episodes]
        return self._put(told, vectors, redaction_version)

    def put_skills(self, skills: Sequence[Skill], vectors: NDArray[np.float32]) -> Stored:
        """Store skills with ids, as ``put`` does episodes."""
        return self._put([rows.skill_row(skill) for skill in skills], vectors, 0)

    def _put(self, told: Sequence[Row], vectors: NDArray[np.float32], redaction_version: int) -> Stored:
        self._writable()
        self._check_vectors(vectors, len(told))
        with self.lock.hold():
            sealed, stored = self._seal(told, vectors, redaction_version)
            if sealed:
                self.memories.upsert(rows.to_arrow(sealed, schema.memories(self.row.dimension)))
        return stored

    def _seal(
        self, told: Sequence[Row], vectors: NDArray[np.float32], redaction_version: int
    ) -> tuple[list[Row], Stored]:
        """The rows that must be written, and what becomes of every id."""
        there = self._there([row["id"] for row in told])
        merged: dict[str, Row] = {}
        now = time.time()
        for row, vector in zip(told, vectors, strict=True):
            whole = rows.keep_known(row, merged.get(row["id"]) or there.get(row["id"]))
            merged[row["id"]] = rows.seal(
                whole, tenant=self.id, vector=vector, written=now, redaction_version=redaction_version
            )
        stored = Stored()
        for id_, row in merged.items():
            if id_ not in there:
                stored.added.append(id_)
            elif rows.told(there[id_]["checksum"]) == rows.told(row["checksum"]):
                stored.unchanged.append(id_)
            else:
                stored.updated.append(id_)
        return [row for id_, row in merged.items() if id_ not in set(stored.unchanged)], stored

    def _there(self, ids: Sequence[str]) -> dict[str, Row]:
        found = self._by_id(ids, (*rows.KNOWN_COLUMNS, "checksum"))
        return {row["id"]: row for row in found.to_pylist()}

    def _check_vectors(self, vectors: NDArray[np.float32], count: int) -> None:
        expected = (count, self.row.dimension)
        if vectors.shape != expected or not np.isfinite(vectors).all():
            raise EmbedderFailed(f"found vectors of shape {vectors.shape}, expected finite ones of shape {expected}")

    def _writable(self) -> None:
        if self.read_only:
            raise ReadOnly(f"tenant {self.name!r} was opened read-only; open the store without read_only to write")

    # ---- searching -------------------------------------------------------------------------------------------------

    @property
    def resident(self) -> bool:
        """Whether the guard columns are small enough to be kept in memory, so that searches read no disk."""
        return self._columns() is not None

    def gather(
        self, vector: NDArray[np.float32], text: str, *, k: int = 25, dense: bool = True, lexical: bool = True
    ) -> Gathered:
        """The k nearest episodes by cosine to ``vector``, and the k best by the words of ``text``."""
        resident = self._columns()
        if resident is not None:
            return resident.gather(vector, text, k=k, dense=dense, lexical=lexical)
        return search.gather(self.memories, self._episodes(), vector, text, k=k, dense=dense, lexical=lexical)

    def changed(self) -> int:
        """A number that grows with every change of the memories, by any process (at most a second late on S3)."""
        return self.memories.version()

    # ---- reading back ----------------------------------------------------------------------------------------------

    def block(self, ids: Sequence[str] | None = None, *, limit: int | None = None) -> Block:
        """Guard columns of the episodes with ``ids``, else of all (or of a fixed sample of ``limit``); sorted by id."""
        resident = self._columns()
        if ids is None:
            ids = resident.block.ids if resident else sorted(self._all_ids())
            ids = sample(ids, limit)
        if resident is not None:
            return resident.block.take(resident.positions(sorted(set(ids))))
        return rows.block_of(self._by_id(ids, rows.GUARD_COLUMNS).sort_by("id"))

    def episodes(self, ids: Sequence[str] | None = None) -> Iterator[Episode]:
        """Whole episodes: in the order of ``ids``, unknown ones left out; else all, sorted by id."""
        wanted = list(ids) if ids is not None else sorted(self._all_ids())
        for start in range(0, len(wanted), IDS_AT_ONCE):
            yield from self._in_order(wanted[start : start + IDS_AT_ONCE])

    def facets(self, ids: Sequence[str]) -> dict[str, tuple[Facet, ...]]:
        """The facets of each episode, as they were found when it was stored."""
        found = self._whole(ids, ("id", "facets"))
        return {row["id"]: rows.facets_of(row["facets"]) for row in found.to_pylist()}

    def count(self, kind: str = "episode") -> int:
        """How many memories of that kind there are."""
        return self.memories.count(self._of_kind(kind))

    def written_since(self, moment: float) -> int:
        """How many memories were added or updated after ``moment`` (seconds since the epoch)."""
        from lancedb.expr import col, lit

        return self.memories.count((col("tenant") == lit(self.id)) & (col("written") > lit(moment)))

    def skills(self, *, status: str | None = None) -> list[Skill]:
        """The library, sorted by id; only skills of that status if given."""
        found = self.memories.rows(self._of_kind("skill"), ("id", "skill")).sort_by("id")
        skills = [rows.skill_of(data) for data in found.column("skill").to_pylist()]
        return [skill for skill in skills if status is None or skill.status == status]

    def _in_order(self, ids: Sequence[str]) -> Iterator[Episode]:
        found = {episode.id: episode for episode in rows.episodes_of(self._whole(ids, rows.EPISODE_COLUMNS))}
        return (found[id_] for id_ in ids if id_ in found)

    def _whole(self, ids: Sequence[str], columns: Sequence[str]) -> Any:
        """Columns that the guard does not need, from memory where they are kept, else by id."""
        resident = self._columns()
        if resident is not None and "steps" in resident.table.column_names:
            return resident.table.select(list(columns)).take(resident.positions(ids))
        return self._by_id(ids, columns)

    def _by_id(self, ids: Sequence[str], columns: Sequence[str]) -> Any:
        import pyarrow as pa
        from lancedb.expr import col

        distinct = sorted(set(ids))
        parts = [distinct[start : start + IDS_AT_ONCE] for start in range(0, len(distinct), IDS_AT_ONCE)] or [[]]
        owned = self._mine()
        return pa.concat_tables([self.memories.rows(owned & col("id").isin(part), columns) for part in parts])

    def _all_ids(self) -> list[str]:
        found: list[str] = self.memories.rows(self._episodes(), ("id",)).column("id").to_pylist()
        return found

    def _columns(self) -> Resident | None:
        version = self.memories.version()
        if self._resident is None or self._resident.version != version:
            self._resident = None if self.memories.count() > RESIDENT_ROWS else self._load(version)
        return self._resident

    def _load(self, version: int) -> Resident:
        columns = sorted({*rows.GUARD_COLUMNS, *rows.EPISODE_COLUMNS, "facets"})
        return Resident(self.memories.rows(self._episodes(), columns).sort_by("id").combine_chunks(), version)

    def _mine(self) -> Any:
        from lancedb.expr import col, lit

        return col("tenant") == lit(self.id)

    def _of_kind(self, kind: str) -> Any:
        from lancedb.expr import col, lit

        return self._mine() & (col("kind") == lit(kind))

    def _episodes(self) -> Any:
        return self._of_kind("episode")

    # ---- what is learned -------------------------------------------------------------------------------------------

    def save(self, name: str, payload: bytes) -> None:
        """Keep ``payload`` (a guard's numbers) under ``name``."""
        self._set("guard", {name: payload})

    def load(self, name: str) -> bytes | None:
        """What was saved under ``name``. Raises StoreCorrupt when its bytes are not what was written."""
        return self._values("guard").get(name)

    def replace_procedures(self, procedures: Sequence[Procedure]) -> None:
        """Put ``procedures`` in place of all that are stored."""
        self._replace("procedures", packed.pack_procedures(procedures))

    def procedures(self) -> list[Procedure]:
        """All procedures, sorted by name."""
        return packed.unpack_procedures(self._values("procedures"))

    def replace_look_alikes(self, pairs: Sequence[LookAlike]) -> None:
        """Put ``pairs`` in place of all that are stored."""
        self._replace("look_alikes", packed.pack_look_alikes(pairs))

    def look_alikes(self) -> list[LookAlike]:
        """All stored pairs, most alike first."""
        return packed.unpack_look_alikes(self._values("look_alikes"))

    def replace_insights(self, insights: Sequence[Insight]) -> None:
        """Put ``insights`` in place of all that are stored."""
        self._replace("insights", packed.pack_insights(insights))

    def insights(self) -> list[Insight]:
        """All insights, sorted by id."""
        return packed.unpack_insights(self._values("insights"))

    def meta(self, key: str) -> str | None:
        """A setting of the tenant."""
        found = self._values("meta").get(key)
        return None if found is None else found.decode()

    def set_meta(self, key: str, value: str) -> None:
        """Keep a setting of the tenant."""
        self._set("meta", {key: value.encode()})

    def _values(self, name: str) -> Mapping[str, bytes]:
        table = self._documents[name]
        version = table.version()
        if self._read.get(name, (-1, {}))[0] != version:
            self._read[name] = (version, documents.everything(table, self.id))
        return self._read[name][1]

    def _set(self, name: str, values: Mapping[str, bytes]) -> None:
        self._writable()
        with self.lock.hold():
            documents.put(self._documents[name], self.id, values)

    def _replace(self, name: str, values: Mapping[str, bytes]) -> None:
        self._writable()
        with self.lock.hold():
            documents.replace(self._documents[name], self.id, values)

    # ---- what was shown and said -----------------------------------------------------------------------------------

    def note_recall(self, note: Mapping[str, Any]) -> None:
        """Note what a recall showed (``note["id"]`` names it); written in the background, dropped if that fails."""
        if not self.read_only:
            self._notes.add(str(note["id"]), to_json(note))

    def recall_note(self, recall_id: str) -> Mapping[str, Any] | None:
        """What ``note_recall`` was told of that recall, or None."""
        found = self._notes.get(recall_id) or documents.get(self._documents["recalls"], self.id, recall_id)
        return None if found is None else dict(from_json(found))

    def add_feedback(self, row: Mapping[str, Any]) -> None:
        """Keep a piece of feedback; on disk when it returns."""
        self._writable()
        with self.lock.hold():
            documents.append(self._documents["feedback"], self.id, {new_id(): to_json(row)})

    def feedback(self) -> list[Mapping[str, Any]]:
        """All feedback, oldest first."""
        return [from_json(value) for value in documents.by_time(self._documents["feedback"], self.id)]

    @property
    def dropped_notes(self) -> int:
        """How many notes of recalls could not be written."""
        return self._notes.dropped

    # ---- looking after it ------------------------------------------------------------------------------------------

    def forget(
        self, *, episode_ids: Sequence[str] | None = None, source: str | None = None, before: float | None = None
    ) -> list[str]:
        """The ids of the episodes taken away: those that all given conditions name, and all that came of them.

        Down to the bytes: old versions and indexes are cleaned, skills and insights that rest on them, look-alikes,
        recall notes and feedback that name them go too, and so do procedures and guard, until the next learning.
        Raises BadArgument when no condition is given.
        """
        self._writable()
        if episode_ids is None and source is None and before is None:
            raise BadArgument("found no condition, expected episode_ids, source or before; nothing was forgotten")
        with self.lock.hold():
            ids = forget.chosen(self.memories, self._episodes(), episode_ids, source, before)
            if ids:
                self._forget(ids)
        return ids

    def finish_forgetting(self) -> None:
        """Finish what a forgetting that was cut short left undone."""
        with self.lock.hold():
            ids = forget.unfinished(self._values("meta"))
            if ids:
                self._forget(ids)

    def _forget(self, ids: Sequence[str]) -> None:
        self._notes.flush()
        self._resident = None
        self._read.clear()
        forget.forget(self.memories, self._documents, self.id, ids, self._mine())

    def maintain(self) -> None:
        """Bring indexes, fragments and old versions in order. Takes seconds for many rows: never within a request."""
        self._writable()
        with self.lock.hold():
            for table in (self.memories, *self._documents.values()):
                maintain.maintain(table)

    def check(self) -> list[check.Problem]:
        """Everything wrong with the stored bytes: checksums, keys, vectors, indexes. Empty when nothing is."""
        return check.check(self.memories, self._documents, self.id, schema.memories_indexes)

    def _write_notes(self, notes: Mapping[str, bytes]) -> None:
        with self.lock.hold(seconds=5):
            documents.put(self._documents["recalls"], self.id, notes)

    def close(self) -> None:
        """Write what is buffered and let go of tables and columns; the next use opens them again."""
        self._notes.close()
        self._resident = None
        self._read.clear()
        for table in (self.memories, *self._documents.values()):
            table.close()

    def _connect(self) -> Any:
        if self._connection is None:
            self._connection = connect(self._address)
        return self._connection


def sample(ids: Sequence[str], limit: int | None) -> Sequence[str]:
    """``limit`` of the ids, always the same ones, chosen by their hash."""
    if limit is None or len(ids) <= limit:
        return ids
    return sorted(ids, key=lambda id_: hashlib.blake2b(id_.encode(), digest_size=8).digest())[:limit]
