"""One evaluation: every strategy answers every case of a sample, and its figures are taken.

The one place that holds cases and truths together, and it hands strategies the cases alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from telltale.memory.types import Case

from .answers import judge
from .cases import Sample
from .measures import figures
from .strategies import Experience, Strategy

_WARM_UP = Case(text="anything at all")  # the first call loads models and opens tables


def evaluate(
    sample: Sample,
    strategies: Iterable[Strategy],
    *,
    prior: Path | None = None,
    progress: Callable[[str], None] = lambda _name: None,
) -> dict[str, dict[str, Any]]:
    """The figures of each strategy on ``sample``, by name and in order; ``progress`` hears of every case answered.

    The memories start from ``prior`` (``evals/prior.py``) where it is given: a development set is scored fairly only
    with a prior that was fitted without it.
    """
    with Experience(sample.memory, prior=prior) as experience:
        return {strategy.name: _figures_of(strategy, experience, sample, progress) for strategy in strategies}


def _figures_of(
    strategy: Strategy, experience: Experience, sample: Sample, progress: Callable[[str], None]
) -> dict[str, Any]:
    strategy.prepare(experience)
    strategy.answer(_WARM_UP)
    answers = []
    for case in sample.cases:
        answers.append(strategy.answer(case))
        progress(strategy.name)
    return figures(judge(answers, sample.truths))
