"""From the table of feedback to what a guard has heard of it and what it is taught by it.

The table is the one source: what is kept per open tenant is made of it, and only what is new is taken in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from telltale.memory.block import Block
from telltale.memory.embedders import embed_texts
from telltale.memory.facets import fact_ids, find_facets
from telltale.memory.tenants import TenantStore
from telltale.memory.text import token_ids
from telltale.memory.types import Case, Facet

from .adapt import Account
from .fitted import FittedPanel
from .guard import Guard
from .heard import Heard
from .lessons import JUDGED, MOST, Heeded, LabelledPair, heed, pairs_in
from .panel import Question
from .taught import Taught, taught
from .terms import Floats

Rows = Sequence[Mapping[str, Any]]

STANDS_FOR = 3  # past cases, the first of which that is there stands for its skill


@dataclass(slots=True)
class _Kept:
    said: Rows
    learned: int  # rows that the guard has learned from
    account: Account = field(default_factory=Account)
    pairs: Heeded = field(default_factory=dict)
    cases: dict[bytes, tuple[Floats, tuple[Facet, ...]]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # of memories by id; empty for those that are gone
    heard: Heard = field(default_factory=Heard)


_kept: WeakKeyDictionary[TenantStore, _Kept] = WeakKeyDictionary()
_taking_in = Lock()


def hearing(guard: Guard, tenant: TenantStore) -> Guard:
    """``guard`` with all that has been said up to now."""
    said = tenant.feedback()
    with _taking_in:
        kept = _kept.get(tenant)
        if kept is None or kept.said is not said or kept.learned != guard.feedback:
            kept = _kept[tenant] = _taken_in(said, guard.feedback, kept, tenant)
    return guard if guard.heard is kept.heard else replace(guard, heard=kept.heard)


def lessons_of(
    said: Rows,
    tenant: TenantStore,
    fitted: FittedPanel,
    names: Mapping[str, str],
    judged: Iterable[tuple[Case, str, bool]] = (),
) -> Taught | None:
    """What the newest of ``said``, and before it what was ``judged``, teach a guard on ``fitted``; None: nothing.

    A judge's word is a case, a memory's id, and whether one procedure serves both; people's words go before it.
    """
    pairs: Heeded = {}
    heed(pairs, (LabelledPair(case=case, candidate=id_, right=right, weight=JUDGED) for case, id_, right in judged))
    heed(pairs, (pair for row in said[-MOST:] for pair in pairs_in(row)))
    if not pairs:
        return None
    cases = {name: pair.case for (name, _), pair in pairs.items()}
    questions = {
        name: Question(vector=vector, tokens=token_ids(cases[name].text), facts=fact_ids(facets))
        for name, (vector, facets) in _described(cases, tenant).items()
    }
    pairs, candidates = on_past_cases(pairs, tenant)
    return taught(pairs, questions, candidates, names, fitted)


def on_past_cases(pairs: Heeded, tenant: TenantStore) -> tuple[Heeded, Block]:
    """The pairs with a past case of its evidence in the place of every skill, and all the past cases."""
    candidates = tenant.block([id_ for _, id_ in pairs])
    other = {id_ for _, id_ in pairs}.difference(candidates.ids)
    skills = {skill.id: skill for skill in tenant.skills() if skill.id in other} if other else {}
    if not skills:
        return pairs, candidates
    evidence = tenant.block([id_ for skill in skills.values() for id_ in skill.evidence[:STANDS_FOR]])
    there = set(evidence.ids)
    stands = {id_: next((one for one in skill.evidence if one in there), id_) for id_, skill in skills.items()}
    moved: Heeded = {}
    heed(moved, (replace(pair, candidate=stands.get(pair.candidate, pair.candidate)) for pair in pairs.values()))
    return moved, Block.concat([candidates, evidence])


def _taken_in(said: Rows, learned: int, before: _Kept | None, tenant: TenantStore) -> _Kept:
    """What is kept of ``said``: ``before`` and what is new, where that is all that changed."""
    if before is not None and before.learned == learned and _goes_on(before.said, said):
        kept, seen = replace(before, said=said), len(before.said)
    else:
        kept, seen = _Kept(said=said, learned=learned), 0
    for at, row in enumerate(said[seen:], start=seen):
        if at == learned > 0:
            kept.account.level = kept.account.level.relearned()
        kept.account.add(row)
        heed(kept.pairs, pairs_in(row))
    if not seen and len(said) == learned > 0:
        kept.account.level = kept.account.level.relearned()
    kept.heard = _heard(kept, tenant)
    return kept


def _goes_on(before: Rows, now: Rows) -> bool:
    """Whether ``now`` is ``before`` with more at its end."""
    return len(now) >= len(before) and (not before or now[len(before) - 1] == before[-1])


def _heard(kept: _Kept, tenant: TenantStore) -> Heard:
    stated = {name: pair for name, pair in kept.pairs.items() if pair.stated}
    cases = {name: pair.case for (name, _), pair in stated.items()}
    known = {name: kept.cases[name] for name in cases if name in kept.cases}
    kept.cases = known | _described({name: case for name, case in cases.items() if name not in known}, tenant)
    missing = {id_ for _, id_ in stated} - kept.keys.keys()
    if missing:
        kept.keys |= dict.fromkeys(missing, "") | _keys(missing, tenant)
    heeded = [(name, kept.keys[id_], pair.right) for (name, id_), pair in stated.items() if kept.keys[id_]]
    return Heard(
        level=kept.account.level,
        vectors=np.array([kept.cases[name][0] for name, _, _ in heeded], np.float32),
        facets=[kept.cases[name][1] for name, _, _ in heeded],
        keys=[key for _, key, _ in heeded],
        right=[right for _, _, right in heeded],
    )


def _keys(ids: Collection[str], tenant: TenantStore) -> dict[str, str]:
    """The keys of those of ``ids`` that are there; a skill's is its procedure, whatever has become of it."""
    block = tenant.block(sorted(ids))
    found = dict(zip(block.ids, block.keys, strict=True))
    if len(found) < len(ids):
        found |= {skill.id: skill.procedure for skill in tenant.skills() if skill.id in ids}
    return found


def _described(cases: Mapping[bytes, Case], tenant: TenantStore) -> dict[bytes, tuple[Floats, tuple[Facet, ...]]]:
    """The vector and the facets of each case."""
    if not cases:
        return {}
    vectors = embed_texts(tenant.embedder, [case.text for case in cases.values()])
    return {name: (vector, find_facets(case)) for (name, case), vector in zip(cases.items(), vectors, strict=True)}
