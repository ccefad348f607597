"""Typed facts of a case, read from its text and its context: deterministic, offline, each with its span.

The first stage of every comparison. Judges nothing: which kinds of fact matter is learned elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zlib import crc32

from .facet_rules import RULES
from .facet_words import Fact, Word, said_facts
from .text import TokenIds, hashed
from .types import Case, Facet

_READ_AT_MOST = 8_000  # characters of a task; what comes after is pasted material
_LONG_VALUE = 80
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_DIGIT = re.compile(r"[0-9]")
_OPAQUE = frozenset(("identifier:email", "identifier:url", "identifier:uuid"))  # words inside say nothing


def find_facets(case: Case) -> tuple[Facet, ...]:
    """The facts of ``case``, each kind and value once: those of the text by span, then those of the context by key.

    A text is read up to 8,000 characters; two identifiers of a kind, or an action named twice, also give their count.
    A context value gives ``context:<key>``; lists give one fact an item, nested objects dotted keys; a text of more
    than 80 characters is shortened and told apart by a checksum.
    """
    seen: set[tuple[str, str]] = set()
    facets: list[Facet] = []
    facts = list(_text_facts(_lowered(case.text[:_READ_AT_MOST])))
    for start, end, kind, value in sorted([*facts, *_repeated(facts)]):
        if (kind, value) not in seen:
            seen.add((kind, value))
            facets.append(Facet(kind=kind, value=value, span=(start, end)))
    from_context = sorted(set(_context_facts("context", case.context)))
    return (*facets, *(Facet(kind=kind, value=value) for kind, value in from_context))


def fact_ids(facets: Iterable[Facet]) -> TokenIds:
    """The facts as sorted distinct 32-bit hashes of ``kind=value``, shape ``(n,)``."""
    return hashed(f"{facet.kind}={facet.value}" for facet in facets)


def _lowered(text: str) -> str:
    """``text`` in lower case at its own length, so that spans hold."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(small if len(small := char.lower()) == 1 else char for char in text)
    return low.replace("’", "'")


def _text_facts(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, kind and value of all facts of the lower-cased text."""
    found: list[Word] = [(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]
    closed = bytearray(len(text))
    for kind, value, start, end in _shaped_facts(text):
        if kind in _OPAQUE:
            closed[start:end] = bytes([1]) * (end - start)
        yield start, end, kind, value
    for kind, value, start, end in said_facts(text, found):
        if not closed[start]:
            yield start, end, kind, value


def _repeated(facts: Iterable[tuple[int, int, str, str]]) -> Iterator[tuple[int, int, str, str]]:
    """How many identifiers of one kind the facts have, and how often an action is asked for, from two on."""
    named: dict[str, dict[tuple[str, int], tuple[int, int]]] = {}
    for start, end, kind, value in facts:
        if kind.startswith("identifier:"):
            named.setdefault(kind, {}).setdefault((value, 0), (start, end))
        elif kind == "choice:action":
            named.setdefault(value, {})[value, start] = (start, end)
    for what, spans in named.items():
        if len(spans) > 1:
            yield *max(spans.values()), f"count:{what.removeprefix('identifier:')}", str(len(spans))


def _shaped_facts(text: str) -> Iterator[Fact]:
    """Facts with a shape; what an earlier rule read is not read again."""
    digits = _DIGIT.search(text) is not None
    claimed = bytearray(len(text))
    for needs, pattern, read in RULES:
        if not (needs in text if needs else digits):
            continue
        for match in pattern.finditer(text):
            start, fact = match.start(), read(match)
            if fact is not None and claimed.find(1, start, fact[2]) < 0:
                claimed[start : fact[2]] = bytes([1]) * (fact[2] - start)
                yield fact[0], fact[1], start, fact[2]


def _context_facts(kind: str, value: Any) -> Iterator[tuple[str, str]]:
    """``(kind, value)`` for every leaf below ``value``."""
    if isinstance(value, Mapping):
        mark = ":" if kind == "context" else "."
        for key, item in value.items():
            yield from _context_facts(f"{kind}{mark}{key}", item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _context_facts(kind, item)
    elif value is not None:
        yield kind, _canonical(value)


def _canonical(value: Any) -> str:
    """A context value as canonical text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = " ".join(str(value).lower().split())
    if len(text) <= _LONG_VALUE:
        return text
    return f"{text[: _LONG_VALUE - 20]}... ({crc32(text.encode('utf-8', 'replace')):08x})"
