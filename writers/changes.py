"""Two versions of a skill side by side, in words. Knows no store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from telltale.memory.types import Condition, Parameter, Skill, SkillStep

_TEXTS = {"when_to_use": "when to use", "description": "description"}
_LISTS = {
    "when_not_to_use": "when not to use", "pitfalls": "pitfall", "recoveries": "recovery", "paraphrases": "paraphrase",
    "tags": "tag", "also": "merged procedure",
}  # fmt: skip


def changes(old: Skill, new: Skill) -> list[str]:
    """What ``new`` says otherwise than ``old``, a line for each change; empty where both say the same.

    In the order of a skill's fields. Texts are told word by word, with ``[-taken out-]`` and ``{+put in+}``.
    """
    said = [f"procedure: {old.procedure} -> {new.procedure}"] if old.procedure != new.procedure else []
    for name, label in _TEXTS.items():
        before, after = getattr(old, name), getattr(new, name)
        said += [f"{label}: {reworded(before, after)}"] if before != after else []
    said += _of_list("precondition", _conditions(old.preconditions), _conditions(new.preconditions))
    said += _of_parameters(old.parameters, new.parameters)
    said += _of_steps([step_told(step) for step in old.steps], [step_told(step) for step in new.steps])
    for name, label in _LISTS.items():
        said += _of_list(label, getattr(old, name), getattr(new, name))
    for name in ("status", "made_by", "pinned"):
        before, after = getattr(old, name), getattr(new, name)
        said += [f"{name.replace('_', ' ')}: {before} -> {after}"] if before != after else []
    return said


def reworded(old: str, new: str) -> str:
    """Both texts as one, with what differs marked.

    >>> reworded("a gift card is used", "a credit card is used")
    'a [-gift-]{+credit+} card is used'
    """
    before, after = old.split(), new.split()
    pieces: list[str] = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(" ".join(before[a:b]))
            continue
        gone, come = " ".join(before[a:b]), " ".join(after[c:d])
        pieces.append((f"[-{gone}-]" if gone else "") + (f"{{+{come}+}}" if come else ""))
    return " ".join(pieces)


def step_told(step: SkillStep) -> str:
    """A step on one line: the tool, its arguments, and what it depends on."""
    given = ", ".join(f"{name}={_value(value)}" for name, value in step.arguments.items())
    when = f" when {' and '.join(_conditions(step.when))}" if step.when else ""
    return f"{step.tool}({given}){when}"


def condition_told(condition: Condition) -> str:
    """A condition on one line, without its counts."""
    is_ = "is" if condition.holds else "is not"
    return f"{condition.kind} {is_} {condition.value}" if condition.value else f"{condition.kind} {is_} given"


def _conditions(found: Sequence[Condition]) -> tuple[str, ...]:
    return tuple(map(condition_told, found))


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _of_list(label: str, old: Sequence[str], new: Sequence[str]) -> list[str]:
    gone = [one for one in old if one not in new]
    come = [one for one in new if one not in old]
    return [*(f"{label} taken out: {one}" for one in gone), *(f"{label} added: {one}" for one in come)]


def _of_parameters(old: Mapping[str, Parameter], new: Mapping[str, Parameter]) -> Iterator[str]:
    yield from (f"parameter {{{name}}} taken out" for name in old if name not in new)
    for name, one in new.items():
        if name not in old:
            yield f"parameter {{{name}}} added: {one.told}"
        elif (one.told, one.reference) != (old[name].told, old[name].reference):
            yield f"parameter {{{name}}}: {_source(old[name])} -> {_source(one)}"


def _source(one: Parameter) -> str:
    return f"{one.told} ({one.reference})" if one.reference else one.told


def _of_steps(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        changed = min(b - a, d - c)
        for at in range(changed):
            yield f"step {c + at + 1} changed: {old[a + at]} -> {new[c + at]}"
        yield from (f"step {at + 1} taken out: {old[at]}" for at in range(a + changed, b))
        yield from (f"step {at + 1} added: {new[at]}" for at in range(c + changed, d))
