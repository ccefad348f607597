"""One tenant's memory: what can be stored, gathered, read back and forgotten. Judges nothing, knows no trace format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import carry, check, forget, maintain, packed, rows, schema
from .block import Block, Gathered, Stored
from .canonical import from_json, to_json
from .documents import Documents
from .durable import LOCK_SECONDS
from .embedders import Embedder
from .errors import BadArgument, ReadOnly, StoreMissing
from .forget import Forgotten
from .identity import new_id
from .memories import IDS_AT_ONCE, Memories
from .notes import DAYS_KEPT, MOST_KEPT, Notes
from .place import Place
from .puts import Put, Puts
from .quota import QUOTA, Quota
from .registry import Tenant
from .removal import writer_lock
from .shelf import Shelf
from .table import Table
from .tables import MEMORIES, tables_of
from .types import Episode, Facet, Insight, LookAlike, Procedure, Proposal, Skill

_NOTES_WAIT = 5.0  # seconds that notes of recalls wait for another writer before they are dropped


class TenantStore:
    """One tenant of a store. Usable from many threads; writes of all processes take turns."""

    def __init__(
        self, row: Tenant, *, embedder: Embedder, place: Place, connect: Callable[[], Any], read_only: bool
    ) -> None:
        self.row = row
        self.name, self.id, self.key = row.name, row.id, row.key
        self.embedder = embedder
        self.read_only = read_only
        self.place, self._folder = place, place.folder
        self._lock = writer_lock(self._folder)
        self._notes = Notes(self._write_notes)
        self._opinions = Notes(self._write_opinions)
        tables = tables_of(row, place, connect)
        self._memories = Memories(
            tables.pop(MEMORIES), tenant=self.id, dimension=row.dimension, place=place, room=self._room
        )
        self._puts = Puts(self._memories, self.key, self._lock, self._writing)
        self.shelf = Shelf(self._memories)  # the active skills, to be searched
        self._documents = {name: Documents(table, tenant=self.id) for name, table in tables.items()}

    # ---- storing ---------------------------------------------------------------------------------------------------

    def create(self) -> None:
        """Make the tenant's folder, its table of memories and the indexes."""
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock.hold():
            self._memories.table.create()

    def put(self, episodes: Sequence[Episode], vectors: NDArray[np.float32], *, redaction_version: int = 0) -> Stored:
        """Store redacted, signed episodes with ids under ``vectors``, shape (n, dim). On disk when it returns.

        An episode that is there is updated if it now says something else. What is left unsaid takes nothing back: an
        unknown outcome, an empty label or source, or a missing time keeps the one that is stored. Of two episodes
        with one id the later counts. Raises BadArgument for what cannot be stored, QuotaExceeded (nothing of it is
        stored), StoreBusy, StoreIO, ReadOnly. What several threads put at once is written in one commit.
        """
        return self._puts.put(Put(episodes=episodes, vectors=vectors, redaction_version=redaction_version))

    def compare(self, episodes: Sequence[Episode], *, redaction_version: int = 0) -> Stored:
        """What ``put`` would come to; writes nothing."""
        return self._memories.compare_episodes(episodes, self.key, redaction_version)

    def put_skills(self, skills: Sequence[Skill], vectors: NDArray[np.float32]) -> Stored:
        """Store skills with ids under ``vectors``; one that is there is updated. On disk when it returns."""
        with self._writing():
            return self._memories.put_skills(skills, vectors)

    # ---- searching -------------------------------------------------------------------------------------------------

    def gather(
        self, vector: NDArray[np.float32], text: str, *, k: int = 25, dense: bool = True, lexical: bool = True
    ) -> Gathered:
        """The k nearest episodes by cosine to ``vector``, and the k best by the words of ``text``."""
        return self._memories.gather(vector, text, k=k, dense=dense, lexical=lexical)

    def changed(self) -> int:
        """A number that grows with every change of the memories by any process (on S3 seen within a second)."""
        return self._memories.table.version()

    # ---- reading back ----------------------------------------------------------------------------------------------

    def block(self, ids: Sequence[str] | None = None, *, limit: int | None = None) -> Block:
        """Guard columns of the episodes with ``ids``, else of all (or of a fixed sample of ``limit``); sorted by id."""
        return self._memories.block(ids, limit)

    def episodes(self, ids: Sequence[str] | None = None) -> Iterator[Episode]:
        """Whole episodes: in the order of ``ids``, unknown ones left out; else all, sorted by id."""
        wanted = list(ids) if ids is not None else self._memories.all_ids()
        for start in range(0, len(wanted), IDS_AT_ONCE):
            part = wanted[start : start + IDS_AT_ONCE]
            read = rows.episodes_of(self._memories.columns(part, rows.WHOLE_COLUMNS))
            found = {episode.id: episode for episode in read}
            yield from (found[id_] for id_ in part if id_ in found)

    def episode(self, id_: str) -> Episode | None:
        """One episode, read by itself: quicker where nothing else is looked at."""
        found = rows.episodes_of(self._memories.by_id([id_], rows.WHOLE_COLUMNS, self._memories.of_kind("episode")))
        return found[0] if found else None

    def facets(self, ids: Sequence[str]) -> dict[str, tuple[Facet, ...]]:
        """The facets of each episode, as they were found when it was stored. Free for what was just gathered."""
        return {id_: rows.facets_of(packed) for id_, packed in self._memories.facets(ids).items()}

    def ids(self) -> list[str]:
        """The ids of all episodes, sorted. Reads nothing else."""
        return self._memories.all_ids()

    def keys(self) -> list[str]:
        """The distinct labels, or where there is none signatures, of all episodes; sorted. Reads nothing else."""
        return self._memories.keys()

    def count(self, kind: str = "episode") -> int:
        """How many memories of that kind there are."""
        return self._memories.table.count(self._memories.of_kind(kind))

    def skills(self, ids: Sequence[str] | None = None, *, status: str | None = None) -> list[Skill]:
        """The library, sorted by id; only skills with these ids, or of that status, if given."""
        of_kind = self._memories.of_kind("skill")
        table = (
            self._memories.table.rows(of_kind, ("body",))
            if ids is None
            else self._memories.by_id(ids, ("body",), of_kind)
        )
        found = rows.skills_of(table)
        return [skill for skill in found if status is None or skill.status == status]

    # ---- what is learned -------------------------------------------------------------------------------------------

    def save(self, name: str, payload: bytes) -> None:
        """Keep ``payload`` (a guard's numbers) under ``name``."""
        with self._writing():
            self._documents["guard"].put({name: payload})

    def load(self, name: str) -> bytes | None:
        """What was saved under ``name``. Raises StoreCorrupt when its bytes are not what was written."""
        return self._documents["guard"].all(dict).get(name)

    def replace_procedures(self, procedures: Sequence[Procedure]) -> None:
        """Put ``procedures`` in place of all that are stored."""
        self._replace("procedures", packed.pack_procedures(procedures))

    def procedures(self) -> list[Procedure]:
        """All procedures, sorted by name."""
        return list(self._documents["procedures"].all(packed.unpack_procedures))

    def replace_look_alikes(self, pairs: Sequence[LookAlike]) -> None:
        """Put ``pairs`` in place of all that are stored."""
        self._replace("look_alikes", packed.pack_look_alikes(pairs))

    def look_alikes(self) -> list[LookAlike]:
        """All stored pairs, most alike first."""
        return list(self._documents["look_alikes"].all(packed.unpack_look_alikes))

    def replace_insights(self, insights: Sequence[Insight]) -> None:
        """Put ``insights`` in place of all that are stored."""
        self._replace("insights", packed.pack_insights(insights))

    def put_insights(self, insights: Sequence[Insight]) -> None:
        """Keep these insights, by their ids, beside all others."""
        with self._writing():
            now = sorted(({one.id: one for one in (*self.insights(), *insights)}).values(), key=lambda one: one.id)
            self._documents["insights"].put(packed.pack_insights(insights), after=now)

    def insights(self) -> list[Insight]:
        """All insights, sorted by id."""
        return list(self._documents["insights"].all(packed.unpack_insights))

    def keep_versions(self, skills: Sequence[Skill]) -> None:
        """Keep these versions of skills beside all earlier ones; one that is kept already is put in its place."""
        with self._writing():
            self._documents["skill_versions"].put(packed.pack_versions(skills))

    def skill_versions(self, skill_id: str | None = None) -> list[Skill]:
        """Every kept version, oldest first; only those of one skill if given."""
        found = self._documents["skill_versions"].all(packed.unpack_versions)
        return [skill for skill in found if skill_id in (None, skill.id)]

    def replace_proposals(self, proposals: Sequence[Proposal]) -> None:
        """Put ``proposals`` in place of all that wait."""
        self._replace("proposals", packed.pack_proposals(proposals))

    def proposals(self) -> list[Proposal]:
        """What waits for a person's word, sorted by id."""
        return list(self._documents["proposals"].all(packed.unpack_proposals))

    def meta(self, key: str) -> str | None:
        """A setting of the tenant."""
        found = self._documents["meta"].all(dict).get(key)
        return None if found is None else found.decode()

    def set_meta(self, key: str, value: str) -> None:
        """Keep a setting of the tenant."""
        self.set_metas({key: value})

    def set_metas(self, values: Mapping[str, str]) -> None:
        """Keep settings of the tenant, in one commit."""
        with self._writing():
            self._documents["meta"].put({key: value.encode() for key, value in values.items()})

    @property
    def quota(self) -> Quota:
        """How much it may hold."""
        return Quota.of(self.meta(QUOTA))

    @quota.setter
    def quota(self, quota: Quota) -> None:
        self.set_meta(QUOTA, quota.told())

    def _replace(self, name: str, values: Mapping[str, bytes]) -> None:
        with self._writing():
            self._documents[name].replace(values)

    # ---- what was shown and said -----------------------------------------------------------------------------------

    def note_recall(self, note: Mapping[str, Any]) -> None:
        """Note what a recall showed (``note["id"]`` names it); written in the background, dropped if that fails."""
        if not self.read_only:
            self._notes.add(str(note["id"]), to_json(note))

    def recall_note(self, recall_id: str) -> Mapping[str, Any] | None:
        """What ``note_recall`` was told of that recall, or None."""
        found = self._notes.get(recall_id) or self._documents["recalls"].get(recall_id)
        return None if found is None else dict(from_json(found))

    def recall_notes(self, latest: int) -> list[Mapping[str, Any]]:
        """What was noted of the ``latest`` recalls, oldest first."""
        if not self.read_only:
            self._notes.flush()
        return [from_json(value) for value in self._documents["recalls"].by_time(latest)]

    @property
    def dropped_notes(self) -> int:
        """How many notes of recalls could not be written."""
        return self._notes.dropped

    def add_feedback(self, row: Mapping[str, Any]) -> None:
        """Keep a piece of feedback; on disk when it returns."""
        with self._writing():
            self._documents["feedback"].append({new_id(): to_json(row)})

    def feedback(self) -> Sequence[Mapping[str, Any]]:
        """All feedback, oldest first; the same object until there is more. Not to be written to."""
        return self._documents["feedback"].log(from_json)

    def keep_opinion(self, name: str, opinion: Mapping[str, Any]) -> None:
        """Keep what a judge said under ``name``; written in the background, dropped if that fails."""
        if not self.read_only:
            self._opinions.add(name, to_json(opinion))

    def opinion(self, name: str) -> Mapping[str, Any] | None:
        """What ``keep_opinion`` was told under that name, or None."""
        found = self._opinions.get(name) or self._documents["opinions"].get(name)
        return None if found is None else dict(from_json(found))

    def opinions(self) -> list[Mapping[str, Any]]:
        """All that judges said, oldest first."""
        self._opinions.flush()
        return [from_json(value) for value in self._documents["opinions"].by_time()]

    def _write_notes(self, notes: Mapping[str, bytes]) -> None:
        with self._held(seconds=_NOTES_WAIT):
            self._documents["recalls"].note(notes, days=DAYS_KEPT, most=MOST_KEPT)

    def _write_opinions(self, opinions: Mapping[str, bytes]) -> None:
        with self._held(seconds=_NOTES_WAIT):
            self._documents["opinions"].put(opinions)

    # ---- looking after it ------------------------------------------------------------------------------------------

    def forget(
        self, *, episode_ids: Sequence[str] | None = None, source: str | None = None, before: float | None = None
    ) -> Forgotten:
        """The ids of the episodes taken away: those that all given conditions name, and all that came of them.

        Down to the bytes: old versions and indexes are cleaned; skills and insights that rest on them, look-alikes,
        recall notes, feedback and opinions that name them go too; procedures and guard too, until the next learning.
        Raises BadArgument when no condition is given.
        """
        if episode_ids is None and source is None and before is None:
            raise BadArgument("found no condition, expected episode_ids, source or before; nothing was forgotten")
        with self._writing():
            ids = forget.chosen(self._memories, episode_ids, source, before)
            return self._forget(ids) if ids else Forgotten()

    def forget_everything(self) -> Forgotten:
        """The ids of all episodes, which are taken away with all that this tenant holds but its settings."""
        with self._writing():
            return self._forget([forget.EVERYTHING])

    def finish_forgetting(self) -> None:
        """Finish what a forgetting that was cut short left undone."""
        if forget.unfinished(self._documents["meta"]):
            with self._writing():  # the process that began may have finished it while we waited
                ids = forget.unfinished(self._documents["meta"])
                if ids:
                    self._forget(ids)

    def _forget(self, ids: Sequence[str]) -> Forgotten:
        self._notes.flush()
        self._opinions.flush()
        self._let_go()
        return forget.forget(self._memories, self._documents, ids)

    def redacted_otherwise(self, redaction_version: int) -> list[str]:
        """The ids of the episodes that were stored under another version of the rules, sorted."""
        return self._memories.redacted_otherwise(redaction_version)

    def rewrite(self, change: Callable[[Any], Any], *, gone: Sequence[str]) -> None:
        """Let ``change`` go over every recall, piece of feedback and opinion, and take the episodes ``gone`` away.

        Down to the bytes, those of rows that were updated before included; procedures and guard go too.
        """
        with self._writing():
            self._notes.flush()
            self._opinions.flush()
            for name in ("recalls", "feedback", "opinions"):
                self._documents[name].rewrite(lambda body: to_json(change(from_json(body))))
            self._forget(gone)

    def maintain(self) -> None:
        """Bring indexes and fragments in order; old notes and versions go. Takes seconds: never within a request."""
        with self._writing():
            self._documents["recalls"].expire(days=DAYS_KEPT, most=MOST_KEPT)
            for table in self._tables():
                maintain.maintain(table)

    def check(self) -> list[check.Problem]:
        """Everything wrong with the stored bytes: checksums, keys, vectors, indexes. Empty when nothing is."""
        memories, *documents = self._tables()
        return check.check(memories, documents, self.id, schema.memories_indexes)

    def carried(self) -> carry.Load:
        """All that it holds, to be carried into another store, or out of one."""
        steady = nullcontext() if self.read_only else self._held()
        return carry.Load(self.row, self.embedder, self._memories, self._documents, steady)

    @property
    def held(self) -> int:
        """About how many bytes of it are in memory now."""
        return self._memories.held

    def close(self) -> None:
        """Write what is buffered and let go of tables and columns; the next use opens them again."""
        self._notes.close()
        self._opinions.close()
        self._let_go()

    def _let_go(self) -> None:
        self._memories.close()
        self.shelf.close()
        for documents in self._documents.values():
            documents.close()

    def _tables(self) -> list[Table]:
        return [self._memories.table, *(documents.table for documents in self._documents.values())]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self.read_only:
            raise ReadOnly(f"tenant {self.name!r} was opened read-only; open the store without read_only to write")
        with self._held():
            yield

    @contextmanager
    def _held(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """The writer's lock of a tenant that is still there: whoever came too late must not make its folder anew."""
        self._there()
        with self._lock.hold(seconds):
            self._there()
            yield

    def _there(self) -> None:
        if self._folder and not (self._folder / "memories.lance").is_dir():
            raise StoreMissing(f"tenant {self.name!r} has been deleted; open the store again to see what there is")

    def _room(self, episodes: int, size: int) -> None:
        self.quota.check(self.name, episodes=(episodes, self.count), size=(size, self._memories.table.size))
