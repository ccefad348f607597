"""Where a tool's argument comes from: a place in the request, in its context, or in what an earlier tool showed.

A reference is a short dotted string: ``text.order.0`` (the first order number in the request), ``context.customer``,
``get_order.items.*0.item_id`` (of the items that the last ``get_order`` showed, the one that the request mentions, and
the first where it mentions none; a bare ``0`` is the first in any case), or ``=`` and a constant in JSON. ``resolve``
reads one, ``refer`` finds one: an agent that copies an example renames what it sees there to what it has here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

SHAPES = {  # what can be picked out of a request by its shape; not customers' numbers, whose order there means nothing
    "order": r"\bW\d{4}\b",
    "subscription": r"\bS\d{4}\b",
    "size": r"(?i:\bsize )([A-Z]{1,2}|\d\d)\b",
    "date": r"\b\d{1,2} (?:January|February|March|April|June|September|October)\b",
    "address": r"\b\d{1,2} [A-Z]\w+ (?:Street|Road|Lane|Avenue), [A-Z]\w+",
    "money": r"€(\d+\.\d\d)",
}


class Unbound(Exception):
    """Here there is nothing at the place that the reference names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What an agent has in front of it: the request, its context, and each tool's last observation."""

    text: str
    context: Mapping[str, Any]
    seen: dict[str, Any] = field(default_factory=dict)


def resolve(reference: str, sight: Sight) -> Any:
    """The value that the reference names in this sight; ``Unbound`` where there is none."""
    if reference.startswith("="):
        return json.loads(reference[1:])
    room, _, path = reference.partition(".")
    try:
        if room == "text":
            shape, _, number = path.partition(".")
            return _shaped(shape, sight.text)[int(number)]
        return _walk(sight.context if room == "context" else sight.seen[room], path.split("."), sight.text)
    except (LookupError, TypeError) as missing:
        raise Unbound(reference) from missing


def refer(value: Any, sight: Sight) -> str:
    """The reference under which ``value`` is found in this sight; a constant where it is found nowhere.

    The request comes first, then its context, then observations, the latest first; but an amount is taken from the
    books before it is taken from what the customer says.
    """
    said, shown = _in_text(value, sight.text), _in_rooms(value, sight)
    places = chain(shown, said) if isinstance(value, float) else chain(said, shown)
    return next(places, "=" + json.dumps(value))


def _in_text(value: Any, text: str) -> Iterator[str]:
    for shape in SHAPES:
        if value in (found := _shaped(shape, text)):
            yield f"text.{shape}.{found.index(value)}"


def _in_rooms(value: Any, sight: Sight) -> Iterator[str]:
    rooms = {"context": sight.context, **dict(reversed(sight.seen.items()))}
    for room, content in rooms.items():
        yield from (f"{room}.{path}" for path, leaf in _leaves(content, sight.text) if leaf == value)


def _shaped(shape: str, text: str) -> list[Any]:
    found = list(dict.fromkeys(re.findall(SHAPES[shape], text)))
    return [float(amount) for amount in found] if shape == "money" else found


def _walk(content: Any, path: Sequence[str], text: str) -> Any:
    for key in path:
        if isinstance(content, list):
            content = content[_element(content, int(key[1:]), text) if key.startswith("*") else int(key)]
        else:
            content = content[key]
    return content


def _leaves(content: Any, text: str) -> Iterator[tuple[str, Any]]:
    if isinstance(content, Mapping):
        pairs = list(content.items())
    elif isinstance(content, list):
        mentioned = _element(content, -1, text)
        pairs = [(f"*{i}" if mentioned in {-1, i} else f"{i}", each) for i, each in enumerate(content)]
    else:
        return
    for key, inner in pairs:
        if isinstance(inner, Mapping | list):
            yield from ((f"{key}.{path}", leaf) for path, leaf in _leaves(inner, text))
        else:
            yield str(key), inner


def _element(elements: Sequence[Any], otherwise: int, text: str) -> int:
    """The one element of which the request mentions something that the others have not; ``otherwise`` if not one."""
    lowered = text.lower()
    said = [
        {v for v in each.values() if isinstance(v, str) and len(v) > 2 and v.lower() in lowered} for each in elements
    ]
    own = [i for i, each in enumerate(said) if each - set().union(*(said[:i] + said[i + 1 :]))]
    return own[0] if len(own) == 1 else otherwise
