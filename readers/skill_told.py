"""A skill as data for a prompt: when it is for and when not, what it needs and where this case has it, its steps.

Every text is cleaned and capped. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from telltale.memory.clean import clean, cleaned
from telltale.memory.references import Sight, Unbound, resolve
from telltale.memory.types import Parameter, Skill, SkillStep

from .bounds import in_words

TEXT = 400  # characters of a sentence
MOST = 6  # boundaries, pitfalls, recoveries
MOST_STEPS = 25
MOST_PARAMETERS = 20


def skill_told(skill: Skill, sight: Sight, *, whole: bool = True) -> dict[str, Any]:
    """The skill as JSON holds it; not ``whole``: without what went wrong in past runs."""
    told: dict[str, Any] = {"name": clean(skill.name, 80), "when_to_use": clean(skill.when_to_use, TEXT)}
    if skill.description and whole:
        told["what_it_does"] = clean(skill.description, TEXT)
    if skill.boundaries:
        told["not_to_be_used"] = _sentences(skill.when_not_to_use)
    if skill.parameters:
        some = list(skill.parameters.items())[:MOST_PARAMETERS]
        told["parameters"] = {clean(name, 80): _parameter(parameter, sight) for name, parameter in some}
    told["steps"] = [_step(step) for step in skill.steps[:MOST_STEPS]]
    if len(skill.steps) > MOST_STEPS:
        told["steps_left_out"] = len(skill.steps) - MOST_STEPS
    if whole:
        told |= {"pitfalls": _sentences(skill.pitfalls)} if skill.pitfalls else {}
        told |= {"recoveries": _sentences(skill.recoveries)} if skill.recoveries else {}
    return told | {"rests_on": f"{len(skill.evidence)} past cases that worked"}


def _sentences(texts: Iterable[str]) -> list[str]:
    return [clean(text, TEXT) for text in list(texts)[:MOST]]


def _parameter(parameter: Parameter, sight: Sight) -> dict[str, Any]:
    """Where it is found, and what is found there for this case; what only a run will show is not known yet."""
    told: dict[str, Any] = {"found_in": clean(parameter.told, 200)}
    if parameter.reference:
        with suppress(Unbound):
            told["here"] = cleaned(resolve(parameter.reference, sight), 200)
    elif parameter.examples:
        told["for_example"] = [clean(example, 80) for example in parameter.examples[:3]]
    return told


def _step(step: SkillStep) -> dict[str, Any]:
    told: dict[str, Any] = {"tool": clean(step.tool, 80), "arguments": cleaned(step.arguments, 200)}
    if step.when:
        told["only_when"] = [clean(in_words(condition), 200) for condition in step.when]
    return told
