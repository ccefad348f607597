"""Asks a language model for a typed answer through instructor: any provider it knows, or a server like OpenAI's.

One call, no retries. Every way in which a call can fail becomes one ModelFailed with a reason of a few words: never
what the server wrote, which may hold anything. Knows nothing of what is asked.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from .errors import ModelFailed

LATE, UNREACHED, REFUSED = "no answer in time", "no connection", "it refused"
CUT_SHORT, UNREADABLE = "its answer was cut short", "nothing that can be read in its answer"
# Where providers tell what a call cost: the names of the tokens in and of those out
_USAGE = (
    ("prompt_tokens", "completion_tokens"),
    ("input_tokens", "output_tokens"),
    ("prompt_token_count", "candidates_token_count"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model said."""

    value: Any  # of the shape that was asked for
    tokens: tuple[int, int] | None = None  # spent in and out; None: the provider did not say


def ask(
    shape: Any,
    rules: str,
    asked: str,
    *,
    model: str,
    base_url: str | None,
    api_key: str | None,
    seconds: float,
    most: int,
) -> Reply:
    """The model's answer to ``asked`` under ``rules``, of the pydantic ``shape``, in at most ``most`` tokens.

    Raises ModelFailed.
    """
    logging.getLogger("instructor").addHandler(_SILENT)  # it logs what models and servers say, to standard error
    try:
        client = _client(model, base_url, api_key or (base_url and os.environ.get("OPENAI_API_KEY")), seconds)
    except Exception as error:
        raise ModelFailed(f"no client for {model}: {_first_line(error)}", hopeless=True) from error
    turns = [{"role": "system", "content": rules}, {"role": "user", "content": asked}]
    limit = "max_completion_tokens" if model.startswith("openai/") and base_url is None else "max_tokens"
    try:  # without ``context``: with one, instructor would render the question as a Jinja template
        value, completion = client.create_with_completion(
            response_model=shape, messages=turns, max_retries=0, strict=False, **{limit: most}
        )
    except Exception as error:
        raise _failure(error) from error
    return Reply(value=value, tokens=_spent(completion))


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


def _failure(error: Exception) -> ModelFailed:
    """What went wrong, told from the shapes that the providers' errors share."""
    spent = next(filter(None, (_spent(getattr(one, "last_completion", None)) for one in _chain(error))), None)
    for one in _chain(error):
        status = getattr(one, "status_code", None) or getattr(one, "code", None)
        kind = type(one).__name__
        if isinstance(status, int):
            return ModelFailed(
                str(status), hopeless=400 <= status < 500, status=status, retry_after=_retry_after(one), tokens=(0, 0)
            )
        if isinstance(one, TimeoutError) or "Timeout" in kind:
            return ModelFailed(LATE)
        if isinstance(one, ConnectionError) or "Connect" in kind:
            return ModelFailed(UNREACHED, hopeless=True, tokens=(0, 0))
        if "Incomplete" in kind:
            return ModelFailed(CUT_SHORT, tokens=spent)
        if isinstance(one, AssertionError) or _refused(one):
            return ModelFailed(REFUSED, tokens=spent)
    return ModelFailed(UNREADABLE, tokens=spent)


def _refused(error: BaseException) -> bool:
    choices = getattr(getattr(error, "last_completion", None), "choices", None) or [None]
    return bool(getattr(getattr(choices[0], "message", None), "refusal", None))


def _retry_after(error: BaseException) -> float | None:
    """The seconds that the server asks to wait (RFC 9110, 10.2.3), where it does."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    told = str(headers.get("retry-after", ""))
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _spent(completion: Any) -> tuple[int, int] | None:
    usage = getattr(completion, "usage", None) or getattr(completion, "usage_metadata", None)
    for names in _USAGE:
        spent = [getattr(usage, name, None) for name in names]
        if isinstance(spent[0], int):
            return spent[0], spent[1] or 0
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:120]


_SILENT = logging.NullHandler()
