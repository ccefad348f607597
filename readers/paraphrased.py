"""Paraphrases of skills as rows of a neighbourhood: a past case, told in other words.

A paraphrase is what a case of the skill may sound like, so it is judged like one: by the vector and the words of the
paraphrase, and by everything else of the past case that it stands for. Vectors are made when skills are learned, never
in a recall; a paraphrase without one brings nothing. Decides nothing.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np

from telltale.memory.block import Block
from telltale.memory.embedders import embed_texts
from telltale.memory.resident import best
from telltale.memory.tenants import TenantStore
from telltale.memory.text import TokenIds, token_ids
from telltale.memory.types import Skill, Status

from .guard import Guard
from .panel import Question
from .terms import Floats

NAME = "paraphrases"
SKILLS = 8  # skills that are found by their text in each way
ROWS = 12  # rows that they bring together ...
EACH = 2  # ... and one of them
MOST = 20_000  # vectors that are kept, those of the first skills
FEW = 24  # past cases of a skill that are looked at where the guard's panel has none


@dataclass(frozen=True, slots=True)
class _Kept:
    payload: bytes
    place: dict[int, int]  # a text's name to its row
    vectors: Floats
    texts: dict[int, str] = field(default_factory=dict)  # of rows that were asked for
    of: dict[tuple[str, ...], list[int]] = field(default_factory=dict)

    def rows(self, texts: tuple[str, ...]) -> list[int]:
        """The rows of those of ``texts`` that have a vector."""
        if texts not in self.of:
            there = {self.place[name]: text for text in texts if (name := _name(text)) in self.place}
            self.texts.update(there)
            self.of[texts] = list(there)
        return self.of[texts]


_kept: WeakKeyDictionary[TenantStore, _Kept] = WeakKeyDictionary()


def keep_paraphrases(tenant: TenantStore) -> None:
    """Keep a vector for every paraphrase of the active skills, embedding those that have none yet."""
    active = tenant.skills(status=Status.ACTIVE)
    texts = list(dict.fromkeys(text for skill in active for text in skill.paraphrases))[:MOST]
    names = {_name(text): text for text in texts}
    before = _vectors(tenant)
    known = before.place if before else {}
    new = {name: text for name, text in names.items() if name not in known}
    if not new and len(names) == len(known):
        return
    vectors = np.zeros((len(names), tenant.row.dimension), np.float16)
    made = dict(zip(new, embed_texts(tenant.embedder, list(new.values())), strict=True)) if new else {}
    for row, name in enumerate(names):
        vectors[row] = made[name] if name in made or before is None else before.vectors[known[name]]
    packed = io.BytesIO()
    np.savez(packed, names=np.array(list(names), np.uint64), vectors=vectors)
    tenant.save(NAME, packed.getvalue())


def in_other_words(question: Question, text: str, alike: Floats, tenant: TenantStore, guard: Guard) -> Block:
    """The paraphrases nearest to a case as rows of the past cases that they stand for, nearest first; may be none.

    ``alike`` is the cosine of the case to each row of the guard's panel, (n,).
    """
    kept, nothing = _vectors(tenant), guard.panel.block.take([])
    if kept is None:
        return nothing
    near = tenant.shelf.near(question.vector, text, k=SKILLS)
    told = [(skill, row) for skill in near for row in kept.rows(skill.paraphrases)]
    vectors = kept.vectors[[row for _, row in told]]
    chosen = _nearest([skill.id for skill, _ in told], np.vecdot(vectors, question.vector))
    cases = _cases({told[at][0].id: told[at][0] for at in chosen}, question.vector, alike, tenant, guard)
    made = [(cases[told[at][0].id], vectors[at], kept.texts[told[at][1]]) for at in chosen]
    return Block.concat([nothing, *(_row(*one) for one in made if len(one[0]))])


def _nearest(skills: Sequence[str], nearness: Floats) -> list[int]:
    """The ROWS nearest, at most EACH of one skill."""
    taken: dict[str, int] = {}
    chosen: list[int] = []
    for row in np.argsort(-nearness, kind="stable").tolist():
        taken[skills[row]] = taken.get(skills[row], 0) + 1
        if taken[skills[row]] <= EACH and len(chosen) < ROWS:
            chosen.append(row)
    return chosen


def _cases(
    skills: dict[str, Skill], vector: Floats, alike: Floats, tenant: TenantStore, guard: Guard
) -> dict[str, Block]:
    """The past case nearest to a case of each skill: of the panel, else of its evidence; or none."""
    found = {id_: _in_panel(skill, alike, guard) for id_, skill in skills.items()}
    wanting = [id_ for id_, rows in found.items() if not len(rows)]
    if wanting:  # the panel is a sample, and as old as the guard
        evidence = tenant.block([one for id_ in wanting for one in skills[id_].evidence[:FEW]])
        place = {one: row for row, one in enumerate(evidence.ids)}
        for id_ in wanting:
            rows = evidence.take([place[one] for one in skills[id_].evidence[:FEW] if one in place])
            found[id_] = rows.take(best(np.vecdot(rows.vectors, vector), 1))
    return found


def _in_panel(skill: Skill, alike: Floats, guard: Guard) -> Block:
    panel = guard.panel
    rows = [panel.shown_by[panel.place[name]] for name in map(guard.procedure, skill.procedures) if name in panel.place]
    every = np.concatenate([np.zeros(0, np.intp), *rows])
    return panel.block.take(every[best(alike[every], 1)])


def _row(case: Block, vector: Floats, text: str) -> Block:
    return replace(case, vectors=vector[None], tokens=[_tokens(text)], duplicates=[f"{NAME}: {text}"])


@lru_cache(maxsize=4096)
def _tokens(text: str) -> TokenIds:
    return token_ids(text)


def _vectors(tenant: TenantStore) -> _Kept | None:
    """What is kept; None where nothing is."""
    payload = tenant.load(NAME)
    if payload is None:
        return None
    kept = _kept.get(tenant)
    if kept is None or kept.payload != payload:
        with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
            names, vectors = archive["names"].tolist(), archive["vectors"].astype(np.float32)
        kept = _kept[tenant] = _Kept(payload, {name: row for row, name in enumerate(names)}, vectors)
    return kept


def _name(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
