"""The library over time: what was distilled now, merged with the skills that are there. Knows no store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

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
