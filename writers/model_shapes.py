"""The shapes of a model's answers: a skill's wording, and lessons. Made when first asked for, as pydantic takes time.

Numbers of items and lengths are told, not checked: a small model would go on for ever, and one too many is no junk.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

NAME, SENTENCE, WHEN, BOUNDARY, PARAPHRASE, TAG = 60, 300, 500, 240, 100, 40  # characters, at most
LESSON, CONDITION = 300, 160
PARAPHRASES, TAGS, LESSONS = 30, 8, 5
_VALUE = 200
_Polarity = Literal["do", "avoid"]


@cache
def shape(topic: str) -> Any:
    """The pydantic model of an answer about "skill" or "lessons"."""
    return _lessons() if topic == "lessons" else _skill()


def _skill() -> Any:
    from pydantic import BaseModel, create_model

    argument = create_model("Argument", name=_text(TAG), value=_text(_VALUE, "the constant, or {placeholder}"))
    step = create_model(
        "Step", tool=_text(TAG), arguments=_many(argument, 12, default_factory=list), evidence=_evidence()
    )
    boundary = create_model("Boundary", text=_text(BOUNDARY, "when ..., in one clause"), evidence=_evidence())
    return create_model(
        "Skill",
        __base__=BaseModel,
        name=_text(NAME),
        description=_text(SENTENCE),
        when_to_use=_text(WHEN),
        when_not_to_use=_many(boundary, 4),
        steps=_many(step, 20),
        tags=_many(_short(TAG), TAGS),
        paraphrases=_many(_short(PARAPHRASE), PARAPHRASES),
    )


def _lessons() -> Any:
    from pydantic import BaseModel, create_model

    insight = create_model(
        "Insight",
        polarity=(_Polarity, ...),
        text=_text(LESSON),
        when=_text(CONDITION, default=""),
        when_not=_text(CONDITION, default=""),
        evidence=_evidence(),
    )
    return create_model("Lessons", __base__=BaseModel, insights=_many(insight, LESSONS))


def _text(most: int, told: str | None = None, *, default: Any = ...) -> Any:
    from pydantic import Field

    return (str, Field(default, description=told, json_schema_extra={"maxLength": most}))


def _short(most: int) -> Any:
    from pydantic import WithJsonSchema

    return Annotated[str, WithJsonSchema({"type": "string", "maxLength": most})]


def _many(item: Any, items: int, **told: Any) -> Any:
    from pydantic import Field

    return (list[item], Field(json_schema_extra={"maxItems": items}, **told))


def _evidence() -> Any:
    return _many(_short(8), 8, default_factory=list, description="span ids")
