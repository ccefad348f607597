"""Procedures with enough successes -> skills and insights, offline and without a model.

Everything said of a skill is counted from the episodes that it names as evidence. Text of a trace stays data: it is
quoted as an example, and tools and constants come from recorded calls alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from telltale.memory.types import Boundary, Episode, Insight, LookAlike, Procedure, Skill, Status

from .align import steps_of
from .answers import answer_template
from .drawn import hashed, insights_of, older_way
from .drift import ways
from .facts import fisher
from .neighbours import TellApart, boundaries, nearest, preconditions
from .pitfalls import Lesson, find_pitfalls, find_recoveries
from .standing import LIKELY, wilson_lower
from .tally import Tally
from .telling import description, name_of, slug, when_to_use

__all__ = ["Distilled", "Distiller", "distill", "evidence_status", "slug"]

_EVIDENCE = 50  # runs that a skill is made of, those of the smallest ids


class Distilled(NamedTuple):
    """What was distilled, each sorted by the procedure's name."""

    skills: list[Skill]
    insights: list[Insight]


class Distiller:
    """Makes skills of what it was given, and of one more episode what that changes.

    Built once of all episodes (a second for some two thousand of them); then ``add`` an episode, and ``skill`` makes
    the skill of its procedure anew from up to 50 runs, in some milliseconds, with the wording of the whole library as
    it is by then. Procedures and look-alikes are those it was built with: after the next ``learn`` build another.
    """

    def __init__(
        self,
        episodes: Iterable[Episode],
        procedures: Sequence[Procedure],
        look_alikes: Sequence[LookAlike] = (),
        *,
        tell_apart: TellApart,
        least: int = 3,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """See :func:`distill`; ``names`` is what skills are called already, by procedure, for texts that name them."""
        self.tally = Tally(episodes, procedures)
        self._look_alikes, self._tell_apart, self._least = look_alikes, tell_apart, least
        self._cases = {id_: run.episode.case for runs in self.tally.succeeded.values() for id_, run in runs.items()}
        self._told_apart: dict[tuple[str, str], float] = {}
        self._names = dict(names or {})
        self._taken = set(self._names.values())
        for procedure in self.procedures():
            self._name(procedure)

    def procedures(self) -> list[str]:
        """The procedures that have earned a skill, sorted."""
        return sorted(name for name, runs in self.tally.succeeded.items() if len(runs) >= self._least)

    def add(self, episode: Episode, procedure: str = "") -> str:
        """Count one episode more, or anew where its id is known; the procedure that it counts for, empty for none."""
        return self.tally.add(episode, procedure)

    def discard(self, id_: str) -> None:
        """Count an episode no more."""
        self.tally.discard(id_)

    def skill(self, procedure: str) -> Distilled:
        """The skill of one procedure, and its insights; nothing where it has too few successes, or says nothing."""
        succeeded = self.tally.succeeded.get(procedure, {})
        if len(succeeded) < self._least:
            return Distilled([], [])
        successes = [succeeded[id_] for id_ in sorted(succeeded)]
        failures = self.tally.failed(procedure)
        parted = ways(successes)
        shown = parted.now[:_EVIDENCE]
        others = nearest(procedure, self.tally.wording, self._look_alikes, self.tally.taken_for(procedure))
        answered = not any(run.episode.steps for run in shown)
        steps, binding = answer_template(shown) if answered else steps_of(shown)
        if not steps and not any(run.episode.label for run in shown):
            return Distilled([], [])  # no name that a person gave, and nothing to be done: it says nothing
        pitfalls, recoveries = find_pitfalls(parted.now, failures), find_recoveries(parted.now)
        against = sum(run.labels == tuple(step.tool for step in steps) for run in failures)
        older = older_way(parted)
        skill = Skill(
            id=hashed("skill", procedure),
            name=self._name(procedure),
            procedure=procedure,
            when_to_use=when_to_use(procedure, shown, self.tally.wording),
            description=description(steps, shown),
            preconditions=preconditions(procedure, others, self.tally.wording),
            boundaries=boundaries(procedure, others, self.tally.wording, self._stored(procedure), self._name),
            parameters=binding.parameters,
            steps=steps,
            pitfalls=(*(lesson.text for lesson in pitfalls), *([older] if older else [])),
            recoveries=tuple(lesson.text for lesson in recoveries),
            evidence=tuple(run.episode.id for run in shown),
            successes=len(parted.now),
            failures=against,
            status=evidence_status(len(parted.now), against),
        )
        limits = [self._limit(procedure, each) for each in skill.boundaries]
        lessons = [("avoid", lesson) for lesson in (*pitfalls, *filter(None, limits))]
        lessons += [("do", lesson) for lesson in recoveries]
        theirs = [run for other in others for run in self.tally.succeeded.get(other, {}).values()]
        insights = insights_of(skill, parted, lessons, [*successes, *failures, *theirs])
        ids = tuple(sorted(one.id for one in insights if not one.superseded_by))
        return Distilled([replace(skill, insights=ids)], insights)

    def _stored(self, procedure: str) -> list[tuple[LookAlike, float]]:
        """The look-alikes of a procedure, each with how surely its two cases are told apart."""
        return [
            (pair, self._sure(pair))
            for pair in self._look_alikes
            if procedure in (pair.first_procedure, pair.second_procedure)
            and pair.first in self._cases
            and pair.second in self._cases
        ]

    def _limit(self, procedure: str, each: Boundary) -> Lesson | None:
        """A boundary as a lesson: the other procedure's runs that bear it out, and how likely that is by chance."""
        there = each.condition
        if there is None or not there.holds:
            return None
        fact = there.kind, there.value
        theirs = self.tally.succeeded.get(each.instead, {})
        having = sorted(id_ for id_, run in theirs.items() if fact in run.facts)[:_EVIDENCE]
        tasks = self.tally.wording.tasks
        chance = fisher(there.seen, tasks[each.instead], there.of - there.seen, tasks[procedure])
        return Lesson(each.text, tuple(having), tuple(f"{id_}#text" for id_ in having), chance) if having else None

    def _sure(self, pair: LookAlike) -> float:
        key = pair.first, pair.second
        if key not in self._told_apart:
            self._told_apart[key] = self._tell_apart(self._cases[pair.first], self._cases[pair.second])
        return self._told_apart[key]

    def _name(self, procedure: str) -> str:
        """What the procedure's skill is called; a procedure without one is called by its own name."""
        if procedure not in self._names:
            if len(self.tally.succeeded.get(procedure, ())) < self._least:
                return procedure
            self._names[procedure] = _free(name_of(procedure, self.tally.wording), self._taken)
        return self._names[procedure]


def distill(
    episodes: Iterable[Episode],
    procedures: Sequence[Procedure],
    look_alikes: Sequence[LookAlike] = (),
    *,
    tell_apart: TellApart,
    least: int = 3,
    only: Collection[str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Distilled:
    """Skills and insights of the procedures that have ``least`` successes or more.

    Runs with the same task, context and steps count as one, so that a repeated trace earns no skill, and a success that
    is a guess counts for nothing. A skill is active when the lower end of the 95 % Wilson interval of its success rate
    is at least one half (four successes without a failure), and a candidate until then; a failed run counts against it
    where it used the skill's very tools in the skill's order. Where the way of a procedure changed, its later runs make
    the skill.

    Args:
        look_alikes: pairs whose differences become boundaries of both procedures, as far as the tasks bear them out.
        tell_apart: how surely two cases need different handling, in [0, 1]; puts these in order.
        only: procedures to make the skills of, in the light of all episodes; ``None``: all.
        names: what skills are called already, by procedure.
    """
    distiller = Distiller(episodes, procedures, look_alikes, tell_apart=tell_apart, least=least, names=names)
    made = [distiller.skill(name) for name in distiller.procedures() if only is None or name in only]
    return Distilled([one for each in made for one in each.skills], [one for each in made for one in each.insights])


def evidence_status(successes: int, failures: int) -> Status:
    """What the runs alone make of a skill: active, or a candidate.

    >>> str(evidence_status(4, 0)), str(evidence_status(3, 0))
    ('active', 'candidate')
    """
    return Status.ACTIVE if wilson_lower(successes, successes + failures) >= LIKELY else Status.CANDIDATE


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name[:60].rstrip('-')}-{number}"
    taken.add(free)
    return free
