"""Secrets out, before anything is hashed, embedded, stored, rejected or logged.

A secret becomes ``[secret:github-token:1a2b3c4d]``: the same in a tenant wherever it stands, so that equal traces stay
equal, and unrelated in two tenants. Redacting twice changes nothing. What secrets look like is in secret_rules.py.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from telltale.memory.store import TenantStore

from .hidden import Secret, continued, encoded, tokens
from .pii import people
from .secret_rules import BREAK, PASSWORDS, PLACEHOLDER, Rule, is_secret, key_kind, looks_random, matches

REDACTION_VERSION = 4  # raised when rules change, so that stored episodes can be brought up to date

_PEOPLE = 1000  # added where people's numbers and addresses go, too
_SETTING = "redact_pii"

T = TypeVar("T")
Finding = Sequence[Callable[[str], Iterable[Secret]]]

_SHORTEST = 8  # characters a text has that could hold a secret
_ROUNDS = 4  # what a placeholder leaves beside it may match in its turn


def redact(value: T, key: bytes, *, pii: bool = False) -> T:
    """The same value without secrets: text, mappings, lists and tuples of them, and dataclasses with such fields.

    ``key`` is the tenant's; ``pii`` takes e-mail addresses, phone and card numbers too. Mapping values are judged by
    their key's name too. What holds no secret is returned as it is, not copied.
    """
    return cast("T", _redacted(value, key, "", _FINDING_PEOPLE if pii else _FINDING))


def finds_any(text: str, *, pii: bool = False) -> bool:
    """Is there a secret anywhere in the text?"""
    return any(True for find in (_FINDING_PEOPLE if pii else _FINDING) for _ in find(text))


def version(*, pii: bool) -> int:
    """What rows say that were redacted by today's rules."""
    return REDACTION_VERSION + (_PEOPLE if pii else 0)


def redacts_people(tenant: TenantStore) -> bool:
    """Are e-mail addresses, phone and card numbers kept out of this memory?"""
    return tenant.meta(_SETTING) == "yes"


def redact_people(tenant: TenantStore) -> None:
    """Keep them out from now on."""
    tenant.set_meta(_SETTING, "yes")


def _redacted(value: Any, key: bytes, name: str, finding: Finding) -> Any:
    if type(value) is str:
        return _text(value, key, name, finding)
    if isinstance(value, Mapping):
        return _mapping(value, key, finding)
    if isinstance(value, list | tuple):
        return _sequence(value, key, name, finding)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value, key, finding)
    if type(value) is int and name in PASSWORDS:
        return _placeholder(name, str(value), key)
    return value


def _mapping(value: Mapping[Any, Any], key: bytes, finding: Finding) -> Mapping[Any, Any]:
    found = {
        _redacted(name, key, "", finding): _redacted(
            item, key, key_kind(name) if isinstance(name, str) else "", finding
        )
        for name, item in value.items()
    }
    same = all(a is b and value[a] is found[b] for a, b in zip(value, found, strict=False))
    return value if same and len(found) == len(value) else found


def _sequence(value: Any, key: bytes, name: str, finding: Finding) -> Any:
    found = [_redacted(item, key, name, finding) for item in value]
    if all(a is b for a, b in zip(value, found, strict=True)):
        return value
    return tuple(found) if isinstance(value, tuple) else found


def _fields(value: Any, key: bytes, finding: Finding) -> Any:
    before = {name: getattr(value, name) for name in value.__dataclass_fields__}
    after = {name: _redacted(item, key, "", finding) for name, item in before.items()}
    changed = {name: item for name, item in after.items() if item is not before[name]}
    return dataclasses.replace(value, **changed) if changed else value


def _text(text: str, key: bytes, name: str, finding: Finding) -> str:
    if name and is_secret(name, text):
        return _placeholder(name, text, key)
    if len(text) < _SHORTEST:
        return text
    for _ in range(_ROUNDS):
        before = text
        for find in finding:
            text = _without(text, find(text), key)
        if text == before:
            break
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


_FINDING: Finding = (tokens, _encoded, _named)
_FINDING_PEOPLE: Finding = (*_FINDING, people)
