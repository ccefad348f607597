"""A skill as titled lists of lines that people read and may edit, and an edited section back as what it says.

Knows no files. A line says one thing; what it cannot say (counts, spans, where a value is looked up) is kept from the
skill that the section was made of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from telltale.memory.errors import BadArgument
from telltale.memory.types import Boundary, Condition, Parameter, Skill, SkillStep

from .changes import condition_told

_STEP = re.compile(r"\d+\. `(?P<tool>[^`]*)` `(?P<arguments>\{.*\})`(?: \(only when (?P<when>.*)\))?")
_CONDITION = re.compile(r"(?P<kind>.+?) is (?P<lacks>not )?(?P<value>.+)")
_EPISODES = 5  # named on a page that agents pay for by the token
_LONGEST_STEP = 20_000  # characters of a step that a person wrote
_PARAMETER = re.compile(r"`\{(?P<name>[^`]*)\}`: (?P<told>.*)")
DATA = "references/telltale.json"  # where a skill's folder holds the whole of it


def sections(skill: Skill) -> dict[str, list[str]]:
    """The sections by title, in order, each as lines; those with nothing to say are left out."""
    found = {title: write(skill) for title, (write, _) in _SECTIONS.items()}
    found["Evidence"] = _evidence(skill.evidence)
    return {title: [line(one) for one in lines] for title, lines in found.items() if lines}


def with_edits(skill: Skill, edited: Mapping[str, Sequence[str]]) -> Skill:
    """``skill`` with what the sections say that differ from its own; a section that is missing says nothing any more.

    Evidence is not for people to edit. Raises BadArgument for a line that cannot be understood.
    """
    own = sections(skill)
    changes: dict[str, Any] = {}
    for title, (_, read) in _SECTIONS.items():
        before, after = own.get(title, []), [line(one) for one in edited.get(title, ()) if one.strip()]
        if after != before:
            changes |= read(skill, after)
    return replace(skill, **changes) if changes else skill


def line(text: str) -> str:
    """``text`` on one line, without characters that cannot be printed."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


# ---- writing ---------------------------------------------------------------------------------------------------------


def _evidence(episodes: Sequence[str]) -> list[str]:
    rest = len(episodes) - _EPISODES
    more = [f"- and {rest:,} successful runs more, in {DATA}"] if rest > 0 else []
    return [*(f"- {one}" for one in episodes[:_EPISODES]), *more]


def _items(name: str) -> Callable[[Skill], list[str]]:
    return lambda skill: [f"- {line(one)}" for one in getattr(skill, name) if line(one)]


def _text(name: str) -> Callable[[Skill], list[str]]:
    """The text as one line; what would be a title in it is none."""

    def write(skill: Skill) -> list[str]:
        told = line(getattr(skill, name))
        return [f"\\{told}" if told.startswith("#") else told] if told else []

    return write


def _preconditions(skill: Skill) -> list[str]:
    return [f"- {_condition(one)}" for one in skill.preconditions]


def _parameters(skill: Skill) -> list[str]:
    return [f"- `{{{_code(name)}}}`: {line(one.told)}" for name, one in skill.parameters.items()]


def _steps(skill: Skill) -> list[str]:
    return [_step(number, step) for number, step in enumerate(skill.steps, start=1)]


def _step(number: int, step: SkillStep) -> str:
    arguments = json.dumps(dict(step.arguments), ensure_ascii=False, default=str)
    when = f" (only when {' and '.join(map(_condition, step.when))})" if step.when else ""
    return f"{number}. `{_code(step.tool)}` `{_code(arguments)}`{when}"


def _condition(condition: Condition) -> str:
    return line(condition_told(condition))


def _code(text: str) -> str:
    return line(text.replace("`", "'"))


# ---- reading ---------------------------------------------------------------------------------------------------------


def _bullets(lines: Sequence[str], title: str) -> list[str]:
    for one in lines:
        if not one.startswith(("- ", "* ")):
            raise BadArgument(f"found {one[:80]!r} under '{title}', expected a line that begins with '- '")
    return [one[2:].strip() for one in lines]


def _read_text(name: str) -> Callable[[Skill, list[str]], dict[str, Any]]:
    return lambda _, lines: {name: " ".join(lines).removeprefix("\\" if lines and lines[0].startswith("\\#") else "")}


def _read_items(name: str, title: str) -> Callable[[Skill, list[str]], dict[str, Any]]:
    def read(skill: Skill, lines: list[str]) -> dict[str, Any]:
        known = {line(one): one for one in getattr(skill, name)}
        return {name: tuple(known.get(one, one) for one in _bullets(lines, title))}

    return read


def _read_boundaries(skill: Skill, lines: list[str]) -> dict[str, Any]:
    known = {line(one.text): one for one in skill.boundaries}
    said = _bullets(lines, "When not to use")
    return {"boundaries": tuple(known.get(one, Boundary(text=one)) for one in said)}


def _read_preconditions(skill: Skill, lines: list[str]) -> dict[str, Any]:
    return {"preconditions": tuple(_conditions(_bullets(lines, "Preconditions"), skill.preconditions))}


def _conditions(said: Sequence[str], known: Sequence[Condition]) -> Iterator[Condition]:
    """Each as it is known, else as it is written: ``kind is value``, ``kind is not value``, ``kind is given``."""
    told = {_condition(one): one for one in known}
    for one in said:
        parts = _CONDITION.fullmatch(one)
        if one not in told and not parts:
            raise BadArgument(f"found the condition {one[:80]!r}, expected 'kind is value' or 'kind is not value'")
        if one in told:
            yield told[one]
        elif parts:
            value = "" if parts["value"] == "given" else parts["value"]
            yield Condition(kind=parts["kind"], value=value, holds=not parts["lacks"])


def _read_parameters(skill: Skill, lines: list[str]) -> dict[str, Any]:
    known = {_code(name): (name, one) for name, one in skill.parameters.items()}
    found: dict[str, Parameter] = {}
    for one in _bullets(lines, "Parameters"):
        parts = _PARAMETER.fullmatch(one) or _PARAMETER.fullmatch(f"{one} ")
        if not parts:
            raise BadArgument(f"found {one[:80]!r} under 'Parameters', expected - `{{name}}`: where it comes from")
        name, before = known.get(parts["name"], (parts["name"], Parameter(told="")))
        told = parts["told"].strip()
        found[name] = before if line(before.told) == told else replace(before, told=told)
    return {"parameters": found}


def _read_steps(skill: Skill, lines: list[str]) -> dict[str, Any]:
    known = {_unnumbered(line(_step(0, step))): step for step in skill.steps}
    return {"steps": tuple(known.get(_unnumbered(one)) or _new_step(skill, one) for one in lines)}


def _new_step(skill: Skill, one: str) -> SkillStep:
    parts = _STEP.fullmatch(one) if len(one) <= _LONGEST_STEP else None
    try:
        arguments = json.loads(parts["arguments"]) if parts else None
    except ValueError:
        arguments = None
    if parts is None or arguments is None:
        raise BadArgument(f'found the step {one[:120]!r}, expected 1. `tool` `{{"argument": "value"}}`')
    said = parts["when"].split(" and ") if parts["when"] else ()
    known = [condition for step in skill.steps for condition in step.when]
    return SkillStep(tool=parts["tool"], arguments=arguments, when=tuple(_conditions(said, known)))


def _unnumbered(one: str) -> str:
    return one.partition(". ")[2]


_Write = Callable[[Skill], list[str]]
_Read = Callable[[Skill, list[str]], dict[str, Any]]
_SECTIONS: Mapping[str, tuple[_Write, _Read]] = {
    "What it does": (_text("description"), _read_text("description")),
    "When to use": (_text("when_to_use"), _read_text("when_to_use")),
    "When not to use": (_items("when_not_to_use"), _read_boundaries),
    "Preconditions": (_preconditions, _read_preconditions),
    "Parameters": (_parameters, _read_parameters),
    "Steps": (_steps, _read_steps),
    "Pitfalls": (_items("pitfalls"), _read_items("pitfalls", "Pitfalls")),
    "Recoveries": (_items("recoveries"), _read_items("recoveries", "Recoveries")),
    "Also told as": (_items("paraphrases"), _read_items("paraphrases", "Also told as")),
    "Tags": (_items("tags"), _read_items("tags", "Tags")),
}
