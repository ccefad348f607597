"""What telltale's objects look like in JSON: one way for every surface.

Field names are the dataclasses' own, so the words of the Python API are the words of the JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from telltale.memory.types import Skill


def jsonable(value: Any) -> Any:
    """``value`` as JSON's own types: dataclasses as objects, enums by value, NaN and the infinities as null.

    >>> from telltale import Case
    >>> jsonable(Case(text="Cancel it", context={"paid": float("nan")}))
    {'text': 'Cancel it', 'context': {'paid': None}}
    """
    match value:
        case Enum():
            found: Any = jsonable(value.value)
        case float():
            found = value if math.isfinite(value) else None
        case None | str() | bool() | int():
            found = value
        case Mapping():
            found = {str(name): jsonable(held) for name, held in value.items()}
        case _ if is_dataclass(value):
            names = [field.name for field in fields(value)]
            names += ["when_not_to_use"] if isinstance(value, Skill) else []  # its boundaries in words
            found = {name: jsonable(getattr(value, name)) for name in names}
        case Iterable():
            found = [jsonable(held) for held in value]
        case _:
            found = str(value)
    return found


def to_json(value: Any) -> str:
    """``value`` as one JSON object over several lines, as the command line prints it."""
    return json.dumps(jsonable(value), ensure_ascii=False, indent=2)
