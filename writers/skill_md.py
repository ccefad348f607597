"""A skill as a SKILL.md folder, in the form of agentskills.io: any agent that reads skills can use it.

What the form has no field for is kept in the body, and under ``metadata`` with the prefix ``telltale-``.
"""

from __future__ import annotations

import json
from pathlib import Path

from telltale.memory.errors import BadArgument
from telltale.memory.types import Skill

from .distill import slug

_DESCRIPTION = 1_024  # characters, by the specification
_BARRED = str.maketrans({"<": "‹", ">": "›"})  # a public validator refuses angle brackets in a description


def export(skill: Skill, directory: Path) -> Path:
    """Write ``directory/<name>/SKILL.md`` and return the folder. What was there under that name is replaced.

    Raises BadArgument for a skill whose name is not a skill's name.
    """
    if not skill.name or slug(skill.name) != skill.name:
        raise BadArgument(
            f"found the skill name {skill.name!r}, expected lower-case letters and digits with single hyphens, at most "
            "64 characters; rename the skill before exporting it"
        )
    folder = directory / skill.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(skill_md(skill), encoding="utf-8")
    return folder


def skill_md(skill: Skill) -> str:
    """The text of the SKILL.md file: the front matter, then all that the skill knows in sections."""
    metadata = {
        "id": skill.id, "procedure": skill.procedure, "status": skill.status, "version": skill.version,
        "shown": skill.shown, "helped": skill.helped, "misled": skill.misled, "corrected": skill.corrected,
    }  # fmt: skip
    front = [
        "---",
        f"name: {skill.name}",
        f"description: {_quoted(_description(skill))}",
        "metadata:",
        *(f"  telltale-{key}: {_quoted(str(value))}" for key, value in metadata.items()),
        "---",
    ]
    return "\n".join([*front, "", f"# {skill.name}", "", *_body(skill)])


def _description(skill: Skill) -> str:
    boundaries = f" Not {'; not '.join(skill.when_not_to_use)}." if skill.when_not_to_use else ""
    whole = _line(f"{skill.procedure}. {skill.when_to_use}{boundaries}").translate(_BARRED)
    return whole if len(whole) <= _DESCRIPTION else whole[: _DESCRIPTION - 4].rsplit(" ", 1)[0] + " ..."


def _body(skill: Skill) -> list[str]:
    steps = [f"{number}. `{step.tool}` {_code(step.arguments)}" for number, step in enumerate(skill.steps, start=1)]
    parameters = [f"`{{{name}}}`: {_line(one.told)}" for name, one in skill.parameters.items()]
    sections = {
        "When to use": [_line(skill.when_to_use)],
        "When not to use": [f"- {_line(boundary)}" for boundary in skill.when_not_to_use],
        "Steps": steps,
        "Parameters": [f"- {parameter}" for parameter in parameters],
        "Pitfalls": [f"- {_line(pitfall)}" for pitfall in skill.pitfalls],
        "Evidence": [f"- {episode}" for episode in skill.evidence],
    }
    return [line for title, lines in sections.items() if lines for line in (f"## {title}", "", *lines, "")]


def _code(value: object) -> str:
    return f"`{json.dumps(value, ensure_ascii=False, default=str).replace('`', chr(39))}`"


def _line(text: str) -> str:
    """``text`` on one line, without characters that cannot be printed."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar; JSON's is one once everything in it can be printed."""
    return json.dumps(_line(text), ensure_ascii=False)
