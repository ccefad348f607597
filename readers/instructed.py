"""Asks a language model for an opinion through instructor: any provider it knows, or a server like OpenAI's.

One call, no retries, a typed answer. Every way in which a call can fail becomes one JudgeFailed with a reason of a few
words: never what the server wrote, which may hold anything.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from telltale.memory.errors import JudgeFailed
from telltale.memory.types import Difference

from .judge import Opinion
from .question import NO_VERDICT, RULES

ANSWER = 1_500  # tokens of an answer, at most; a model that thinks first thinks within them


def ask(asked: str, *, model: str, base_url: str | None, api_key: str | None, seconds: float) -> Opinion:
    """The model's opinion on the question ``asked``. Raises JudgeFailed; ``hopeless`` where the next would fail too."""
    logging.getLogger("instructor").addHandler(_SILENT)  # it logs what models and servers say, to standard error
    try:
        client = _client(model, base_url, api_key or (base_url and os.environ.get("OPENAI_API_KEY")), seconds)
    except Exception as error:
        raise JudgeFailed(f"no client for {model}: {_first_line(error)}", hopeless=True) from error
    turns = [{"role": "system", "content": RULES}, {"role": "user", "content": asked}]
    limit = "max_completion_tokens" if model.startswith("openai/") and base_url is None else "max_tokens"
    try:  # without ``context``: with one, instructor would render the question as a Jinja template
        said = client.create(response_model=_verdict(), messages=turns, max_retries=0, strict=False, **{limit: ANSWER})
    except Exception as error:
        raise _failure(error) from error
    differences = tuple(
        Difference(kind="words", case_value=one.present, candidate_value=one.past) for one in said.differences
    )
    return Opinion(same=said.same_procedure, confidence=said.confidence, differences=differences)


@lru_cache(maxsize=8)
def _client(model: str, base_url: str | None, api_key: str | None, seconds: float) -> Any:
    """Making one takes a second, most of it to load the provider's package."""
    import instructor

    if base_url is None:
        bounds: dict[str, Any] = {"timeout": seconds, "max_retries": 0} if model.startswith("openai/") else {}
        return instructor.from_provider(model, api_key=api_key, **bounds)
    return instructor.from_provider(
        f"openai/{model}",
        base_url=base_url,
        api_key=api_key or "none",  # a server of one's own rarely asks for one
        timeout=seconds,
        max_retries=0,
        mode=instructor.Mode.JSON_SCHEMA,  # more servers can hold a model to a schema than know tools
    )


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


def _failure(error: Exception) -> JudgeFailed:
    """What went wrong, told from the shapes that the providers' errors share."""
    for one in _chain(error):
        status = getattr(one, "status_code", None) or getattr(one, "code", None)
        kind = type(one).__name__
        if isinstance(status, int):
            return JudgeFailed(str(status), hopeless=400 <= status < 500)
        if isinstance(one, TimeoutError) or "Timeout" in kind:
            return JudgeFailed("no answer in time")
        if isinstance(one, ConnectionError) or "Connect" in kind:
            return JudgeFailed("no connection", hopeless=True)
        if "Incomplete" in kind:
            return JudgeFailed("its answer was cut short")
        if isinstance(one, AssertionError) or _refused(one):
            return JudgeFailed("it refused")
    return JudgeFailed(NO_VERDICT)


def _refused(error: BaseException) -> bool:
    choices = getattr(getattr(error, "last_completion", None), "choices", None) or [None]
    return bool(getattr(getattr(choices[0], "message", None), "refusal", None))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:120]


_SILENT = logging.NullHandler()
