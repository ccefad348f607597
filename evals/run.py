"""One evaluation: every strategy answers every case of a sample, and its figures are taken.

The one place that holds cases and truths together, and it hands strategies the cases alone; the oracle is no strategy
that is asked, its answers are made here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from telltale.memory.types import Case

from .account import account
from .answers import Answer, Judged, judge
from .baselines import Oracle, oracle_answers
from .cache import Cache
from .cases import Sample
from .copycat import ALONE
from .strategies import Experience, Strategy, Unavailable

FEW = 100  # queries that a slow strategy is asked
_WARM_UP = Case(text="anything at all")  # the first call loads models and opens tables


def evaluate(
    sample: Sample,
    strategies: Iterable[Strategy],
    *,
    prior: Path | Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda _name: None,
    cache: Cache | None = None,
    alone: float = ALONE,
    slow: float | None = None,
) -> dict[str, dict[str, Any]]:
    """The figures of each strategy on ``sample``, by name and in order; ``progress`` hears of every case answered.

    The memories start from ``prior`` (``evals/prior.py``) where it is given: a development set is scored fairly only
    with a prior that was fitted without it. What ``cache`` holds is not asked again, and said to be ``cached``.
    ``alone`` is how often the copycat agent succeeds without a memory. A strategy of which every second query costs
    more than ``slow`` milliseconds, what is looked up off the clock included, is asked the first FEW alone; ``counts``
    and its intervals tell. A strategy that is ``Unavailable`` here has blank figures (``None``, never zero) and says
    why under ``unavailable``.
    """
    found = {}
    with Experience(sample.memory, prior=prior) as experience:
        for strategy in strategies:
            kept_as = getattr(strategy, "kept_as", strategy.name)
            kept = cache.get(kept_as) if cache else None
            try:
                judged = kept or _judged(strategy, experience, sample, progress, slow)
            except Unavailable as reason:
                found[strategy.name] = {**account(judge([], []), alone=alone), "unavailable": str(reason)}
                continue
            if cache and not kept:
                cache.put(kept_as, judged)
            for _ in sample.cases if kept else ():
                progress(strategy.name)
            probable = bool(getattr(strategy, "tells_probability", False))
            families = sample.families.first(len(judged.score)) if sample.families else None
            told = account(judged, families, alone=alone, probable=probable)
            found[strategy.name] = {**told, "cached": kept is not None}
    return found


def _judged(
    strategy: Strategy, experience: Experience, sample: Sample, progress: Callable[[str], None], slow: float | None
) -> Judged:
    if isinstance(strategy, Oracle):
        return judge(oracle_answers(sample), sample.truths)
    strategy.prepare(experience)
    strategy.answer(_WARM_UP)
    answers: list[Answer] = []
    costs: list[float] = []
    for case in sample.cases:
        if not (slow and len(answers) >= FEW and median(costs) > slow):
            start = perf_counter()
            answers.append(strategy.answer(case))
            costs.append((perf_counter() - start) * 1000)
        progress(strategy.name)
    return judge(answers, sample.truths[: len(answers)])
