"""Is there anything in a trace that could be a secret? In most there is not, and then nothing need be taken apart.

All texts are searched as one, which costs a fraction of searching each. It errs in one direction only: what is called
clean, redacting would give back as it is. What secrets look like is redact.py's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any

from telltale.memory.types import Call, Episode, Outcome, Step, Trace, Turn

from .redact import finds_any
from .secret_rules import is_secret, key_kind

_BETWEEN = "\n\0\n"  # ends a line and a word, and nothing goes on over it
_FIELDS = {kind: attrgetter(*(field.name for field in fields(kind))) for kind in (Trace, Turn, Call, Episode, Step)}
_PLAIN = {type(None), bool, int, float, Outcome}
_kind_of = lru_cache(maxsize=4096)(key_kind)


def is_clean(value: Trace | Episode, *, pii: bool = False) -> bool:
    """Would redacting ``value`` surely change nothing?"""
    texts: list[str] = []
    return _gather(value, texts) and not finds_any(_BETWEEN.join(texts), pii=pii)


def _gather(value: Any, texts: list[str]) -> bool:
    """Add all texts within ``value``, keys among them; False where something must be looked at by itself."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is str:
            texts.append(one)
        elif kind in _FIELDS:
            waiting += _FIELDS[kind](one)
        elif kind is list or kind is tuple:
            waiting += one
        elif kind is dict or (kind not in _PLAIN and isinstance(one, Mapping)):
            if any(map(_may_be_secret, one, one.values())):
                return False
            waiting += one
            waiting += one.values()
    return True


def _may_be_secret(name: Any, value: Any) -> bool:
    """Is this value under a key that calls it secret?"""
    if value is None or not isinstance(name, str) or not (kind := _kind_of(name)):
        return False
    return is_secret(kind, value) if type(value) is str else type(value) is not bool
