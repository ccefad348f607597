"""SKILL.md folders read back: our own without loss, edited ones as they were edited, and those that others wrote.

Text of a skill is data like any other: it is read, bounded and cleaned, and nothing in it is run or followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from telltale.memory.errors import BadArgument
from telltale.memory.types import Skill, SkillStep

from .skill_json import skill_from_json
from .skill_md import DESCRIPTION, MOVED_FIRST, described, place_of, pointer
from .skill_sections import DATA, sections, with_edits
from .telling import slug

LARGEST = 4 << 20  # bytes of one file
INSTRUCTIONS = "instructions"  # the tool of the one step that holds what somebody else's skill says
_FRONT = re.compile(r"\ufeff?---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^## (.*)$", re.MULTILINE)
_FIELDS = frozenset(("name", "description", "license", "compatibility", "metadata", "allowed-tools"))


def read_skills(path: Path) -> list[Skill]:
    """The skills at ``path``, by folder: a SKILL.md, its folder, or a folder of such folders.

    Raises BadArgument, naming the file, for what is no skill.
    """
    folders = sorted(_folders(path))
    if not folders:
        raise BadArgument(f"found no SKILL.md at {path}, expected one there or in the folders in it")
    return [read_skill(folder) for folder in folders]


def read_skill(folder: Path) -> Skill:
    """The skill of a folder that holds a SKILL.md.

    One that telltale exported comes back as it was; where its body, name or description were edited, the edit goes
    before what telltale knew, section by section. One that others wrote has its description as when to use it, and its
    body as one step ``instructions``. Raises BadArgument, naming the file, for what is no skill.
    """
    place = folder / "SKILL.md"
    try:
        return _skill(folder, _text(folder, "SKILL.md"))
    except BadArgument as error:
        raise BadArgument(f"{place}: {error}") from error


def skill_from_text(text: str, known: Skill) -> Skill:
    """``known`` with what a SKILL.md that was made of it says otherwise. Raises BadArgument for what is no skill."""
    front, body = _parts(text)
    return _edited(known, front, _sections(body))


def _skill(folder: Path, text: str) -> Skill:
    front, body = _parts(text)
    if front["name"] != folder.name:
        raise BadArgument(f"found the name {front['name']!r} in the folder {folder.name!r}, expected the same")
    ours = {key for key in front.get("metadata", {}) if key.startswith("telltale-")}
    if not ours:
        return _foreign(front, body)
    told = _sections(body)
    for title in MOVED_FIRST:
        if told.get(title) == [pointer(title)]:
            told[title] = _lines(_text(folder, place_of(title)).partition("\n")[2])
    return _edited(_known(folder, front), front, told)


def _known(folder: Path, front: Mapping[str, Any]) -> Skill:
    """The skill as data; what its front matter says of it where the data was not passed on."""
    if not (folder / DATA).exists():
        metadata = front["metadata"]
        told = {name: metadata.get(f"telltale-{name}", "") for name in ("id", "procedure")}
        return Skill(name=front["name"], when_to_use="", **{**told, "procedure": told["procedure"] or front["name"]})
    try:
        return skill_from_json(_text(folder, DATA))
    except BadArgument as error:
        raise BadArgument(f"found {DATA} that telltale did not export: {error}") from error


def _edited(known: Skill, front: Mapping[str, Any], told: Mapping[str, list[str]]) -> Skill:
    """What people changed: the name, the sections, and the description where the sections leave it to that."""
    skill = with_edits(known, told)
    skill = skill if skill.name == front["name"] else replace(skill, name=front["name"])
    if front["description"] not in (described(known), described(skill)) and skill.when_to_use == known.when_to_use:
        skill = replace(skill, when_to_use=front["description"])
    return skill


def _foreign(front: Mapping[str, Any], body: str) -> Skill:
    name = front["name"]
    told = _sections(body)
    bare = Skill(name=name, procedure=name, when_to_use=front["description"], made_by=f"import:{name}")
    try:
        skill = with_edits(bare, sections(bare) | {"Steps": told.get("Steps", [])})
    except BadArgument:
        skill = bare
    if not skill.steps and body.strip():
        skill = replace(skill, steps=(SkillStep(tool=INSTRUCTIONS, arguments={"text": body.strip()}),))
    return skill


def _parts(text: str) -> tuple[dict[str, Any], str]:
    """The front matter, checked, and the body."""
    found = _FRONT.match(text)
    if not found:
        raise BadArgument("found no front matter, expected a first line '---', fields, and a line '---'")
    front = _fields(found[1])
    unknown = sorted(front.keys() - _FIELDS)
    if unknown:
        raise BadArgument(f"found the field {unknown[0]!r}, expected only {', '.join(sorted(_FIELDS))}")
    for field, most in (("name", 64), ("description", DESCRIPTION)):
        value = front.get(field)
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            raise BadArgument(f"found the {field} {value!r:.80}, expected 1 to {most:,} characters")
    if slug(front["name"]) != front["name"]:
        raise BadArgument(f"found the name {front['name']!r}, expected lower-case letters, digits and single hyphens")
    return front, text[found.end() :]


def _fields(front: str) -> dict[str, Any]:
    """The front matter as texts and mappings of texts: strict YAML, so that nothing in it is anything else."""
    import strictyaml

    try:
        told = strictyaml.load(front).data
    except strictyaml.YAMLError as error:
        raise BadArgument(f"found front matter that is no plain YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(told, dict) or not isinstance(told.get("metadata", {}), dict):
        raise BadArgument("found front matter without fields, or metadata that is none; expected 'name: ...' and so on")
    return dict(told)


def _sections(body: str) -> dict[str, list[str]]:
    marks = list(_TITLE.finditer(body))
    ends = [*(mark.start() for mark in marks), len(body)][1:]
    return {mark[1].strip(): _lines(body[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)}


def _lines(text: str) -> list[str]:
    return [one.strip() for one in text.split("\n") if one.strip()]


def _text(folder: Path, place: str) -> str:
    """A file of the skill's folder; links are not followed."""
    path = folder / place
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        raise BadArgument(f"found no file {place} (links are not followed), expected it in the skill's folder")
    if path.stat().st_size > LARGEST:
        raise BadArgument(f"found {place} with {path.stat().st_size:,} bytes, expected at most {LARGEST:,}")
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadArgument(f"found bytes in {place} that are not UTF-8 (at {error.start}), expected UTF-8") from error


def _folders(path: Path) -> Iterator[Path]:
    if path.name == "SKILL.md":
        yield path.resolve().parent
    elif (path / "SKILL.md").is_file():
        yield path.resolve()
    elif path.is_dir():
        yield from (folder for folder in path.resolve().iterdir() if (folder / "SKILL.md").is_file())
