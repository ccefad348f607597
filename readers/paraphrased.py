"""Paraphrases of skills as rows of a neighbourhood: a past case, told in other words.

A paraphrase is what a case of the skill may sound like, so it is judged like one: by the vector and the words of the
paraphrase, and by everything else of the past case that it stands for. Vectors are made when skills are learned, never
in a recall; a paraphrase without one brings nothing. Decides nothing.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from telltale.memory.block import Block
from telltale.memory.embedders import embed_texts
from telltale.memory.resident import best
from telltale.memory.tenants import TenantStore
from telltale.memory.text import token_ids
from telltale.memory.types import Skill, Status

from .guard import Guard
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


def in_other_words(vector: Floats, text: str, tenant: TenantStore, guard: Guard) -> Block:
    """The paraphrases nearest to a case as rows of the past cases that they stand for, nearest first; may be none."""
    kept = _vectors(tenant)
    near = tenant.shelf.near(vector, text, k=SKILLS) if kept else []
    told = [(skill, text) for skill in near for text in skill.paraphrases if kept and _name(text) in kept.place]
    nothing = guard.panel.block.take([])
    if kept is None or not told:
        return nothing
    vectors = kept.vectors[[kept.place[_name(text)] for _, text in told]]
    chosen = _nearest([skill.id for skill, _ in told], np.vecdot(vectors, vector))
    cases = _cases({told[row][0].id: told[row][0] for row in chosen}, vector, tenant, guard)
    rows = [_row(cases[told[row][0].id], vectors[row], told[row][1]) for row in chosen if len(cases[told[row][0].id])]
    return Block.concat([nothing, *rows])


def _nearest(skills: Sequence[str], nearness: Floats) -> list[int]:
    """The ROWS nearest, at most EACH of one skill."""
    taken: dict[str, int] = {}
    chosen: list[int] = []
    for row in np.argsort(-nearness, kind="stable").tolist():
        taken[skills[row]] = taken.get(skills[row], 0) + 1
        if taken[skills[row]] <= EACH and len(chosen) < ROWS:
            chosen.append(row)
    return chosen


def _cases(skills: dict[str, Skill], vector: Floats, tenant: TenantStore, guard: Guard) -> dict[str, Block]:
    """The past case nearest to ``vector`` of each skill: of the panel, else of its evidence; or none."""
    found = {id_: _in_panel(skill, guard) for id_, skill in skills.items()}
    wanting = [id_ for id_, rows in found.items() if not len(rows)]
    if wanting:  # the panel is a sample, and as old as the guard
        evidence = tenant.block([one for id_ in wanting for one in skills[id_].evidence[:FEW]])
        place = {one: row for row, one in enumerate(evidence.ids)}
        for id_ in wanting:
            found[id_] = evidence.take([place[one] for one in skills[id_].evidence[:FEW] if one in place])
    return {id_: rows.take(best(np.vecdot(rows.vectors, vector), 1)) for id_, rows in found.items()}


def _in_panel(skill: Skill, guard: Guard) -> Block:
    panel = guard.panel
    places = [panel.place[name] for name in map(guard.procedure, skill.procedures) if name in panel.place]
    return panel.block.take(np.flatnonzero(np.isin(panel.of, places) & panel.usable))


def _row(case: Block, vector: NDArray[np.float32], text: str) -> Block:
    return replace(case, vectors=vector[None], tokens=[token_ids(text)], duplicates=[f"{NAME}:{_name(text)}"])


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
