"""Skills as plain JSON values and back: one form for the store, for versions and proposals, and for export.

Knows nothing of tables and of files. What an older telltale wrote, with fewer fields, reads as what it meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from .types import Boundary, Condition, Parameter, Skill, SkillStep, Status

_TUPLES = ("also", "paraphrases", "tags", "pitfalls", "recoveries", "insights", "evidence")


def searched(skill: Skill) -> str:
    """The text that a skill is found by."""
    return ". ".join(filter(None, (skill.name, skill.when_to_use, skill.description, *skill.paraphrases, *skill.tags)))


def skill_fields(skill: Skill) -> dict[str, Any]:
    """Every field of ``skill`` in JSON's own types, named as in the dataclass."""
    told: dict[str, Any] = _plain(skill)
    return told


def skill_of(told: Mapping[str, Any]) -> Skill:
    """The skill that ``skill_fields`` told of; fields that are not there have their defaults."""
    known = {name: told[name] for name in Skill.__slots__ if name in told}
    known |= {name: tuple(known[name]) for name in _TUPLES if name in known}
    known["steps"] = tuple(map(_step, told.get("steps", ())))
    known["preconditions"] = _conditions(told.get("preconditions", ()))
    known["boundaries"] = tuple(map(_boundary, told.get("boundaries", told.get("when_not_to_use", ()))))
    known["parameters"] = {name: _parameter(value) for name, value in told.get("parameters", {}).items()}
    return Skill(**known | {"status": Status(told.get("status", Status.CANDIDATE))})


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(held) for name, held in value.items()}
    return [_plain(held) for held in value] if isinstance(value, list | tuple) else value


def _step(told: Any) -> SkillStep:
    if isinstance(told, list):  # as the first schema had it
        tool, arguments, seen_in = told
        return SkillStep(tool=tool, arguments=arguments, seen_in=seen_in)
    return SkillStep(**told | {"when": _conditions(told.get("when", ())), "spans": tuple(told.get("spans", ()))})


def _boundary(told: Any) -> Boundary:
    if isinstance(told, str):
        return Boundary(text=told)
    return Boundary(**told | {"condition": told.get("condition") and Condition(**told["condition"])})


def _parameter(told: Any) -> Parameter:
    if isinstance(told, str):
        return Parameter(told=told)
    return Parameter(**told | {"examples": tuple(told.get("examples", ()))})


def _conditions(told: Any) -> tuple[Condition, ...]:
    return tuple(Condition(**one) for one in told)
