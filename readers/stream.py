"""How often a new case has a procedure never seen, told from the cases that were really asked.

Nobody says which of them were novel. But novel cases score lower than the rest, and the memory knows how both score: so
the share is the one that makes the scores of the stream most likely, found by expectation maximisation (Saerens,
Latinne & Decaestecker 2002, Neural Computation 14). It takes cases as low as novel ones for novel: where known cases
have come to look different, the share is told too high, which errs towards abstaining.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from telltale.memory.embedders import embed_texts
from telltale.memory.facets import fact_ids, find_facets
from telltale.memory.tenants import TenantStore
from telltale.memory.text import token_ids
from telltale.memory.types import Case

from .evidence import weigh
from .fitted import FittedPanel
from .guard import Model
from .neighbourhood import within
from .panel import Question
from .terms import Floats

LATEST = 500  # recalls that are looked at
LEAST = 100  # below, they say too little
BINS = 20
ROUNDS = 200  # of expectation and maximisation; the share settles within a few dozen


def asked_lately(tenant: TenantStore, fitted: FittedPanel) -> list[Question]:
    """The cases of the latest recalls, without those that have been remembered since; none where they are too few."""
    cases = [Case(text=note["text"], context=note["context"]) for note in tenant.recall_notes(LATEST)]
    remembered = {tokens.tobytes() for tokens in fitted.panel.block.tokens}
    told = [(case, token_ids(case.text)) for case in cases]
    new = [(case, tokens) for case, tokens in told if tokens.tobytes() not in remembered]
    if len(new) < LEAST:
        return []
    vectors = embed_texts(tenant.embedder, [case.text for case, _ in new])
    return [
        Question(vector=vector, tokens=tokens, facts=fact_ids(find_facets(case)))
        for (case, tokens), vector in zip(new, vectors, strict=True)
    ]


def best_scores(questions: Sequence[Question], model: Model, fitted: FittedPanel) -> Floats:
    """The score of each case's best candidate, (n,)."""
    panel, everything = fitted.panel, np.ones(len(fitted.panel), np.bool_)
    best = np.zeros(len(questions), np.float32)
    for at, question in enumerate(questions):
        kernels = panel.alike(question)
        opinion = panel.opinion(fitted.heads, kernels, question)
        rows = within(panel, kernels, opinion, everything)
        rows = rows[panel.usable[rows]]
        procedures = [panel.procedures[p] for p in panel.of[rows]]
        best[at] = model.score(weigh(question, panel.block.take(rows), procedures, panel, opinion)).max()
    return best


def share_of(asked: Floats, known: Floats, novel: Floats) -> float:
    """The share of novel cases among those ``asked``, where ``known`` and ``novel`` are the scores of such cases."""
    edges = np.quantile(np.concatenate([known, novel]), np.linspace(0, 1, BINS + 1)[1:-1])
    likely_known, likely_novel = (_density(scores, edges) for scores in (known, novel))
    at = np.searchsorted(edges, asked)
    share = 0.5
    for _ in range(ROUNDS):
        novel_mass = share * likely_novel[at]
        share = float((novel_mass / (novel_mass + (1 - share) * likely_known[at])).mean())
    return share


def _density(scores: Floats, edges: Floats) -> NDArray[np.float64]:
    counted = np.bincount(np.searchsorted(edges, scores), minlength=BINS) + 1.0
    density: NDArray[np.float64] = counted / counted.sum()
    return density
