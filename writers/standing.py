"""How well a skill stands: the independent runs for and against it, what was said of it, and the status that follows.

Knows no store. Every threshold stands here, with the sentence that says why; docs/design/050 has the arithmetic.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from telltale.memory.facets import find_facets
from telltale.memory.text import words
from telltale.memory.types import Episode, Outcome, Skill, Status

LIKELY = 0.5  # an active skill is, with 95 % confidence, right more often than wrong: four successes and no failure
MISLEADS = 0.5  # a skill that, with the same confidence, misleads more often than it helps is retired: four to none
FADING = 0.8  # each later run against it leaves four fifths of what lay before: some five such runs are remembered
_Z = 1.959964  # of a two-sided 95 % interval


class Run(NamedTuple):
    """One independent run that speaks for a skill, or against it."""

    time: float  # seconds since the epoch; minus infinity where it is not known
    good: bool
    episode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a skill's status rests on."""

    status: Status
    told: str  # the arithmetic in words
    successes: int = 0  # independent runs
    against: int = 0


def runs_of(
    skills: Iterable[Skill], episodes: Iterable[Episode], name_of: Mapping[str, str]
) -> dict[str, tuple[Run, ...]]:
    """The independent runs for and against each skill, by its id, oldest first.

    For it is a success of one of its procedures. Against it is a failure that used its very tools in its order, and a
    success of another procedure on a task that this skill had succeeded at before: that the same task is now done
    otherwise is what makes a skill stale. Independent are runs of different tasks (text and context), or from different
    sources: a task that one source tells again counts once.

    Args:
        name_of: an episode's key to its procedure's name.
    """
    known = list(skills)
    owner = {name: skill.id for skill in known for name in skill.procedures}
    by_tools: dict[tuple[str, ...], list[str]] = {}
    for skill in known:
        by_tools.setdefault(tuple(step.tool for step in skill.steps), []).append(skill.id)
    runs: dict[str, dict[tuple[str, ...], Run]] = {skill.id: {} for skill in known}
    won: dict[str, dict[str, float]] = {}  # a task -> the skills that succeeded at it, and when first
    for run in sorted(episodes, key=lambda run: (_when(run), run.id)):
        own = owner.get(name_of.get(run.key, run.key), "")
        if run.outcome is Outcome.FAILURE:
            used = by_tools.get(tuple(step.tool for step in run.steps), [])
            blamed = [own] if own in used else used if len(used) == 1 and run.key not in name_of else []
            for id_ in blamed:
                runs[id_].setdefault(_independent(run, "against"), Run(_when(run), False, run.id))
        elif run.outcome is Outcome.SUCCESS:
            task = _task(run)
            for id_, since in won.get(task, {}).items():
                if id_ != own and _when(run) > since:
                    runs[id_].setdefault(_independent(run, "otherwise"), Run(_when(run), False, run.id))
            if own:
                won.setdefault(task, {}).setdefault(own, _when(run))
                runs[own].setdefault(_independent(run, "for"), Run(_when(run), True, run.id))
    return {id_: tuple(sorted(found.values())) for id_, found in runs.items()}


def stand(skill: Skill, runs: Sequence[Run], *, vouched: bool = False) -> Standing:
    """The status that ``runs`` and the words on ``skill`` come to, and why.

    Active is a skill whose success rate has a 95 % Wilson interval (Wilson 1927) that begins at :data:`LIKELY` or
    above, or that a person vouched for; retired one that surely fails, or surely misleads, more often than not; any
    other is a candidate. A run counts the less the more runs against the skill came after it (:data:`FADING`); time by
    itself takes nothing away.
    """
    good, bad = faded(runs)
    successes, against = sum(run.good for run in runs), sum(not run.good for run in runs)
    least, most = wilson_lower(good, good + bad), 1.0 - wilson_lower(bad, good + bad)
    counted = f"{count(successes, 'independent success', 'independent successes')}, {against} against"
    if against and (good, bad) != (successes, against):
        counted += f", of which {good:.1f} and {bad:.1f} still count after the runs that came later"
    rate = f"the success rate is at least {least:.2f} (95 % Wilson)"
    if misleads(skill):
        said = f"misled {skill.misled} times and helped {skill.helped}: surely misleads more than it helps"
        return Standing(status=Status.RETIRED, told=said, successes=successes, against=against)
    if good + bad > 0 and most < LIKELY:
        said = f"{counted}: the success rate is at most {most:.2f} (95 % Wilson), less than {LIKELY}"
        return Standing(status=Status.RETIRED, told=said, successes=successes, against=against)
    if vouched:
        said = f"a person vouched for it; {counted}"
        return Standing(status=Status.ACTIVE, told=said, successes=successes, against=against)
    active = least >= LIKELY
    said = f"{counted}: {rate}, {'enough for' if active else 'short of'} {LIKELY}"
    status = Status.ACTIVE if active else Status.CANDIDATE
    return Standing(status=status, told=said, successes=successes, against=against)


def stood(
    skills: Iterable[Skill],
    runs: Mapping[str, Sequence[Run]],
    *,
    vouched: Collection[str] = (),
    barred: Collection[str] = (),
) -> list[Skill]:
    """The skills with the status and the counts that their runs come to, in their order.

    What is retired stays so: only distilling brings it back. What is pinned keeps its status. What a person ``barred``
    is retired.
    """
    return [_stood(skill, runs.get(skill.id, ()), skill.id in vouched, skill.id in barred) for skill in skills]


def misleads(skill: Skill) -> bool:
    """Whether it surely misleads more often than it helps: by what was said of it, with 95 % confidence."""
    return wilson_lower(skill.misled, skill.misled + skill.helped) >= MISLEADS


def faded(runs: Sequence[Run]) -> tuple[float, float]:
    """The weight of the runs for and of those against; what happened at one time fades together.

    >>> faded([Run(1.0, True, "a"), Run(2.0, False, "b"), Run(3.0, True, "c")])
    (1.8, 1.0)
    """
    weight, good, bad = 1.0, 0.0, 0.0
    for time, together in itertools.groupby(sorted(runs, key=lambda run: -run.time), key=lambda run: run.time):
        spoke = [run.good for run in together]
        good += weight * sum(spoke)
        bad += weight * (len(spoke) - sum(spoke))
        if time > -math.inf:
            weight *= FADING ** (len(spoke) - sum(spoke))
    return good, bad


def wilson_lower(successes: float, of: float) -> float:
    """The lower end of the 95 % Wilson score interval of a rate (Wilson 1927); 0 of nothing.

    >>> round(wilson_lower(4, 4), 2), round(wilson_lower(3, 3), 2)
    (0.51, 0.44)
    """
    if not of:
        return 0.0
    rate = successes / of
    middle, spread = rate + _Z * _Z / (2 * of), _Z * math.sqrt(rate * (1 - rate) / of + _Z * _Z / (4 * of * of))
    return (middle - spread) / (1 + _Z * _Z / of)


def count(number: int, one: str, many: str) -> str:
    """``number`` with its noun.

    >>> count(1, "success", "successes"), count(0, "success", "successes")
    ('1 success', '0 successes')
    """
    return f"{number} {one if number == 1 else many}"


def _stood(skill: Skill, runs: Sequence[Run], vouched: bool, barred: bool) -> Skill:
    if barred or skill.status is Status.RETIRED:
        return replace(skill, status=Status.RETIRED)
    found = stand(skill, runs, vouched=vouched)
    status = skill.status if skill.pinned else found.status
    return replace(skill, status=status, successes=found.successes, failures=found.against)


def _when(run: Episode) -> float:
    return -math.inf if run.time is None else run.time


def _task(run: Episode) -> str:
    """The task and what was known of it, without the identifiers in it: an order's number makes no other task."""
    text = run.text
    named = [facet.span for facet in find_facets(run.case) if facet.kind.startswith("identifier") and facet.span]
    for start, end in sorted(named, reverse=True):
        text = text[:start] + text[end:]
    told = [f"{name}={value}" for name, value in sorted(run.context.items()) if not re.search(r"(\b|_)id$", name)]
    return " ".join([*words(text), *told])


def _independent(run: Episode, side: str) -> tuple[str, ...]:
    return side, run.source, run.text, json.dumps(run.context, sort_keys=True, default=str)
