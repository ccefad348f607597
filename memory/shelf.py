"""A tenant's active skills, found by meaning and words or by their procedure: in memory while few, in LanceDB when not.

When the table has changed, only skills that are new to it are read. Knows no case and judges nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import rows
from .block import Block
from .canonical import from_json
from .memories import Memories
from .postings import Postings
from .resident import Resident, best
from .search import Snapshot
from .skills import skill_of
from .text import token_ids
from .types import Skill, Status

MOST_SKILLS = 2_000  # up to here, those of every status are kept in memory
_MORE = 4  # so many times k are asked of LanceDB, which finds those of every status


@dataclass(frozen=True, slots=True)
class _Shelved:
    """The active skills at one version, and what they are found by."""

    skills: Sequence[Skill]
    block: Block  # a row of the searched text for each
    words: Postings
    by_procedure: dict[str, list[int]]


class Shelf:
    """The skills of ``memories`` whose status is active."""

    def __init__(self, memories: Memories) -> None:
        self._memories = memories
        self._resident: Resident | None = None
        self._shelved: _Shelved | None = None
        self._parsed: dict[bytes, Skill] = {}
        self._bare = False  # there is no skill at all
        self._seen: int | None = None

    def near(self, vector: NDArray[np.float32], text: str, *, k: int) -> list[Skill]:
        """The k nearest by cosine to their searched text, then the k best by its words; none twice, ties by id."""
        shelved = self._current()
        if self._bare:
            return []
        if shelved is None:
            gathered = self._snapshot().gather(vector, text, k=_MORE * k, dense=True, lexical=True)
            ranks = np.where(gathered.dense_rank < 0, len(gathered.block), gathered.dense_rank)
            ids = [gathered.block.ids[row] for row in np.argsort(ranks, kind="stable").tolist()]
            found = {skill.id: skill for skill in _active(self._memories.by_id(ids, ("body",)))}
            return [found[id_] for id_ in ids if id_ in found][: 2 * k]
        scores = shelved.words.scores(token_ids(text))
        near, said = best(np.vecdot(shelved.block.vectors, vector), k), best(scores, k)
        return [shelved.skills[row] for row in dict.fromkeys([*near.tolist(), *said[scores[said] > 0].tolist()])]

    def of(self, procedures: Collection[str]) -> list[Skill]:
        """Those that stand for one of ``procedures``, sorted by id.

        Where there are too many to be kept, what was merged into a skill does not find it.
        """
        shelved = self._current()
        if self._bare:
            return []
        if shelved is None:
            from lancedb.expr import col

            where = self._memories.of_kind("skill") & col("key").isin(sorted(procedures))
            return _active(self._memories.table.rows(where, ("body",)))
        found = {row for name in procedures for row in shelved.by_procedure.get(name, ())}
        return [shelved.skills[row] for row in sorted(found)]

    def close(self) -> None:
        """Let go of what is kept."""
        self._resident = self._shelved = self._seen = None
        self._parsed = {}

    def _current(self) -> _Shelved | None:
        """What is kept, brought up to date; None where there are too many."""
        if self._seen != self._memories.table.version():
            self._memories.again(self._renew)
        return self._shelved

    def _renew(self) -> None:
        if self._resident is None and self._is_bare():
            return
        snapshot = self._snapshot()
        if len(snapshot.places()) > MOST_SKILLS:
            self._resident, self._shelved = None, None
        else:
            before = self._resident
            self._resident = before.renewed(snapshot) if before else Resident.read(snapshot, rows.ALL_COLUMNS)
            if self._resident is not before:
                self._shelved = self._filled(self._resident)
        self._seen = snapshot.version

    def _is_bare(self) -> bool:
        """Whether there are no skills, counted: quicker than opening the table once more to search it."""
        version = self._memories.table.version()
        self._bare = self._memories.table.count(self._memories.of_kind("skill")) == 0
        if self._bare:
            self._shelved, self._seen = None, version
        return self._bare

    def _filled(self, resident: Resident) -> _Shelved:
        bodies = resident.take(resident.block.ids, ("body",)).column("body").to_pylist()
        self._parsed = {body: self._parsed.get(body) or skill_of(from_json(body)) for body in bodies}
        every = [self._parsed[body] for body in bodies]
        active = [row for row, skill in enumerate(every) if skill.status is Status.ACTIVE]
        block, skills = resident.block.take(active), [every[row] for row in active]
        by_procedure: dict[str, list[int]] = {}
        for row, skill in enumerate(skills):
            for name in dict.fromkeys(skill.procedures):
                by_procedure.setdefault(name, []).append(row)
        return _Shelved(skills=skills, block=block, words=Postings(block.tokens), by_procedure=by_procedure)

    def _snapshot(self) -> Snapshot:
        return self._memories.snapshot("skill")


def _active(table: object) -> list[Skill]:
    found: Iterable[Skill] = rows.skills_of(table)
    return [skill for skill in found if skill.status is Status.ACTIVE]
