"""Checks of what a caller passed, so that a mistake is named where it was made.

Each returns the value it was given, or raises :class:`BadArgument` saying what was found, what was expected and what
to do. Knows no store and no algorithm.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from telltale.memory.errors import BadArgument, UsageError
from telltale.memory.types import Case, Context, Recall, Verdict
from telltale.readers.judge import Judge, ModelJudge

MOST_RESULTS = 1000
SERVERS = ("http", "https")


SERVICE = "db://"  # LanceDB Cloud and Enterprise


def not_a_server(address: object) -> str:
    """``address`` as text, when it is a folder, a bucket or a service; :class:`UsageError` for a server of telltale."""
    text = str(address)
    if not text.strip():
        raise BadArgument('the address is empty: give a folder, such as "./experience", or a bucket, "s3://..."')
    scheme = text.partition("://")[0] if "://" in text else ""
    if scheme == "memory":
        raise UsageError(
            "memory:// is nowhere that upkeep and learning could read again: give a folder, such as one of "
            "tempfile.TemporaryDirectory(), which goes away by itself"
        )
    if scheme in SERVERS:
        raise UsageError(
            f"{scheme}:// is no place that files can be in: give a folder or a bucket (s3://, gs://, az://)"
        )
    return text


def is_service(address: object) -> bool:
    """Whether ``address`` leads to a service of LanceDB."""
    return str(address).startswith(SERVICE)


def is_server(address: object) -> bool:
    """Whether ``address`` leads to a server of telltale."""
    return str(address).partition("://")[0].lower() in SERVERS and "://" in str(address)


def case_of(text: object, context: Context | None) -> Case:
    """The case that ``text`` and ``context`` describe; :class:`BadArgument` when there is nothing to look for."""
    if not isinstance(text, str) or not text.strip():
        raise BadArgument(f"the text of the case is {text!r}: describe the task in words, as the agent was given it")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadArgument("the text of the case is not valid Unicode: decode it as UTF-8 before passing it")
    return Case(text=text, context=context_of(context))


def context_of(context: object) -> Context:
    """``context`` as a mapping of names to JSON values; ``None`` is no context."""
    if context is None:
        return {}
    if not isinstance(context, Mapping) or not all(isinstance(name, str) for name in context):
        raise BadArgument(f"context is {context!r:.80}: give names and values, such as {{'channel': 'chat'}}")
    try:
        json.dumps(dict(context), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"context holds a value that JSON has no form for ({error}): give it as text") from error
    return context


def count(name: str, value: object, *, most: int | None = None) -> int:
    """``value`` as a whole number of at least 1, and at most ``most`` where that is given."""
    wanted = "a whole number of at least 1" if most is None else f"a whole number from 1 to {most:,}"
    if isinstance(value, bool) or not isinstance(value, int) or value < 1 or (most is not None and value > most):
        raise BadArgument(f"{name} is {value!r}: give {wanted}")
    return value


def risk_of(value: object) -> float:
    """``value`` as a share strictly between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise BadArgument(
            f"risk is {value!r}: give the share of answers that may mislead, above 0 and below 1, such as 0.05"
        )
    return float(value)


def judge_of(value: object) -> Judge | None:
    """``value`` as a judge: a model's name, such as ``"openai/gpt-4o-mini"``, or an object that is one."""
    if value is None or isinstance(value, Judge):
        return value
    if isinstance(value, str):
        return ModelJudge(model=value)
    raise BadArgument(f"judge is {value!r:.80}: give a model's name, a ModelJudge, or an object with name and judge()")


def one_of(name: str, value: object, known: Collection[str]) -> str:
    """``value``, when it is among ``known``."""
    if not isinstance(value, str) or value not in known:
        raise BadArgument(f"{name} is {value!r}: give one of {', '.join(known)}")
    return value


def judged(found: Recall, verdict: Verdict | str) -> str:
    """The id of the candidate that ``verdict`` is on, when it is among the verdicts of ``found``."""
    id_ = verdict.candidate.id if isinstance(verdict, Verdict) else verdict
    if all(one.candidate.id != id_ for one in found.verdicts):
        raise BadArgument(
            f"{id_!r} is not among the {len(found.verdicts)} verdicts of this recall: take found.verdicts"
        )
    return id_


def ids(name: str, value: object) -> list[str]:
    """``value`` as a list of ids; a single text is taken for a mistake, not for a list of letters."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise BadArgument(f"{name} is {value!r:.80}: give a list of ids, such as [verdict.candidate.id]")
    return [str(one) for one in value]
