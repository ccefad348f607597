"""One skill as JSON text and back: what is read is checked to the last field before it is believed."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from telltale.memory.errors import BadArgument
from telltale.memory.skills import skill_fields
from telltale.memory.types import Skill

from .telling import slug


def skill_json(skill: Skill, *, indent: int | None = None) -> str:
    """Everything that telltale knows of ``skill``, in ASCII, so that any text survives any file."""
    return json.dumps(skill_fields(skill), indent=indent)


def skill_from_json(text: str) -> Skill:
    """The skill that ``skill_json`` told of. Raises BadArgument, naming the field, for anything else."""
    from pydantic import ValidationError

    try:
        skill: Skill = _checker().validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        at = ".".join(map(str, first["loc"])) or "it"
        raise BadArgument(f"found a skill whose {at:.80} is not as expected: {first['msg']:.200}") from error
    if not skill.name or slug(skill.name) != skill.name:
        raise BadArgument(f"found the skill name {skill.name!r:.80}, expected lower-case letters, digits and hyphens")
    return skill


@cache
def _checker() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Skill)
