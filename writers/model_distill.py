"""Skills and lessons of the offline way -> the same in a model's words, as far as recorded calls bear those out.

Whatever the model does, every skill and lesson that went in comes out; what fell back is in the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import monotonic

from telltale.memory.errors import ModelFailed
from telltale.memory.types import Episode, Insight, LookAlike, Outcome, Skill

from .model import FellBack, Kept, ModelDistiller, ModelReport, Refined
from .model_calls import Calls
from .model_lessons import lessons
from .model_question import Question, on_lessons, on_skill
from .model_skill import reworded

NOT_BORNE_OUT = "nothing of its answer is borne out by recorded calls"
_NEIGHBOURS = 3  # procedures that a skill is told apart from


def refine(
    skills: Sequence[Skill],
    insights: Sequence[Insight],
    episodes: Sequence[Episode],
    look_alikes: Sequence[LookAlike],
    *,
    model: ModelDistiller,
    kept: Kept,
) -> Refined:
    """``skills`` reworded by ``model`` and ``insights`` with its lessons added, in their order.

    One question a skill, and one more where runs of it failed; pinned skills stay as they are. What of an answer does
    not stand is dropped and the offline wording stays; a question without an answer leaves its skill whole. Never
    raises for what a model does.
    """
    began = monotonic()
    seen = _Seen(episodes, look_alikes)
    asked = [
        (place, q) for place, skill in enumerate(skills) if not skill.pinned for q in seen.questions(skill, insights)
    ]
    calls = Calls(model, kept)
    answers = calls.answers([question for _, question in asked])
    made, added, dropped = list(skills), list[Insight](), Counter[str]()
    fell_back = []
    taken = {skill.name for skill in skills}
    for (place, question), answer in zip(asked, answers, strict=True):
        if isinstance(answer, ModelFailed):
            fell_back.append(FellBack(procedure=question.procedure, about=question.topic, reason=str(answer)))
        elif question.topic == "skill":
            told = reworded(made[place], answer, question, seen.runs(made[place]), dropped)
            if told is made[place]:
                fell_back.append(FellBack(procedure=question.procedure, about="skill", reason=NOT_BORNE_OUT))
            else:
                made[place] = _named(replace(told, made_by=model.made_by), skills[place], taken)
        else:
            new = list(lessons(answer, question, model.made_by, dropped))
            made[place] = replace(made[place], insights=(*made[place].insights, *(one.id for one in new)))
            added += new
    report = ModelReport(
        model=model.model,
        questions=len(asked),
        cached=calls.cached,
        answered=calls.answered,
        fell_back=tuple(fell_back),
        calls=calls.calls,
        tokens_in=calls.tokens_in,
        tokens_out=calls.tokens_out,
        money=model.cost(calls.tokens_in, calls.tokens_out),
        refined=sum(skill.made_by == model.made_by for skill in made),
        lessons=len(added),
        dropped=dict(sorted((why, count) for why, count in dropped.items() if count)),
        seconds=monotonic() - began,
    )
    return Refined(made, [*insights, *added], report)


class _Seen:
    """The runs and look-alikes of every procedure, found once."""

    def __init__(self, episodes: Sequence[Episode], look_alikes: Sequence[LookAlike]) -> None:
        self.by_id = {run.id: run for run in episodes}
        self.failed: dict[str, list[Episode]] = {}  # by procedure key, and by task
        for run in sorted(episodes, key=lambda run: run.id):
            if run.outcome is Outcome.FAILURE:
                for name in {f"key {run.key}", f"task {run.text}"}:
                    self.failed.setdefault(name, []).append(run)
        self.pairs: dict[str, list[tuple[str, LookAlike, str]]] = {}
        for pair in look_alikes:  # most alike first
            self.pairs.setdefault(pair.first_procedure, []).append((pair.second_procedure, pair, pair.second))
            self.pairs.setdefault(pair.second_procedure, []).append((pair.first_procedure, pair, pair.first))

    def runs(self, skill: Skill) -> list[Episode]:
        """The successful runs that ``skill`` is made of."""
        return [self.by_id[id_] for id_ in skill.evidence if id_ in self.by_id]

    def questions(self, skill: Skill, insights: Sequence[Insight]) -> Iterator[Question]:
        """What is asked about ``skill``."""
        runs = self.runs(skill)
        if not runs:
            return
        yield on_skill(skill, runs, list(self._neighbours(skill)))
        failed = self._failures(skill, runs, insights)
        if failed:
            tasks = {run.text for run in failed}
            yield on_lessons(skill, sorted(runs, key=lambda run: run.text not in tasks), failed)

    def _neighbours(self, skill: Skill) -> Iterator[tuple[str, LookAlike, Episode]]:
        """The nearest look-alike of each other procedure."""
        told = set(skill.procedures)
        for procedure in skill.procedures:
            for other, pair, id_ in self.pairs.get(procedure, ()):
                if other not in told and id_ in self.by_id and len(told) < len(skill.procedures) + _NEIGHBOURS:
                    told.add(other)
                    yield other, pair, self.by_id[id_]

    def _failures(self, skill: Skill, runs: Sequence[Episode], insights: Sequence[Insight]) -> list[Episode]:
        """Failed runs at the same task first, then of the procedure, then those that its offline lessons rest on."""
        names = [*(f"task {run.text}" for run in runs), *(f"key {procedure}" for procedure in skill.procedures)]
        told = [one for one in insights if one.polarity == "avoid" and one.procedure in skill.procedures]
        named = (self.by_id.get(id_) for one in told for id_ in one.evidence)
        found = [*(run for name in names for run in self.failed.get(name, ())), *filter(None, named)]
        return list({run.id: run for run in found if run.outcome is Outcome.FAILURE}.values())


def _named(told: Skill, before: Skill, taken: set[str]) -> Skill:
    """``told`` under a name that no other skill has."""
    if told.name != before.name and told.name in taken:
        return replace(told, name=before.name)
    taken.add(told.name)
    return told
