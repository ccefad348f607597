"""Secrets out, before anything is hashed, embedded, stored, rejected or logged.

A secret becomes ``[secret:github-token:1a2b3c4d]``: the same in a tenant wherever it stands, so that equal traces stay
equal, and unrelated in two tenants. Redacting twice changes nothing. What secrets look like is in secret_rules.py.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar, cast

from .secret_rules import PASSWORDS, RULES, TOKENS, WORDS, is_secret, key_kind

REDACTION_VERSION = 2  # raised when rules change, so that stored episodes can be brought up to date

T = TypeVar("T")

_SHORTEST = 8  # characters a text has that could hold a secret
_ROUNDS = 4  # what a placeholder leaves beside it may match in its turn


def redact(value: T, key: bytes) -> T:
    """The same value without secrets: text, mappings, lists and tuples of them, and dataclasses with such fields.

    ``key`` is the tenant's. Mapping values are judged by their key's name too. What holds no secret is returned as it
    is, not copied.
    """
    return cast("T", _redacted(value, key, ""))


def _redacted(value: Any, key: bytes, name: str) -> Any:
    if type(value) is str:
        return _text(value, key, name)
    if isinstance(value, Mapping):
        return _mapping(value, key)
    if isinstance(value, list | tuple):
        return _sequence(value, key, name)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value, key)
    if type(value) is int and name in PASSWORDS:
        return _placeholder(name, str(value), key)
    return value


def _mapping(value: Mapping[Any, Any], key: bytes) -> Mapping[Any, Any]:
    found = {
        _redacted(name, key, ""): _redacted(item, key, key_kind(name) if isinstance(name, str) else "")
        for name, item in value.items()
    }
    same = all(a is b and value[a] is found[b] for a, b in zip(value, found, strict=False))
    return value if same and len(found) == len(value) else found


def _sequence(value: Any, key: bytes, name: str) -> Any:
    found = [_redacted(item, key, name) for item in value]
    if all(a is b for a, b in zip(value, found, strict=True)):
        return value
    return tuple(found) if isinstance(value, tuple) else found


def _fields(value: Any, key: bytes) -> Any:
    before = {name: getattr(value, name) for name in value.__dataclass_fields__}
    after = {name: _redacted(item, key, "") for name, item in before.items()}
    changed = {name: item for name, item in after.items() if item is not before[name]}
    return dataclasses.replace(value, **changed) if changed else value


def _text(text: str, key: bytes, name: str) -> str:
    if name and is_secret(name, text):
        return _placeholder(name, text, key)
    if len(text) < _SHORTEST:
        return text
    for _ in range(_ROUNDS):
        before, text = text, _round(text, key)
        if text == before:
            break
    return text


def _round(text: str, key: bytes) -> str:
    def token(found: re.Match[str]) -> str:
        return _placeholder(str(found.lastgroup).replace("_", "-"), found[0], key)

    text = TOKENS.sub(token, text)
    lower = text.lower()
    there = {word for word in WORDS if word in lower}
    for rule in RULES if there else ():
        if not there.isdisjoint(rule.words):
            text = rule.pattern.sub(partial(_replaced, rule.kind, key), text)
    return text


def _replaced(kind: str, key: bytes, found: re.Match[str]) -> str:
    if found.lastindex is None:
        return found[0]
    start, end = (at - found.start() for at in found.span(found.lastindex))
    return found[0][:start] + _placeholder(kind, found[found.lastindex], key) + found[0][end:]


def _placeholder(kind: str, secret: str, key: bytes) -> str:
    digest = hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=key, digest_size=4)
    return f"[secret:{kind}:{digest.hexdigest()}]"
