"""Skills as files that come and go in JSON: what an export to a folder holds, without a folder of the server's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from telltale.memory.errors import BadArgument
from telltale.memory.types import Skill
from telltale.writers.skill_files import skills_at
from telltale.writers.skill_json import skill_json
from telltale.writers.skill_md import skill_files

LINES = "skills.jsonl"


def as_files(skills: Sequence[Skill], form: str) -> dict[str, str]:
    """The texts of the skills' files by their places."""
    if form == "jsonl":
        return {LINES: "".join(f"{skill_json(skill)}\n" for skill in skills)}
    return {f"{skill.name}/{place}": text for skill in skills for place, text in skill_files(skill).items()}


def from_files(files: Mapping[str, str]) -> list[Skill]:
    """The skills in texts by their places, each a plain relative path. Raises BadArgument, naming the place."""
    with TemporaryDirectory(prefix="telltale-") as name:
        folder = Path(name)
        try:
            for place, text in files.items():
                path = folder / place
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())
            lines = [folder / place for place in files if place.endswith(".jsonl")]
            return [skill for path in lines or [folder] for skill in skills_at(path)]
        except BadArgument as error:
            raise BadArgument(str(error).replace(f"{folder.resolve()}/", "").replace(f"{folder}", ".")) from None
        except (OSError, UnicodeEncodeError):
            raise BadArgument("the files cannot lie beside each other: a place of one is a folder of another") from None
