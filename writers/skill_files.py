"""Skills as JSON lines: one skill a line, everything that telltale knows of it, so that reading back loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from telltale.memory.errors import BadArgument
from telltale.memory.skills import skill_fields, skill_of
from telltale.memory.types import Skill

from .skill_md_read import read_skills
from .telling import slug

LONGEST = 4 << 20  # characters of one line


def write_skills(skills: Iterable[Skill], path: Path) -> int:
    """Write the skills to a file of JSON lines, in their order; how many that were."""
    lines = [json.dumps(skill_fields(skill), sort_keys=True) for skill in skills]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8", newline="\n")
    return len(lines)


def skills_at(path: Path) -> list[Skill]:
    """The skills in a file of JSON lines, or in SKILL.md folders. Raises BadArgument, naming the place, for others."""
    return _from_lines(path) if path.suffix == ".jsonl" else read_skills(path)


def _from_lines(path: Path) -> list[Skill]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument(f"{path}: cannot be read ({error}); expected JSON lines as telltale exports them") from error
    return [_skill(one, f"{path}, line {number}") for number, one in enumerate(lines, start=1) if one.strip()]


def _skill(line: str, where: str) -> Skill:
    try:
        skill = skill_of(json.loads(line if len(line) <= LONGEST else ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadArgument(
            f"{where}: found no skill ({error!r:.120}), expected an object that telltale exported"
        ) from error
    if not skill.name or slug(skill.name) != skill.name:
        raise BadArgument(f"{where}: found the skill name {skill.name!r}, expected lower-case letters with hyphens")
    return skill
