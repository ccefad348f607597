"""One action, however a row writes it, as a step: an object, a call in words, or a command of a text game.

Knows nothing of where rows come from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Step

from .shapes import arguments, bad_field, string

_CALL = re.compile(r"([A-Za-z_][\w.]*)\((.*)\)", re.DOTALL)
_PREPOSITION = re.compile(r"\s+(in/on|from|with|into|onto|to|in|on|at)\s+")


def step_of(action: Any) -> Step:
    """The step an action stands for. Raises RecordError for what names no tool.

    >>> step_of("PutObject(mug, shelf)").arguments
    {'1': 'mug', '2': 'shelf'}
    >>> step_of("take mug 1 from shelf 2").arguments
    {'object': 'mug 1', 'from': 'shelf 2'}
    >>> step_of({"name": "refund", "arguments": {"order": 7}}).tool
    'refund'
    """
    if isinstance(action, str):
        return _of_text(action.strip())
    if not isinstance(action, Mapping):
        raise bad_field("steps", action, "an object or text")
    tool = string(action.get("tool", action.get("name")), "steps.tool").strip()
    if not tool:
        raise RecordError("BAD_FIELD", "steps: a step without the tool's name", field="steps.tool")
    read_only = action.get("read_only")
    return Step(
        tool=tool,
        arguments=dict(arguments(action.get("arguments"))),
        observation=string(action.get("observation"), "steps.observation"),
        error=string(action.get("error"), "steps.error"),
        read_only=read_only if isinstance(read_only, bool) else None,
    )


def _of_text(action: str) -> Step:
    if call := _CALL.fullmatch(action):
        values = [value.strip() for value in call[2].split(",") if value.strip()]
        return Step(tool=call[1], arguments={str(place): value for place, value in enumerate(values, 1)})
    verb, _, rest = action.partition(" ")
    if not verb:
        raise RecordError("BAD_FIELD", "steps: an empty action", field="steps")
    first, *others = _PREPOSITION.split(f" {rest.strip()}")
    named = {"object": first.strip()} if first.strip() else {}
    return Step(tool=verb, arguments=named | dict(zip(others[::2], others[1::2], strict=True)))
