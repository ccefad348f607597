"""Baselines that take more than a plain search: a floor on cosine, a reranker, a judge, and one that knows the answers.

The floor is set on memory rows alone. The oracle gets its answers from the evaluation itself, by a door of its own
(``oracle_answers``); what a ``Strategy`` is given holds none, for it or for any other.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

import telltale
from telltale.memory.types import Candidate, Case, Outcome

from .answers import Answer, Pick
from .cases import Row, Sample, Truth
from .curve import Bools, Floats
from .strategies import GATHERED, SHOWN, Experience, Telltale, Unavailable, Unguarded, pick_of

DELTA = 0.1  # how often the floor's promise may fail
CALIBRATED_ON = 1000  # memory rows asked about, at most; the first ones
AROUND = 20  # neighbours looked at for one that did not fail
RERANKER = "Xenova/ms-marco-MiniLM-L-6-v2"
RERANKED = 20  # of what hybrid search finds
JUDGE, JUDGE_URL = "TELLTALE_EVAL_JUDGE", "TELLTALE_EVAL_JUDGE_URL"


class Floor(Unguarded):
    """Dense search that is silent below a cosine: the smallest at which the memory's own rows kept within the risk."""

    def __init__(self, risk: float) -> None:
        super().__init__("dense")
        self.name = "dense_floor"
        self._risk = risk
        self.floor = math.inf

    def prepare(self, experience: Experience) -> None:
        """Remember the episodes, and ask about each as if it were new: is the nearest other one of its procedure?"""
        super().prepare(experience)
        asked = [row for row in experience.rows if row.get("plan") and row.get("success") is not False]
        found = [(self._nearest_other(row), row["plan"]) for row in asked[:CALIBRATED_ON]]
        known = [(pick, plan) for pick, plan in found if pick]
        scores = np.array([pick.score for pick, _ in known], dtype=np.float64)
        wrong = np.array([pick.procedure != plan for pick, plan in known], dtype=np.bool_)
        self.floor = floor_of(scores, wrong, self._risk)

    def _nearest_other(self, row: Row) -> Candidate | None:
        """The nearest that did not fail after the row itself, which is its own nearest."""
        found = self._memory.candidates(row["text"], context=row.get("context"), by="dense", k=AROUND)
        good = [one for one in found if one.outcome is not Outcome.FAILURE]
        return next(iter(good[1:]), None)

    def answer(self, case: Case) -> Answer:
        """As dense search, without what lies below the floor."""
        found = super().answer(case)
        return replace(found, admitted=tuple(pick for pick in found.admitted if pick.score >= self.floor))


def floor_of(scores: Floats, wrong: Bools, risk: float) -> float:
    """The smallest score such that, of all at or above it, with confidence ``1 - DELTA`` at most ``risk`` are wrong.

    By the exact upper bound of Clopper & Pearson (1934), as Learn-then-Test has it (Angelopoulos et al. 2021, section
    2), but for each score by itself: no correction for the many that are tried, which is in the baseline's favour.
    Infinity where none is low enough in risk.
    """
    from scipy.stats import beta

    order = np.argsort(-scores, kind="stable")
    ordered, errors = scores[order], np.cumsum(wrong[order])
    last = np.append(ordered[1:] != ordered[:-1], True) if len(ordered) else np.zeros(0, dtype=np.bool_)
    asked = np.arange(1, len(ordered) + 1)
    bound = np.where(errors < asked, beta.ppf(1 - DELTA, errors + 1, np.maximum(asked - errors, 1)), 1.0)
    good = np.flatnonzero(last & (bound <= risk))
    return float(ordered[good[-1]]) if len(good) else math.inf


class Rerank(Unguarded):
    """Hybrid search whose best are put in order anew by a cross-encoder. It always finds something."""

    def __init__(self) -> None:
        super().__init__("hybrid")
        self.name = "hybrid_rerank"

    def prepare(self, experience: Experience) -> None:
        """Remember the episodes and load the model. ``Unavailable`` where it is not on this machine yet."""
        self._model = _cross_encoder()
        super().prepare(experience)

    def answer(self, case: Case) -> Answer:
        """The best 20 that did not fail, by what the model says of each with the case, the rest after them."""
        start = perf_counter()
        found = self._memory.candidates(case.text, context=case.context, by="hybrid", k=GATHERED)
        good = [one for one in found if one.outcome is not Outcome.FAILURE]
        scores = [float(score) for score in self._model.rerank(case.text, [one.text for one in good[:RERANKED]])]
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        seconds = perf_counter() - start
        ranked = tuple(pick_of(good[place], scores[place]) for place in order)
        gathered = super().answer(case).gathered
        return Answer(ranked=ranked, admitted=ranked[:SHOWN], gathered=gathered, seconds=seconds)


def _cross_encoder() -> Any:
    """The model from fastembed's own folder; nothing is fetched without being asked for."""
    if find_spec("fastembed") is None:
        raise Unavailable("hybrid_rerank needs fastembed; run: pip install 'telltale-memory[fastembed]'")
    from fastembed.rerank.cross_encoder import TextCrossEncoder

    try:
        return TextCrossEncoder(RERANKER, local_files_only=True)
    except Exception as error:
        fetch = f"from fastembed.rerank.cross_encoder import TextCrossEncoder; TextCrossEncoder({RERANKER!r})"
        raise Unavailable(f"hybrid_rerank needs the model {RERANKER}; fetch it with: python -c {fetch!r}") from error


class Judged(Telltale):
    """The guarded recall with a model that is asked about what is near the bar, where the environment names one."""

    def __init__(self, risk: float) -> None:
        super().__init__("telltale_judge", risk=risk)
        self._model = os.environ.get(JUDGE, "")
        self.kept_as = f"{self.name} {self._model}"  # answers of one model are not another's

    def prepare(self, experience: Experience) -> None:
        """Learn, and open what was learned with the judge. ``Unavailable`` where none is named."""
        if not self._model:
            raise Unavailable(f"telltale_judge needs a model; set {JUDGE} to one, such as openai/gpt-4o-mini")
        url = os.environ.get(JUDGE_URL) or None
        self._memory = experience.asking(telltale.ModelJudge(model=self._model, base_url=url))
        self._experience = experience


class Oracle:
    """Shows the right memory where there is one, and nothing else: what a perfect guard would be worth."""

    name = "oracle"

    def prepare(self, experience: Experience) -> None:  # noqa: ARG002
        """``Unavailable``: from cases and past episodes alone nobody is an oracle."""
        raise Unavailable("the oracle answers only where an evaluation gives it the answers itself")

    def answer(self, case: Case) -> Answer:  # noqa: ARG002
        """Abstain: a case says nothing of its answer."""
        return Answer()


def oracle_answers(sample: Sample) -> list[Answer]:
    """What the oracle shows for each case of ``sample``, in order."""
    return [_right(truth, sample.memory) for truth in sample.truths]


def _right(truth: Truth, memory: Sequence[Row]) -> Answer:
    for row in memory:
        if row.get("plan") in truth.plans and row.get("success") is not False:
            pick = (Pick(id=row.get("id", ""), procedure=row["plan"], score=1.0),)
            return Answer(ranked=pick, admitted=pick, gathered=pick)
    return Answer(gathered=())
