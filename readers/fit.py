"""Fits a guard on a memory alone: no labels from people, no look at any query.

Every past case of the panel is asked about twice, from everything but itself (*has a match*) and from everything but
its procedure (*novel*: now every neighbour is a look-alike). What was learned of a case never saw it: the regressions
leave it, or its whole procedure, out in closed form. Runs when asked to, never within a recall.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import logistic
from .evidence import NAMES, weigh
from .fitted import FittedPanel
from .guard import Calibration, Guard, Model
from .neighbourhood import within
from .panel import Opinion, Panel, Question, content_hash
from .stream import best_scores, share_of
from .taught import Taught
from .terms import Floats
from .threads import one_thread

LEAST_CASES = 60  # below, too little is known to calibrate anything
FOLDS = 3
PENALTY = 0.05  # how little the model is held to where it starts from (docs/design/020-guard.md)
PLATT = 1.0  # the same for the slope and offset of the probability
FOREIGN = 4  # cases of each other memory that a prior is taught to refuse
LEAST_NOVEL = 0.1  # the share of novel cases that is assumed at least
MOST_NOVEL = 0.5  # and at most: the panel has each case once as known and once as novel


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Past cases against the candidates they would have had: what a guard learns from."""

    evidence: Floats  # (pairs, len(NAMES))
    right: NDArray[np.bool_]  # (pairs,) whether the candidate's procedure is the case's
    case: NDArray[np.intp]  # (pairs,) the row of the panel that was asked about
    novel: NDArray[np.bool_]  # (pairs,) asked as if its procedure had never been seen


def fit_guard(
    fitted: FittedPanel, base: Guard, start: Model, lessons: Taught | None = None, asked: Sequence[Question] = ()
) -> Guard:
    """``base`` with a model and a calibration of the memory's own; itself where the panel is too little to learn from.

    Args:
        fitted: the panel that the guard will judge by.
        base: the guard that would serve without it: the prior on the same panel.
        start: the model from which the memory's own sets out.
        lessons: what was said of real cases, weighing more than past ones.
        asked: cases that were really asked; they tell how many are novel.
    """
    if len(fitted.panel) < LEAST_CASES or len(fitted.panel.procedures) < 2:
        return base
    pairs = pairs_of(fitted)
    with one_thread():
        model = fit_model(pairs, start, lessons, novel_share=novel_share(fitted.panel))
        heard = best_scores(asked, model, fitted)
        return replace(base, model=model, calibration=calibrate(pairs, fitted, start, lessons, heard))


def pairs_of(fitted: FittedPanel) -> Pairs:
    """Every case of the panel in both modes, each against the candidates it would have had."""
    with one_thread():
        asked = [*_asked(fitted, novel=False), *_asked(fitted, novel=True)]
    sizes = [len(right) for _, right, _, _ in asked]
    return Pairs(
        evidence=_stacked([evidence for evidence, _, _, _ in asked]),
        right=np.array([one for _, right, _, _ in asked for one in right], np.bool_),
        case=np.repeat(np.array([row for _, _, row, _ in asked], np.intp), sizes),
        novel=np.repeat(np.array([novel for _, _, _, novel in asked], np.bool_), sizes),
    )


def foreign_pairs(fitted: FittedPanel, others: Sequence[Panel]) -> Pairs:
    """Cases of ``others``, memories of another kind, asked of this one: nothing here is right for any of them."""
    panel, everything = fitted.panel, np.ones(len(fitted.panel), np.bool_)
    asked = []
    for question in (other.question(row) for other in others for row in range(min(FOREIGN, len(other)))):
        kernels = panel.alike(question)
        opinion = panel.opinion(fitted.heads, kernels, question)
        rows = within(panel, kernels, opinion, everything)
        procedures = [panel.procedures[p] for p in panel.of[rows]]
        asked.append(weigh(question, panel.block.take(rows), procedures, panel, opinion)[panel.usable[rows]])
    sizes = [len(evidence) for evidence in asked]
    return Pairs(
        evidence=_stacked(asked),
        right=np.zeros(sum(sizes), np.bool_),
        case=np.repeat(np.arange(len(asked)), sizes),
        novel=np.ones(sum(sizes), np.bool_),
    )


def pooled(every: Sequence[Pairs]) -> Pairs:
    """The pairs of several memories as if they were one."""
    offsets = np.cumsum([0, *(int(pairs.case.max(initial=-1)) + 1 for pairs in every)])
    return Pairs(
        evidence=np.concatenate([pairs.evidence for pairs in every]),
        right=np.concatenate([pairs.right for pairs in every]),
        case=np.concatenate([pairs.case + offset for pairs, offset in zip(every, offsets, strict=False)]),
        novel=np.concatenate([pairs.novel for pairs in every]),
    )


def _stacked(parts: Sequence[Floats]) -> Floats:
    """One below the other; no rows where there are no parts."""
    return np.concatenate([np.zeros((0, len(NAMES)), np.float32), *parts])


def _asked(fitted: FittedPanel, *, novel: bool) -> Iterator[tuple[Floats, NDArray[np.bool_], int, bool]]:
    """Each row in turn: without its sitting, or with ``novel`` without its procedure and those of its fold."""
    panel = fitted.panel
    groups = fitted.procedure_folds if novel else fitted.sitting
    order = np.argsort(groups, kind="stable")
    for rows in np.split(order, np.nonzero(np.diff(groups[order]))[0] + 1):
        allowed = np.ones(len(panel), np.bool_)
        allowed[rows] = False
        for row, opinion in zip(rows.tolist(), fitted.opinions_without(rows, novel=novel), strict=True):
            found = _candidates(fitted, row, opinion, allowed)
            if found is not None:
                yield (*found, row, novel)


def _candidates(
    fitted: FittedPanel, row: int, opinion: Opinion, allowed: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.bool_]] | None:
    panel = fitted.panel
    rows = within(panel, fitted.kernels_of(row), opinion, allowed)
    if not panel.usable[rows].any():
        return None
    procedures = [panel.procedures[p] for p in panel.of[rows]]
    evidence = weigh(panel.question(row), panel.block.take(rows), procedures, panel, opinion)
    usable = panel.usable[rows]
    return evidence[usable], panel.of[rows][usable] == panel.of[row]


def novel_share(panel: Panel) -> float:
    """The chance that the next case has a procedure never seen: the share of rows whose procedure was seen once.

    Good & Turing (Good 1953); at least LEAST_NOVEL, and at most a half.
    """
    seen = np.bincount(panel.of)
    return float(np.clip((seen == 1).sum() / len(panel), LEAST_NOVEL, MOST_NOVEL))


def fit_model(
    pairs: Pairs, known: Model | None = None, lessons: Taught | None = None, *, novel_share: float = 0.5
) -> Model:
    """A logistic regression on ``pairs``: fitted evenly, then again with a candidate of rank r counting 1 / (1 + r).

    The choice at the top is what is used, so that is where the model should be right. It starts from ``known`` and
    leaves it as far as the pairs carry it. Novel cases count as often as they are expected; ``lessons`` count by their
    own weights.
    """
    begun = known or _blank(pairs)
    often = np.where(pairs.novel, novel_share / (1 - novel_share), 1.0).astype(np.float32)
    model = _moved(begun, pairs, often, lessons)
    return _moved(begun, pairs, often / (1.0 + _ranks(model.score(pairs.evidence), pairs)), lessons)


def _moved(begun: Model, pairs: Pairs, weight: Floats, lessons: Taught | None) -> Model:
    evidence, right = pairs.evidence, pairs.right
    if lessons is not None:
        told = lessons.weight > 0
        evidence = np.concatenate([evidence, lessons.evidence[told]])
        right, weight = np.append(right, lessons.right[told]), np.append(weight, lessons.weight[told])
    points = (evidence - begun.mean) / begun.scale
    known = np.append(begun.weights, begun.intercept)
    found = logistic.fitted(points, right, weight, known, PENALTY)
    return replace(begun, weights=found[:-1].astype(np.float32), intercept=float(found[-1]))


def _blank(pairs: Pairs) -> Model:
    """A model that says nothing, on the scale of ``pairs``."""
    mean, scale = pairs.evidence.mean(0), pairs.evidence.std(0)
    scale = np.where(scale > 1e-6, scale, 1.0).astype(np.float32)
    return Model(mean=mean, scale=scale, weights=np.zeros(len(NAMES), np.float32), intercept=0.0)


def _ranks(scores: Floats, pairs: Pairs) -> Floats:
    """The place of each pair among its question's candidates, best first from 0."""
    question = _question(pairs)
    order = np.lexsort((-scores, question))
    first = np.searchsorted(question[order], question[order])
    place = np.empty(len(scores), np.float32)
    place[order] = np.arange(len(scores)) - first
    return place


def _question(pairs: Pairs) -> NDArray[np.intp]:
    return pairs.case * 2 + pairs.novel


def calibrate(
    pairs: Pairs, fitted: FittedPanel, start: Model, lessons: Taught | None = None, asked: Floats | None = None
) -> Calibration:
    """What the best candidate's score said of past cases, each scored by a model that saw none of its procedure.

    A case is drawn as novel or not by a hash of its words, so that the share of novel cases is about the one expected:
    that of the panel, or where more were ``asked`` (the best scores of real cases), theirs. Cases that were shown
    something and answered for stand beside the past ones, each from the bar on that it was seen above
    (``Calibration.floors``).
    """
    panel = fitted.panel
    share = novel_share(panel)
    fold = panel.of % FOLDS
    scores = np.zeros(len(pairs.right), np.float32)
    told = lessons or Taught.nothing()
    told_fold, told_scores = np.arange(len(told.bar)) % FOLDS, np.zeros(len(told.right), np.float32)
    for held in range(FOLDS):
        out, told_out = fold[pairs.case] == held, told_fold[told.case] == held
        if (out.any() or told_out.any()) and not out.all():
            model = fit_model(_some(pairs, ~out), start, told.of(told_fold != held), novel_share=share)
            scores[out], told_scores[told_out] = model.score(pairs.evidence[out]), model.score(told.evidence[told_out])
    first = _ranks(scores, pairs) == 0
    if asked is not None and len(asked):
        heard = share_of(asked, scores[first & ~pairs.novel], scores[first & pairs.novel])
        share = float(np.clip(heard, share, MOST_NOVEL))
    drawn_novel = np.array([content_hash(tokens) for tokens in panel.block.tokens], np.uint64) < share * 2**32
    best = first & (pairs.novel == drawn_novel[pairs.case])
    shown = told.best(told_scores)
    scores = np.append(scores[best], told_scores[shown]).astype(np.float32)
    right = np.append(pairs.right[best], told.right[shown])
    slope, offset = _platt(scores, right)
    floors = np.append(np.full(best.sum(), -np.inf), told.floors(shown, slope, offset)).astype(np.float32)
    return Calibration(scores=scores, right=right, floors=floors, slope=slope, offset=offset, novel_share=share)


def _some(pairs: Pairs, kept: NDArray[np.bool_]) -> Pairs:
    return Pairs(evidence=pairs.evidence[kept], right=pairs.right[kept], case=pairs.case[kept], novel=pairs.novel[kept])


def _platt(scores: Floats, right: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of the probability over the score (Platt 1999), from 1 and 0 on; never a falling one."""
    even = np.ones(len(scores), np.float32)
    slope, offset = logistic.fitted(scores[:, None], right, even, np.array([1.0, 0.0]), PLATT)
    return (float(slope), float(offset)) if slope > 0 else (1.0, 0.0)
