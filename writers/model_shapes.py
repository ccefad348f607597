"""The shapes of a model's answers: a skill's wording, and lessons. Made when first asked for, as pydantic takes time.

Numbers of items are told, not checked: a small model would go on for ever, and one too many is no junk.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

_Polarity = Literal["do", "avoid"]


@cache
def shape(topic: str) -> Any:
    """The pydantic model of an answer about "skill" or "lessons"."""
    return _lessons() if topic == "lessons" else _skill()


def _skill() -> Any:
    from pydantic import BaseModel, Field, create_model

    argument = create_model("Argument", name=(str, ...), value=(str, Field(description="constant or {placeholder}")))
    step = create_model(
        "Step",
        tool=(str, ...),
        arguments=(list[argument], Field(default_factory=list, json_schema_extra=_most(12))),  # type: ignore[valid-type]
        evidence=_evidence(),
    )
    boundary = create_model("Boundary", text=(str, Field(description="when ..., in one clause")), evidence=_evidence())
    return create_model(
        "Skill",
        __base__=BaseModel,
        name=(str, ...),
        description=(str, ...),
        when_to_use=(str, ...),
        when_not_to_use=(list[boundary], Field(json_schema_extra=_most(4))),  # type: ignore[valid-type]
        steps=(list[step], Field(json_schema_extra=_most(20))),  # type: ignore[valid-type]
        tags=(list[str], Field(json_schema_extra=_most(8))),
        paraphrases=(list[str], Field(json_schema_extra=_most(30))),
    )


def _lessons() -> Any:
    from pydantic import BaseModel, Field, create_model

    insight = create_model(
        "Insight",
        polarity=(_Polarity, ...),
        text=(str, ...),
        when=(str, ""),
        when_not=(str, ""),
        evidence=_evidence(),
    )
    lessons: Any = (list[insight], Field(json_schema_extra=_most(5)))  # type: ignore[valid-type]
    return create_model("Lessons", __base__=BaseModel, insights=lessons)


def _evidence() -> Any:
    from pydantic import Field

    return (list[str], Field(default_factory=list, description="span ids", json_schema_extra=_most(8)))


def _most(items: int) -> dict[str, Any]:
    return {"maxItems": items}
