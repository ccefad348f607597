"""Context rot: what look-alikes beside the case's own past do to an agent that follows what it is shown.

Cases whose right memory is remembered are asked again and again while look-alikes are planted: for each case the
nearest past episodes of procedures that *no* case calls for, from a reserve that the first memory does not hold. The
copycat agent (``copycat.py``) does the tasks, with the guard (telltale) and without (the nearest episodes shown). What
is planted is chosen by the cases' answers; the strategies see neither these nor the choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import telltale
from telltale.memory.types import Case, Outcome

from .cases import CaseFile, Row, Truth, as_case, as_episode, as_truth
from .copycat import ALONE, copycat
from .measures import wilson
from .outcomes import Outcomes
from .strategies import SHOWN, Experience
from .weighted import resamples

PLANTED = (0, 1, 3, 10, 30)
FEW = 4  # right episodes of each procedure that the first memory holds
ASKED = 150
_WORD = re.compile(r"\w+|[^\w\s]", re.UNICODE)
Shown = tuple[str, str]  # the first memory's procedure ("" for none), and the prompt's text


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What is planted where: the first memory, the cases, and for each of them its look-alikes, the nearest first."""

    first: tuple[Row, ...]
    cases: tuple[Case, ...]
    truths: tuple[Truth, ...]
    look_alikes: tuple[tuple[Row, ...], ...]

    def memory(self, planted: int) -> list[Row]:
        """The first memory and so many look-alikes of each case, those of several cases once."""
        more = {row["id"]: row for rows in self.look_alikes for row in rows[:planted]}
        return [*self.first, *more.values()]


def distraction(
    file: CaseFile,
    *,
    planted: Sequence[int] = PLANTED,
    asked: int = ASKED,
    seed: int = 0,
    risk: float = 0.05,
    alone: float = ALONE,
    prior: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda _name: None,
) -> dict[str, Any]:
    """How the copycat fares by number planted, ``dense`` and ``telltale``; ready for JSON.

    For each strategy lists as long as ``planted``: ``success`` and ``misled`` (shares of all cases) with intervals, and
    ``words`` in the prompt on average (words and marks, counted alike for both).
    """
    plot = laid_out(file, most=max(planted), asked=asked, seed=seed)
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in ASKING}
    for many in planted:
        progress(f"{many} planted")
        for name, shown in _asked(plot, many, risk, prior).items():
            told[name].append(_fared(shown, plot.truths, alone))
    return {
        "planted": list(planted),
        "alone": alone,
        "cases": len(plot.cases),
        "remembered": [len(plot.memory(many)) for many in planted],
        "strategies": {name: _columns(fared) for name, fared in told.items()},
    }


def laid_out(file: CaseFile, *, most: int, asked: int, seed: int) -> Plot:
    """A draw of the file: FEW episodes of each procedure, cases of one half of them, look-alikes from the other half.

    What is planted for one case is wrong for every other one, too.

    Raises ``BadArgument`` where no query calls for a procedure that is remembered.
    """
    rng = np.random.default_rng(seed)
    usable = [row for row in file.memory if row.get("plan") and row.get("success") is not False]
    rows = [{"id": f"row-{place}", **usable[place]} for place in rng.permutation(len(usable)).tolist()]
    taken: dict[str, int] = {}
    first: list[Row] = []
    reserve: list[Row] = []
    for row in rows:
        taken[row["plan"]] = taken.get(row["plan"], 0) + 1
        (first if taken[row["plan"]] <= FEW else reserve).append(row)
    plans = rng.permutation(sorted(taken)).tolist()
    called_for, others = frozenset(plans[::2]), frozenset(plans[1::2])
    matched = [row for row in file.queries if _calls_for(row, called_for, others)]
    if not matched:
        raise telltale.BadArgument(f"{file.name}: no query calls for a remembered procedure, so none can be distracted")
    picked = [matched[place] for place in rng.permutation(len(matched))[:asked].tolist()]
    reserve = [row for row in reserve if row["plan"] in others]
    truths = tuple(as_truth(row, called_for) for row in picked)
    cases = tuple(as_case(row) for row in picked)
    return Plot(
        first=tuple(first), cases=cases, truths=truths, look_alikes=tuple(_nearest(reserve, cases, truths, most))
    )


def _calls_for(row: Row, called_for: frozenset[str], others: frozenset[str]) -> bool:
    truth = as_truth(row, called_for)
    return truth.has_match and truth.plans.isdisjoint(others)


def _nearest(
    reserve: Sequence[Row], cases: Sequence[Case], truths: Sequence[Truth], most: int
) -> Iterator[tuple[Row, ...]]:
    """For each case the nearest rows of the reserve that are wrong for it."""
    if not reserve or not most:
        yield from [()] * len(cases)
        return
    rows = {(row["text"], row["plan"]): row for row in reserve}
    with Experience([as_episode(row) for row in reserve]) as experience:
        for case, truth in zip(cases, truths, strict=True):
            found = experience.unlearned.candidates(case.text, case.context, by="dense", k=most * 4)
            wrong = [rows.get((one.text, one.procedure)) for one in found if one.procedure not in truth.plans]
            yield tuple(row for row in wrong if row is not None)[:most]


def _dense(memory: telltale.AgentMemory, case: Case, _risk: float) -> Shown:
    found = [
        one for one in memory.candidates(case.text, case.context, by="dense") if one.outcome is not Outcome.FAILURE
    ]
    shown = found[:SHOWN]
    return (shown[0].procedure if shown else "", "\n".join(f"{one.text} {one.procedure}" for one in shown))


def _guarded(memory: telltale.AgentMemory, case: Case, risk: float) -> Shown:
    found = memory.recall(case.text, case.context, k=SHOWN, risk=risk)
    return (found.admitted[0].candidate.procedure if found.admitted else "", found.text if found.admitted else "")


ASKING: Mapping[str, Callable[[telltale.AgentMemory, Case, float], Shown]] = {"dense": _dense, "telltale": _guarded}


def _asked(plot: Plot, planted: int, risk: float, prior: Mapping[str, Any] | None) -> dict[str, list[Shown]]:
    with Experience([as_episode(row) for row in plot.memory(planted)], prior=prior) as experience:
        return {name: [ask(experience.memory, case, risk) for case in plot.cases] for name, ask in ASKING.items()}


def _fared(shown: Sequence[Shown], truths: Sequence[Truth], alone: float) -> dict[str, Any]:
    """One point of one line."""
    followed = np.array([bool(procedure) for procedure, _ in shown])
    right = np.array([procedure in truth.plans for (procedure, _), truth in zip(shown, truths, strict=True)])
    told = Outcomes(
        right=right,
        misled=followed & ~right,
        has_match=np.ones_like(right),
        best_right=right,
        score=np.zeros(len(right)),
    )
    weights = resamples(np.arange(len(right)))
    fares = copycat(told, weights, alone=alone)
    return {
        "success": fares["success"],
        "misled": float(told.misled.mean()),
        "words": float(np.mean([len(_WORD.findall(text)) for _, text in shown])),
        "intervals": {"success": fares["intervals"]["success"], "misled": wilson(int(told.misled.sum()), len(right))},
    }


def _columns(fared: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Points as lists."""
    columns = {name: [one[name] for one in fared] for name in ("success", "misled", "words")}
    return {**columns, "intervals": {name: [one["intervals"][name] for one in fared] for name in ("success", "misled")}}
