"""Where the value of an argument comes from: a place in the task, in its context, or in what an earlier step showed.

A reference is a short dotted string; a dot, a bar, a semicolon or a backslash within a part has a backslash before it:

    context.order.customer              the context of the case
    result.get_order.items.*.item_id    the last result of a tool that is JSON (list elements: ``memory/paths.py``)
    text.identifier:order.0             the first fact of a kind in the task; ``[]``: all of them
    text.after.size.w.0                 what has a shape (``memory/shapes.py``) after certain words
    text.shape.9 Aa+, Aa.0              what has a shape, anywhere
    shown.run_sql.date.0                the same three in the last result of a tool that is not JSON

and where the value was used in another form than it is found in, that form: ``text.amount.0|number``. Several places
with semicolons between them are looked at in turn, and the first where there is something counts. What follows from
a reference is looked up, never run: text of a trace has no say in it. Judges nothing; which references hold over many
runs is counted by the writers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from .errors import TelltaleError
from .paths import ALL
from .shapes import shaped, shapes_of
from .sights import NUMBER, Room, Said, Sight, folded
from .text import words
from .types import Condition, Parameter

__all__ = ["FORMS", "Sight", "Unbound", "bound", "find", "folded", "holds", "joined", "resolve"]

_PART = re.compile(r"((?:[^\\.|;]|\\.)*)([.|;]|$)", re.DOTALL)
_HOLE = re.compile(r"\{([^{}]+)\}")


class Unbound(TelltaleError):
    """Here there is nothing at the place that the reference names."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"nothing was found at {reference!r}; give the value, or choose it in the run")
        self.reference = reference


def find(value: Any, sight: Sight, *, by_shape: bool = True) -> list[str]:
    """The references under which ``value`` is found in ``sight``, best first; empty where it is not.

    The context comes before results, the latest first, those before facts of the task, and facts before shapes. Values
    are the same where only type, case, a leading ``#`` or underscores differ.

    Args:
        by_shape: look for what no fact names, too, by the look of it and by the words before; this takes longest.
    """
    wanted = folded(value)
    if not wanted or isinstance(value, Mapping):
        return []
    alone = isinstance(value, list | tuple) and len(value) == 1
    looked_for = [(wanted, value, "")] + ([(folded(value[0]), value[0], "list")] if alone else [])
    places: dict[str, None] = {}
    for fold, one, form in looked_for:
        for reference, raw in _places(fold, one, sight, by_shape):
            places[reference + ("|list" if form else _form(raw, one))] = None
    return [*places]


def resolve(reference: str, sight: Sight) -> Any:
    """The value at ``reference`` as it stands there, numbers as numbers, in the form that the reference names.

    Raises Unbound.
    """
    for (room, *rest), forms in _parted(reference):
        try:
            canonical = forms[:1] == ("canonical",)
            value = _read(room, rest, sight, 1 if canonical else 0)
            for form in forms[canonical:]:
                value = _formed(form, value)
        except (LookupError, TypeError, ValueError):
            continue
        return value
    raise Unbound(reference)


def holds(condition: Condition, sight: Sight) -> bool:
    """Whether a condition holds: a fact of the case, a word of the task, or a value in what a step showed.

    ``words`` asks for every word of its value; ``result:<tool>.<path>`` for the path of a reference.
    """
    return _there(condition, sight) is condition.holds


def bound(arguments: Mapping[str, Any], parameters: Mapping[str, Parameter], sight: Sight) -> dict[str, Any]:
    """``arguments`` with each ``{name}`` of a parameter replaced by what its reference gives in ``sight``.

    An argument that is ``{name}`` and nothing else becomes the value, of its own type; within a longer text the value
    is written out. Raises Unbound, also for a parameter that the run has to choose.
    """
    return {name: _filled(value, parameters, sight) for name, value in arguments.items()}


def joined(*parts: str) -> str:
    """The parts of a reference as one."""
    return ".".join(re.sub(r"([\\.|;])", r"\\\1", part) for part in parts)


def _number(value: Any) -> float | int:
    match = NUMBER.search(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(value)
    said = match[0].replace(",", "")
    return float(said) if "." in said else int(said)


FORMS: dict[str, Callable[[Any], Any]] = {
    "number": _number,
    "text": str,
    "plain": lambda value: str(value).lstrip("#"),
    "#": lambda value: f"#{str(value).lstrip('#')}",
    "lower": lambda value: str(value).lower(),
    "upper": lambda value: str(value).upper(),
    "_": lambda value: "_".join(str(value).lower().split()),
    "list": lambda value: [value],
}


def _formed(form: str, value: Any) -> Any:
    """A value in a form, of a list every element."""
    made = FORMS[form]
    return [made(each) for each in value] if isinstance(value, list) and form != "list" else made(value)


def _form(raw: Any, value: Any) -> str:
    """The form in which what is found is just the value; empty where it is as it stands, or where no form is."""
    if raw == value:
        return ""
    for name in FORMS:
        try:
            if _formed(name, raw) == value:
                return f"|{name}"
        except ValueError:
            continue
    return ""


def _places(wanted: str, value: Any, sight: Sight, by_shape: bool) -> Iterator[tuple[str, Any]]:
    """Reference, without its form, and what stands there."""
    for path, leaf in sight.context.places.get(wanted, ()):
        yield joined("context", *path), leaf
    for tool, result in reversed(sight.last.items()):
        if isinstance(result, Room):
            for path, leaf in result.places.get(wanted, ()):
                yield joined("result", tool, *path), leaf
        else:
            yield from _in_text(("shown", tool), wanted, value, result, by_shape)
    yield from _in_text(("text",), wanted, value, sight.said, by_shape)


def _in_text(room: Sequence[str], wanted: str, value: Any, said: Said, by_shape: bool) -> Iterator[tuple[str, Any]]:
    for kind, found in said.facts.items():
        for at, (stands, canonical) in enumerate(found):
            reference = joined(*room, kind, str(at))
            if not kind.startswith("count:") and wanted in (folded(stands), folded(_measured(stands, value))):
                yield reference, stands
            elif folded(canonical) == wanted:
                yield f"{reference}|canonical", canonical
        if isinstance(value, list | tuple) and folded([stands for stands, _ in found]) == wanted:
            yield joined(*room, kind, ALL), [stands for stands, _ in found]
    if not by_shape or isinstance(value, bool | list | tuple):
        return
    for before, shape, at in shapes_of(said.tokens, str(value)):
        stands = shaped(said.tokens, shape, before)[at]
        yield joined(*room, *(("after", " ".join(before)) if before else ("shape",)), shape, str(at)), stands


def _measured(stands: str, value: Any) -> float | int | None:
    """The number in a fact, where a number is looked for."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return _number(stands) if numeric and NUMBER.search(stands) else None


def _read(room: str, rest: Sequence[str], sight: Sight, canonical: int) -> Any:
    if room == "context":
        return sight.context.at(rest)
    if room not in ("result", "shown"):
        return _read_text(sight.said, rest, canonical)
    result = sight.last[rest[0]]
    if isinstance(result, Room):
        return result.at(rest[1:])
    return _read_text(result, rest[1:], canonical)


def _read_text(said: Said, place: Sequence[str], canonical: int) -> Any:
    if place[0] in ("after", "shape"):
        *before, shape, number = place[1:]
        return shaped(said.tokens, shape, before[0].split() if before else ())[int(number)]
    found = [fact[canonical] for fact in said.facts[place[0]]]
    return found if place[1] == ALL else found[int(place[1])]


@lru_cache(maxsize=4_096)
def _parted(reference: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """The places that a reference names, each as its parts and its forms."""
    places: list[list[list[str]]] = [[[], []]]
    at = 0
    for part, end in _PART.findall(reference):
        places[-1][at].append(re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL))
        at = 1 if end == "|" else at
        if end == ";":
            places.append([[], []])
            at = 0
        elif not end:
            break
    return tuple((tuple(parts), tuple(forms)) for parts, forms in places)


def _there(condition: Condition, sight: Sight) -> bool:
    if condition.kind == "words":
        return set(words(condition.value)) <= sight.said.words
    if condition.kind.startswith("result:"):
        try:
            found = resolve(condition.kind.replace("result:", "result.", 1), sight)
        except Unbound:
            return False
        return not condition.value or folded(found) == folded(condition.value)
    values = {facet.value for facet in sight.facets if facet.kind == condition.kind}
    return bool(values) if not condition.value else condition.value in {*values, ", ".join(sorted(values))}


def _filled(value: Any, parameters: Mapping[str, Parameter], sight: Sight) -> Any:
    if isinstance(value, Mapping):
        return {name: _filled(inner, parameters, sight) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, parameters, sight) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _HOLE.fullmatch(value)
    if whole and whole[1] in parameters:
        return resolve(parameters[whole[1]].reference, sight)
    return _HOLE.sub(
        lambda hole: str(resolve(parameters[hole[1]].reference, sight)) if hole[1] in parameters else hole[0], value
    )
