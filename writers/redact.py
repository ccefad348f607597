"""Secrets out, before anything is hashed, embedded, stored, rejected or logged.

A secret becomes ``[secret:github-token:1a2b3c4d]``: the same in a tenant wherever it stands, so that equal traces stay
equal, and unrelated in two tenants. Redacting twice changes nothing. What secrets look like is in secret_rules.py.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

from .hidden import Secret, continued, encoded, tokens
from .secret_rules import BREAK, PASSWORDS, PLACEHOLDER, Rule, is_secret, key_kind, looks_random, matches

REDACTION_VERSION = 3  # raised when rules change, so that stored episodes can be brought up to date

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
    for find in (tokens, _encoded, _named):
        text = _without(text, find(text), key)
    return text


def _without(text: str, secrets: Iterable[Secret], key: bytes) -> str:
    """``text`` with a placeholder for each secret; ``secrets`` in order."""
    pieces, at = [], 0
    for secret in secrets:
        if secret.start >= at:
            pieces += [text[at : secret.start], _placeholder(secret.kind, secret.value, key)]
            at = secret.end
    return "".join([*pieces, text[at:]]) if at else text


def _encoded(text: str) -> Iterator[Secret]:
    """What base64 hides, the whole of it for the first secret in it."""
    for start, end, plain in encoded(text):
        found = next(tokens(plain), None) or next(iter(_named(plain)), None)
        if found is not None:
            yield Secret(start, end, found.kind, found.value)


def _named(text: str) -> list[Secret]:
    """What its surroundings call a secret; where two begin alike, the earlier rule's."""
    found = (_valued(text, rule, match) for rule, match in matches(text))
    return sorted((secret for secret in found if secret is not None), key=lambda secret: secret.start)


def _valued(text: str, rule: Rule, found: re.Match[str]) -> Secret | None:
    assert found.lastindex is not None  # every pattern has a group for the secret
    value, (start, end) = found[found.lastindex], found.span(found.lastindex)
    if rule.random and not looks_random(value):
        return None
    if found.lastgroup == "quoted":
        return Secret(start, end, rule.kind, re.sub(BREAK, "", value))
    end, value = continued(text, end, value)
    return Secret(start, end, rule.kind, value)


def _placeholder(kind: str, secret: str, key: bytes) -> str:
    digest = hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=key, digest_size=4)
    return f"{PLACEHOLDER}{kind}:{digest.hexdigest()}]"
