"""Cases with one thing changed: a fact or words taken out, or a fact of another case put in.

What is left is a case like any other. Knows no memory and judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from telltale.memory.facets import find_facets
from telltale.memory.types import Case, Facet

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_GONE = object()


def spoken(text: str) -> list[tuple[str, int, int]]:
    """Every word of ``text`` as it stands there, with its start and end."""
    return [(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]


def without_fact(case: Case, facet: Facet) -> Case:
    """``case`` with everything cut from it that says ``facet``, in its text and in its context."""
    text = case.text
    while span := _span(text, facet):
        text = _cut(text, *span)
    return Case(text=text, context=_without("context", case.context, facet))


def without_words(case: Case, gone: Collection[str]) -> Case:
    """``case`` with every word cut from its text that is among ``gone``, lower-cased."""
    text = case.text
    for word, start, end in reversed(spoken(text)):
        if word.lower() in gone:
            text = _cut(text, start, end)
    return Case(text=text, context=case.context)


def with_fact(case: Case, facet: Facet, other: Case) -> Case:
    """``case`` with ``facet``, a fact of ``other``, put in: its words after the text, or its value into the context."""
    if facet.span:
        return Case(text=f"{case.text.rstrip(' .')}, {words_of(facet, other)}", context=case.context)
    key = facet.kind.partition(":")[2]
    return Case(text=case.text, context={**case.context, key: facet.value})


def words_of(facet: Facet, case: Case) -> str:
    """What says ``facet`` in ``case``: the words of its text, or a name and value of its context."""
    if facet.span:
        return " ".join(case.text[slice(*facet.span)].split())
    return f"{facet.kind.partition(':')[2]}={facet.value}"


def _span(text: str, facet: Facet) -> tuple[int, int] | None:
    same = (found.span for found in find_facets(Case(text=text)) if (found.kind, found.value) == _said(facet))
    return next(same, None) if facet.span else None


def _cut(text: str, start: int, end: int) -> str:
    return f"{text[:start].rstrip()} {text[end:].lstrip()}".strip()


def _without(kind: str, value: Any, facet: Facet) -> Any:
    """``value`` without the leaves that say ``facet``, as find_facets names them; _GONE for such a leaf itself."""
    if isinstance(value, Mapping):
        mark = ":" if kind == "context" else "."
        kept = {key: _without(f"{kind}{mark}{key}", held, facet) for key, held in value.items()}
        return {key: held for key, held in kept.items() if held is not _GONE}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [held for item in value if (held := _without(kind, item, facet)) is not _GONE]
    return _GONE if (kind, _canonical(value)) == _said(facet) else value


def _canonical(value: Any) -> str:
    """A context value as find_facets writes it."""
    return next((found.value for found in find_facets(Case(text="", context={"": value}))), "")


def _said(facet: Facet) -> tuple[str, str]:
    return facet.kind, facet.value
