"""Candidates without a guard: what search alone finds. For baselines, recall at k, and debugging."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from telltale.memory.block import OUTCOMES, Block, Gathered
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Candidate, Case, Episode

from .guard import Guard
from .library import labelled
from .neighbourhood import describe, gather
from .terms import Floats

RRF_K = 60  # Cormack, Clarke & Büttcher 2009


def candidates(case: Case, tenant: TenantStore, guard: Guard, *, by: str, k: int) -> list[Candidate]:
    """At most ``k`` candidates, best first, ties by id; failures and unknown outcomes are among them.

    Args:
        guard: names the procedures; with ``by="all"`` its panel gathers too.
        by: ``"dense"`` scores by cosine, ``"lexical"`` by BM25, ``"hybrid"`` fuses the ranks of both (reciprocal rank
            fusion), ``"all"`` is what recall judges, scored by cosine.
    """
    asked = describe(case, tenant)
    if by == "all":
        around = gather(asked, tenant, guard)
        nearness = np.vecdot(around.block.vectors, asked.question.vector)
        return [*labelled(_ranked(around.block, nearness, around.by, tenant, guard)[:k], tenant)]
    found = tenant.gather(asked.question.vector, case.text, k=k, dense=by != "lexical", lexical=by != "dense")
    return [*labelled(_ranked(found.block, _scores(found, by), _ways(found), tenant, guard)[:k], tenant)]


def _scores(found: Gathered, by: str) -> Floats:
    if by == "dense":
        return found.dense
    if by == "lexical":
        return found.lexical
    ranks = np.stack([found.dense_rank, found.lexical_rank]).astype(np.float32)
    fused: Floats = np.where(ranks >= 0, 1.0 / (RRF_K + 1 + ranks), 0.0).sum(0).astype(np.float32)
    return fused


def _ways(found: Gathered) -> list[tuple[str, ...]]:
    both = zip(found.dense_rank.tolist(), found.lexical_rank.tolist(), strict=True)
    return [(*(("dense",) if dense >= 0 else ()), *(("lexical",) if lexical >= 0 else ())) for dense, lexical in both]


def _ranked(
    block: Block, scores: Floats, by: Sequence[tuple[str, ...]], tenant: TenantStore, guard: Guard
) -> list[Candidate]:
    told = {episode.id: episode for episode in tenant.episodes(block.ids)}
    order = sorted(range(len(block)), key=lambda row: (-float(scores[row]), block.ids[row]))
    return [
        candidate(block, row, guard, score=float(scores[row]), by=by[row], told=told.get(block.ids[row]))
        for row in order
    ]


def candidate(
    block: Block, row: int, guard: Guard, *, score: float, by: tuple[str, ...], told: Episode | None = None
) -> Candidate:
    """One row as a candidate; without its text and context where the episode was not fetched."""
    return Candidate(
        id=block.ids[row],
        text=told.text if told else "",
        context=told.context if told else {},
        procedure=guard.procedure(block.keys[row]),
        outcome=OUTCOMES[block.outcomes[row]],
        score=score,
        by=by,
    )
