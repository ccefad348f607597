"""A span's attributes, however they are written: flat with dots, nested, or as OTLP's list of keys and typed values.

{"llm.input_messages.0.message.role": "user"}    {"llm": {"input_messages": [{"message": {"role": "user"}}]}}
[{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .shapes import word

_DEEPEST = 16
_PLAIN = ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue")


class Attributes:
    """The attributes by their dotted names."""

    def __init__(self, given: Any) -> None:
        """``given`` is an object or OTLP's list; anything else has no attributes."""
        pairs = of_otlp(given) if isinstance(given, list) else given
        self._flat = dict(_flattened(pairs, "", 0)) if isinstance(pairs, Mapping) else {}

    def __contains__(self, name: object) -> bool:
        """Is there something of exactly that name?"""
        return name in self._flat

    def __iter__(self) -> Iterator[str]:
        """All dotted names."""
        return iter(self._flat)

    def get(self, *names: str) -> Any:
        """The first of ``names`` that has a value; None where none has."""
        return next((self._flat[name] for name in names if self._flat.get(name) not in (None, "")), None)

    def text(self, *names: str) -> str:
        """The first of ``names`` whose value is text."""
        return next((self._flat[name] for name in names if word(self._flat.get(name))), "")

    def tree(self, name: str) -> Any:
        """What lies under ``name``: its own value, else the object or list that the longer names spell; else None."""
        if name in self._flat:
            return self._flat[name]
        root: dict[str, Any] = {}
        for longer, value in self._flat.items():
            if longer.startswith(f"{name}."):
                _put(root, longer[len(name) + 1 :].split("."), value)
        return _listed(root, 0) if root else None


def of_otlp(given: Any) -> Mapping[str, Any]:
    """OTLP's list of keys and typed values as an object."""
    pairs = given if isinstance(given, list) else ()
    return {pair["key"]: _value(pair.get("value"), 0) for pair in pairs if isinstance(pair, Mapping) and _keyed(pair)}


def _keyed(pair: Mapping[str, Any]) -> bool:
    return isinstance(pair.get("key"), str)


def _value(typed: Any, depth: int) -> Any:
    if not isinstance(typed, Mapping) or depth > _DEEPEST:
        return typed
    for kind in _PLAIN:
        if kind in typed:
            return typed[kind]
    if isinstance(many := typed.get("arrayValue"), Mapping):
        values = many.get("values")
        return [_value(value, depth + 1) for value in values] if isinstance(values, list) else []
    if isinstance(pairs := typed.get("kvlistValue"), Mapping):
        return of_otlp(pairs.get("values"))
    return typed


def _flattened(value: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, held in value.items():
        if isinstance(held, Mapping) and held and depth < _DEEPEST:
            yield from _flattened(held, f"{before}{name}.", depth + 1)
        else:
            yield f"{before}{name}", held


def _put(root: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:_DEEPEST]:
        if part is path[-1]:
            break
        inner = root.setdefault(part, {})
        if not isinstance(inner, dict):
            return  # a name that is both a value and the beginning of others
        root = inner
    root.setdefault(path[-1], value)


def _listed(value: Any, depth: int) -> Any:
    """Objects whose keys are all numbers as lists, in order of the numbers."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        return value
    inner = {name: _listed(held, depth + 1) for name, held in value.items()}
    if all(name.isdecimal() and len(name) < 10 for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
