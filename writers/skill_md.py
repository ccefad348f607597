"""A skill as a SKILL.md folder, in the form of agentskills.io: any agent that reads skills can use it.

    <name>/SKILL.md                      front matter, and a body that people read and may edit
    <name>/references/telltale.json      the whole skill, so that reading it back loses nothing
    <name>/references/<section>.md       sections that would make the body too long

What the form has no field for stands under ``metadata`` with the prefix ``telltale-``. Reading back is the business of
skill_md_read.py, the sections that of skill_sections.py.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from telltale.memory.budget import count_tokens
from telltale.memory.errors import BadArgument
from telltale.memory.types import Skill

from .skill_json import skill_json
from .skill_sections import DATA, line, sections
from .telling import slug

DESCRIPTION = 1_024  # characters, by the specification
MOST_LINES, MOST_TOKENS = 480, 4_800  # of a body; the specification advises 500 and 5,000
_KEPT = ("id", "procedure", "status", "version", "made_by", "pinned", "shown", "helped", "misled", "corrected")
_BARRED = str.maketrans({"<": "‹", ">": "›"})  # a public validator refuses angle brackets in a description
MOVED_FIRST = ("Also told as", "Recoveries", "Pitfalls", "Parameters", "Steps", "When not to use")


def export(skill: Skill, directory: Path) -> Path:
    """Write ``directory/<name>/`` and return that folder. What an earlier export left under that name is replaced.

    Raises BadArgument for a skill whose name is not a skill's name, or where something else stands at its place.
    """
    if not skill.name or slug(skill.name) != skill.name:
        raise BadArgument(
            f"found the skill name {skill.name!r}, expected lower-case letters and digits with single hyphens, at most "
            "64 characters; rename the skill before exporting it"
        )
    folder = directory / skill.name
    references = folder / "references"
    if references.is_symlink() or folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BadArgument(f"found a link or a file at {folder}, expected a folder or nothing; export to another folder")
    shutil.rmtree(references, ignore_errors=True)
    references.mkdir(parents=True)
    for place, text in skill_files(skill).items():
        (folder / place).write_text(text, encoding="utf-8", newline="\n")
    return folder


def skill_files(skill: Skill) -> dict[str, str]:
    """The files of the skill's folder by their places in it: SKILL.md, the whole as data, and sections moved out."""
    inside, moved = _split(sections(skill))
    return {"SKILL.md": _front(skill) + _body(skill.name, inside), DATA: f"{skill_json(skill, indent=1)}\n", **moved}


def skill_md(skill: Skill) -> str:
    """The text of a SKILL.md that stands alone: every section is in it, however long."""
    return _front(skill) + _body(skill.name, sections(skill))


def place_of(title: str) -> str:
    """Where a section that was moved out of the body stands."""
    return f"references/{slug(title)}.md"


def pointer(title: str) -> str:
    """What stands in the body in place of a section that was moved out."""
    return f"See [{title}]({place_of(title)})."


def described(skill: Skill) -> str:
    """The description: what the skill does, when to use it, and when not; 1 to 1,024 characters."""
    boundaries = f" Not {'; not '.join(skill.when_not_to_use)}." if skill.when_not_to_use else ""
    said = skill.description or skill.procedure
    whole = line(f"{said.rstrip('. ')}. {skill.when_to_use}{boundaries}").translate(_BARRED)
    return whole if len(whole) <= DESCRIPTION else whole[: DESCRIPTION - 4].rsplit(" ", 1)[0] + " ..."


def _front(skill: Skill) -> str:
    metadata = {name: getattr(skill, name) for name in _KEPT}
    told = {"pinned": "true" if skill.pinned else "false"}
    return "\n".join(
        [
            "---",
            f"name: {skill.name}",
            f"description: {_quoted(described(skill))}",
            "metadata:",
            *(f"  telltale-{key}: {_quoted(told.get(key, str(value)))}" for key, value in metadata.items()),
            "---",
            "",
            "",
        ]
    )


def _body(name: str, told: Mapping[str, list[str]]) -> str:
    lines = [part for title, held in told.items() for part in (f"## {title}", "", *held, "")]
    return "\n".join([f"# {name}", "", *lines])


def _split(told: Mapping[str, list[str]]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The sections of the body, those that would make it too long as a pointer, and the files of these."""
    inside, moved = dict(told), {}
    for title in MOVED_FIRST:
        body = _body("", inside)
        if body.count("\n") <= MOST_LINES and count_tokens(body) <= MOST_TOKENS:
            break
        if title in inside:
            moved[place_of(title)] = "\n".join([f"# {title}", "", *inside[title], ""])
            inside[title] = [pointer(title)]
    return inside, moved


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar; JSON's is one once everything in it can be printed.

    Two hyphens in a row are escaped, since a public validator takes three of them anywhere for the end of the fields.
    """
    return json.dumps(line(text), ensure_ascii=False).replace("--", r"-\x2d")
