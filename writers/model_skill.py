"""A model's answer about a skill -> the skill in better words. No text of an answer ever becomes part of a step.

A step of an answer has to quote recorded calls of successful runs, with their tool and their arguments; what stands
only picks and orders steps that the offline way counted from those runs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from telltale.memory.clean import clean
from telltale.memory.facets import find_facets
from telltale.memory.types import Boundary, Case, Episode, Skill, SkillStep

from .distill import slug
from .model_grounds import Grounds
from .model_question import Question
from .model_shapes import BOUNDARY, NAME, PARAPHRASE, PARAPHRASES, SENTENCE, TAG, TAGS, WHEN

_NEEDED = 0.75  # share of the runs from which on a step cannot be left out on a model's word
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def reworded(skill: Skill, answer: Any, question: Question, runs: Sequence[Episode], dropped: Counter[str]) -> Skill:
    """``skill`` with what of ``answer`` stands; ``skill`` itself where nothing does, or no step of it quotes a call.

    Args:
        runs: the successful runs that an order of steps is held against.
        dropped: counts what did not stand, by why.
    """
    ours = [span for span in question.spans.values() if span.role == "success"]
    grounds, stand = Grounds.of(ours), [said for said in answer.steps if _borne_out_by_calls(said, question)]
    dropped["step"] += len(answer.steps) - len(stand)
    if not stand and any(span.call for span in ours):  # who quotes no call has not read them
        return skill

    def held(said: str, most: int, offline: str) -> str:
        text = grounds.text(said, most)
        dropped["text"] += not text
        return text or offline

    theirs = _facts_of_look_alikes(question, runs)
    own = [text for text in answer.paraphrases if theirs.isdisjoint(_facts(Case(text=text[:PARAPHRASE])))]
    paraphrases = grounds.texts(own, PARAPHRASE, PARAPHRASES)
    tags = grounds.texts(answer.tags, TAG, TAGS)
    dropped["text"] += len(answer.paraphrases) - len(paraphrases) + len(answer.tags) - len(tags)
    told = replace(
        skill,
        name=slug(held(answer.name, NAME, skill.name)) or skill.name,
        description=held(answer.description, SENTENCE, skill.description),
        when_to_use=held(answer.when_to_use, WHEN, skill.when_to_use),
        boundaries=(*skill.boundaries, *_boundaries(skill, answer, question, grounds, dropped)),
        steps=_steps(skill, [said.tool for said in stand], runs),
        tags=tags,
        paraphrases=paraphrases,
    )
    return skill if told == skill else told


def _facts_of_look_alikes(question: Question, runs: Sequence[Episode]) -> set[tuple[str, str]]:
    """What the tasks of look-alikes say and no task of ``runs`` does: a paraphrase that says it would fit them."""
    others = [span.episode.case for span in question.spans.values() if span.role == "look-alike"]
    return {fact for case in others for fact in _facts(case)} - {fact for run in runs for fact in _facts(run.case)}


def _facts(case: Case) -> set[tuple[str, str]]:
    return {(facet.kind, facet.value) for facet in find_facets(case)}


def _boundaries(
    skill: Skill, answer: Any, question: Question, grounds: Grounds, dropped: Counter[str]
) -> Iterable[Boundary]:
    """Those that quote a look-alike whose procedure the offline way has no boundary to yet."""
    there = {boundary.instead for boundary in skill.boundaries}
    for said in answer.when_not_to_use:
        quoted = (question.spans.get(name) for name in said.evidence)
        instead = next((span.procedure for span in quoted if span and span.role == "look-alike"), "")
        text = grounds.text(said.text, BOUNDARY)
        if not text or not instead:
            dropped["boundary"] += 1
        elif instead not in there:
            there.add(instead)
            use = " ".join(clean(instead, BOUNDARY).split())
            yield Boundary(text=f"{text.rstrip('.')}: use {use}", instead=instead)


def _steps(skill: Skill, tools: Sequence[str], runs: Sequence[Episode]) -> tuple[SkillStep, ...]:
    """The offline steps, picked and ordered as ``tools`` are where the runs bear that out as well."""
    left, picked = list(skill.steps), []
    for tool in tools:
        match = next((step for step in left if step.tool == tool), None)
        if match:
            left.remove(match)
            picked.append(match)
    needed = any(step.when or step.seen_in >= _NEEDED * step.of for step in left)
    if not picked or needed or _in_this_order(picked, runs) < _in_this_order(skill.steps, runs):
        return skill.steps
    return tuple(picked)


def _borne_out_by_calls(said: Any, question: Question) -> bool:
    """Whether a step quotes recorded calls of successful runs, and nothing else, that have its tool and arguments."""
    spans = [question.spans.get(name) for name in said.evidence]
    calls = [span.call for span in spans if span and span.role == "success" and span.call]
    same = [call.arguments for call in calls if call.tool == said.tool]
    whole = bool(same) and len(same) == len(spans)
    return whole and all(_recorded(one.name, one.value, same) for one in said.arguments)


def _recorded(name: str, value: str, recorded: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a quoted call has that argument with that value; of one with placeholders, the text around them."""
    values = [_text(arguments[name]) for arguments in recorded if name in arguments]
    if not _PLACEHOLDER.search(value):
        return value in values
    pieces = [piece for piece in _PLACEHOLDER.split(value) if piece.strip()]
    return any(all(piece in one for piece in pieces) for one in values)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _in_this_order(steps: Sequence[SkillStep], runs: Sequence[Episode]) -> int:
    """How many of ``runs`` made calls of these tools in this order, whatever came between."""

    def in_order(run: Episode) -> bool:
        made = iter([step.tool for step in run.steps])
        return all(step.tool in made for step in steps)

    return sum(map(in_order, runs))
