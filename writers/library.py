"""The library over time: what was distilled now, merged with the skills that are there. Knows no store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from telltale.memory.types import Skill, Status


def merge(distilled: Iterable[Skill], known: Iterable[Skill]) -> list[Skill]:
    """The library after distilling anew, sorted by name.

    A skill keeps its counters, and is a new version when it says something else than before. A known skill that its
    procedure no longer earns is retired, and comes back when it is earned again.
    """
    before = {skill.id: skill for skill in known}
    now = {skill.id: _next(skill, before[skill.id]) if skill.id in before else skill for skill in distilled}
    unearned = (replace(skill, status=Status.RETIRED) for id_, skill in before.items() if id_ not in now)
    return sorted([*now.values(), *unearned], key=lambda skill: skill.name)


def counted(skills: Iterable[Skill], said: Iterable[Mapping[str, Any]]) -> list[Skill]:
    """The skills with what feedback said of them, in their order: the last word of each recall, so none counts twice.

    ``shown`` counts the recalls that name the skill at all, ``corrected`` those in which a later word took back that it
    misled.
    """
    words: dict[tuple[str, str], list[str]] = {}
    for row in said:
        for word in ("used", "helped", "misled"):
            for id_ in row[word]:
                words.setdefault((id_, row["recall"]), []).append(word)
    of_skill: dict[str, list[list[str]]] = {}
    for (id_, _), told in words.items():
        of_skill.setdefault(id_, []).append([word for word in told if word != "used"])
    return [_counted(skill, of_skill.get(skill.id, [])) for skill in skills]


def _counted(skill: Skill, told: Sequence[Sequence[str]]) -> Skill:
    last = [words[-1] for words in told if words]
    return replace(
        skill,
        shown=len(told),
        helped=last.count("helped"),
        misled=last.count("misled"),
        corrected=sum("misled" in words and words[-1] == "helped" for words in told),
    )


def _next(made: Skill, before: Skill) -> Skill:
    kept = replace(
        made,
        shown=before.shown,
        helped=before.helped,
        misled=before.misled,
        corrected=before.corrected,
        version=before.version,
    )
    return kept if replace(kept, status=before.status) == before else replace(kept, version=before.version + 1)
