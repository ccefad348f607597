"""References in words, and which of them are to be preferred. Resolves none."""

from __future__ import annotations

import re
from functools import lru_cache

from telltale.memory.contrast import kind_name
from telltale.memory.shapes import parts_of

_PART = re.compile(r"((?:[^\\.|;]|\\.)*)([.|;]|$)", re.DOTALL)
_PIECE = re.compile(r"\\.|.", re.DOTALL)
_ORDINALS = ("", "2nd ", "3rd ")
_ELEMENTS = {
    "*": "of the {0} that the task speaks of",
    "[]": "of all {0}",
    "[said]": "of those {0} that the task speaks of",
    "-1": "of the last of the {0}",
}


def place_in_words(reference: str) -> str:
    """Where a reference finds its value, as people say it.

    >>> place_in_words("result.get_order.items.*.item_id")
    'the result of get_order (item_id of the items that the task speaks of)'
    >>> place_in_words("text.identifier:order.1|plain"), place_in_words("context.customer")
    ('the task text (2nd order identifier)', 'context.customer')
    """
    first, *others = alternatives(reference)
    if others:
        return ", else ".join(place_in_words(each) for each in (first, *others))
    room, *rest = _parts(reference)
    if room == "context":
        return ".".join(("context", *rest))
    if room == "result":
        return f"the result of {rest[0]} ({_path(rest[1:])})" if rest[1:] else f"the result of {rest[0]}"
    if room == "shown":
        return f"the result of {rest[0]} ({_in_text(rest[1:])})"
    return f"the task text ({_in_text(rest)})"


@lru_cache(maxsize=4_096)
def rank(reference: str) -> int:
    """How much a reference depends on wording: 0 for the context, then results, facts of a text, shapes, words."""
    first, *others = alternatives(reference)
    if others:
        return max(rank(each) for each in (first, *others))
    room, *rest = _parts(reference)
    if room == "context":
        return 0
    if room == "result":
        return 1 + any(part.lstrip("-").isdigit() for part in rest[1:])
    place = rest[1:] if room == "shown" else rest
    if place[0] == "after":
        return 5
    if place[0] != "shape":
        return 3
    return 4 if len(set(re.findall(r"Aa|\w", place[1]))) > 1 else 6


def tool_of(reference: str) -> str:
    """The tool whose result a reference reads; empty for one that reads the case."""
    room, *rest = _parts(reference)
    return rest[0] if room in ("result", "shown") and rest else ""


def alternatives(reference: str) -> list[str]:
    """The places that a reference names, each as a reference."""
    found = [""]
    for piece in _PIECE.findall(reference):
        if piece == ";":
            found.append("")
        else:
            found[-1] += piece
    return found


def _parts(reference: str) -> list[str]:
    parts = []
    for part, end in _PART.findall(reference):
        parts.append(re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL))
        if end != ".":
            break
    return parts


def _path(path: list[str]) -> str:
    names = [part for part in path if part not in _ELEMENTS and not part.isdigit()]
    told = names[-1] if names else "its value"
    for at in range(len(path) - 1, -1, -1):
        part, within = path[at], path[at - 1] if at else "list"
        if part in _ELEMENTS:
            told += " " + _ELEMENTS[part].format(within)
        elif part.isdigit():
            told += f" of number {int(part) + 1} of the {within}"
        elif at < len(path) - 1 and path[at + 1] not in _ELEMENTS and not path[at + 1].isdigit():
            told += f" of {part}"
    return told


def _in_text(place: list[str]) -> str:
    if place[0] == "after":
        return f"{_nth(place[3])}what follows '{place[1]}'"
    if place[0] == "shape":
        before, core, after = parts_of(place[1])
        told = f"{_nth(place[2])}what looks like '{_example(core)}'"
        told += f" after '{_example(before).strip()}'" if before else ""
        return told + (f" before '{_example(after).strip()}'" if after else "")
    if place[1] == "[]":
        return f"every {kind_name(place[0])}"
    return f"{_nth(place[1])}{kind_name(place[0])}"


def _nth(number: str) -> str:
    at = int(number)
    return _ORDINALS[at] if at < len(_ORDINALS) else f"{at + 1}th "


def _example(shape: str) -> str:
    for mark, said in (("Aa+", "Some Words"), ("Aa", "Word"), ("9", "12")):
        shape = shape.replace(mark, said)
    return shape
