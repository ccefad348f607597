"""Skills as JSON lines: one skill a line, everything that telltale knows of it, so that reading back loses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from telltale.memory.errors import BadArgument, StoreIO
from telltale.memory.types import Skill

from .skill_json import skill_from_json, skill_json
from .skill_md_read import read_skills

LONGEST = 4 << 20  # bytes of one line


def write_skills(skills: Iterable[Skill], path: Path) -> int:
    """Write the skills to a ``.jsonl`` file, in their order; how many that were. Raises BadArgument, StoreIO."""
    if path.suffix != ".jsonl":
        raise BadArgument(f"found the file {path.name!r}, expected a name that ends in .jsonl, to be known again by")
    lines = [f"{skill_json(skill)}\n" for skill in skills]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="ascii", newline="\n")
    except OSError as error:
        raise StoreIO(f"could not write {path} ({error}); name a file that can be written") from error
    return len(lines)


def skills_at(path: Path) -> list[Skill]:
    """The skills in a file of JSON lines, or in SKILL.md folders. Raises BadArgument, naming the place, for others."""
    return list(_from_lines(path)) if path.suffix == ".jsonl" else read_skills(path)


def _from_lines(path: Path) -> Iterator[Skill]:
    for number, line in enumerate(_lines(path), start=1):
        try:
            if line.strip():
                yield skill_from_json(line)
        except BadArgument as error:
            raise BadArgument(f"{path}, line {number}: {error}") from error


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file, none of them held that is too long."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST + 1):
                number += 1
                if len(line) > LONGEST:
                    raise BadArgument(f"{path}, line {number}: found over {LONGEST:,} bytes, expected one skill a line")
                yield line.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument(f"{path}: cannot be read ({error}); expected JSON lines as telltale exports them") from error
