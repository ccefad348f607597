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


class _Told(NamedTuple):
    """As much of an episode as counts here."""

    time: float
    id: str
    name: str  # of its procedure
    task: str
    mark: tuple[str, ...]  # equal for runs that are not independent


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a skill's status rests on."""

    status: Status
    told: str  # the arithmetic in words
    successes: int = 0  # independent runs
    against: int = 0


class Past:
    """What happened, by what speaks for a skill and against it. Kept from call to call: one episode more is cheap."""

    def __init__(self, episodes: Iterable[Episode], name_of: Mapping[str, str]) -> None:
        """``name_of`` is an episode's key to its procedure's name."""
        self._name_of = dict(name_of)
        self._won: dict[str, dict[str, _Told]] = {}  # procedure -> successes by id
        self._lost: dict[tuple[str, ...], dict[str, _Told]] = {}  # tools in order -> failures by id
        self._at: dict[str, dict[str, _Told]] = {}  # task -> successes by id
        self._of: dict[str, list[dict[str, _Told]]] = {}  # id -> where it is filed
        for episode in episodes:
            self.add(episode)

    def add(self, episode: Episode) -> None:
        """File one episode more, or anew where its id is known. What is a guess, or unknown, speaks for nothing."""
        for filed in self._of.pop(episode.id, ()):
            del filed[episode.id]
        if episode.guessed or episode.outcome not in (Outcome.SUCCESS, Outcome.FAILURE):
            return
        name = self._name_of.get(episode.key, "")
        if episode.outcome is Outcome.FAILURE:
            told = _Told(_when(episode), episode.id, name, "", _independent(episode))
            places = [self._lost.setdefault(tuple(step.tool for step in episode.steps), {})]
        else:
            task = _task(episode)
            told = _Told(_when(episode), episode.id, name, task, _independent(episode))
            places = [self._won.setdefault(name, {}), self._at.setdefault(task, {})]
        for place in places:
            place[episode.id] = told
        self._of[episode.id] = places

    def runs(self, skill: Skill, *, alone: bool = True) -> tuple[Run, ...]:
        """The independent runs for and against ``skill``, oldest first.

        For it is a success of one of its procedures. Against it is a failure that used its very tools in its order, and
        a success of another procedure on a task that this skill had succeeded at before: that the same task is now done
        otherwise is what makes a skill stale. Independent are runs of different tasks (text and context), or from
        different sources: a task that one source tells again counts once.

        Args:
            alone: no other skill has the same tools, so that a failure of no known procedure is its own.
        """
        won = [told for name in skill.procedures for told in self._won.get(name, {}).values()]
        lost = self._lost.get(tuple(step.tool for step in skill.steps), {}).values()
        against = [told for told in lost if told.name in skill.procedures or (alone and not told.name)]
        since: dict[str, float] = {}
        for told in won:
            since[told.task] = min(told.time, since.get(told.task, math.inf))
        otherwise = [
            told
            for task, first in since.items()
            for told in self._at[task].values()
            if told.name not in skill.procedures and told.time > first
        ]
        return tuple(sorted([*_once(won, good=True), *_once(against, good=False), *_once(otherwise, good=False)]))


def alone(skill: Skill, skills: Iterable[Skill]) -> bool:
    """Whether no other of ``skills`` has the same tools in the same order."""
    tools = [step.tool for step in skill.steps]
    return all(one.id == skill.id or [step.tool for step in one.steps] != tools for one in skills)


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


def _independent(run: Episode) -> tuple[str, ...]:
    return run.source, run.text, json.dumps(run.context, sort_keys=True, default=str)


def _once(told: Iterable[_Told], *, good: bool) -> list[Run]:
    """One run for each mark, the earliest."""
    first: dict[tuple[str, ...], _Told] = {}
    for one in sorted(told):
        first.setdefault(one.mark, one)
    return [Run(one.time, good, one.id) for one in first.values()]
