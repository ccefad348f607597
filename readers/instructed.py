"""Asks a language model for an opinion: the shape of its answer, and what a failure is called in a recall.

How a model is called is in memory/models.py.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from telltale.memory import models
from telltale.memory.errors import JudgeFailed, ModelFailed
from telltale.memory.types import Difference

from .judge import Opinion
from .question import NO_VERDICT, RULES

ANSWER = 1_500  # tokens of an answer, at most; a model that thinks first thinks within them


def ask(asked: str, *, model: str, base_url: str | None, api_key: str | None, seconds: float) -> Opinion:
    """The model's opinion on the question ``asked``. Raises JudgeFailed; ``hopeless`` where the next would fail too."""
    called: dict[str, Any] = {"model": model, "base_url": base_url, "api_key": api_key, "seconds": seconds}
    try:
        said = models.ask(_verdict(), RULES, asked, most=ANSWER, **called).value
    except ModelFailed as failure:
        reason = NO_VERDICT if str(failure) == models.UNREADABLE else str(failure)
        raise JudgeFailed(reason, hopeless=failure.hopeless) from failure
    differences = tuple(
        Difference(kind="words", case_value=one.present, candidate_value=one.past) for one in said.differences
    )
    return Opinion(same=said.same_procedure, confidence=said.confidence, differences=differences)


@cache
def _verdict() -> Any:
    """The shape of an answer."""
    from pydantic import BaseModel, Field, create_model

    most: dict[str, Any] = {
        "maxItems": 4
    }  # told, not checked: a small model would go on for ever, and five are no junk
    quotes = create_model(
        "Difference",
        present=(str, Field(description="an exact quote from the present task")),
        past=(str, Field(description="an exact quote from the past task")),
    )
    return create_model(
        "Verdict",
        __base__=BaseModel,
        differences=(  # first, so that the word rests on them
            list[quotes],  # type: ignore[valid-type]
            Field(description="what calls for another procedure; empty if nothing does", json_schema_extra=most),
        ),
        same_procedure=(bool, Field(description="the present task calls for the past task's procedure")),
        confidence=(float, Field(description="how sure, from 0 to 1")),
    )
