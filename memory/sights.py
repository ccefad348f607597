"""What is known at one point of a run, as references see it: the task, its context, and what steps have shown so far.

Reads a text or a JSON value once, when something of it is first asked for. Knows nothing of how a place is named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .facets import find_facets
from .paths import Path, leaves, walk
from .shapes import Tokens
from .text import words
from .types import Case, Facet

_READ_AT_MOST = 8_000  # characters of a task or a result, as facets are
NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")


class Said:
    """A text as references see it: its facts and its tokens, each read when it is first needed."""

    def __init__(self, text: str) -> None:
        self.text = text[:_READ_AT_MOST]

    @cached_property
    def facts(self) -> dict[str, list[tuple[str, str]]]:
        """By kind, in order: how a fact stands in the text, and its canonical value."""
        found: dict[str, list[tuple[str, str]]] = {}
        for facet in find_facets(Case(text=self.text)):
            if facet.span:
                found.setdefault(facet.kind, []).append((self.text[slice(*facet.span)], facet.value))
        return found

    @cached_property
    def tokens(self) -> Tokens:
        """Its tokens."""
        return Tokens(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words, and its longer stretches between spaces as they stand, in lower case."""
        lowered = self.text.casefold()
        return frozenset((*words(self.text), *(piece.strip(".,;:!?()'\"#") for piece in lowered.split())))


class Room:
    """A JSON value and the leaves that can be referred to in it."""

    def __init__(self, value: Any, said: Said) -> None:
        self.value, self._said = value, said

    @cached_property
    def places(self) -> dict[str, list[tuple[Path, Any]]]:
        """By folded value: path and value of the leaves."""
        found: dict[str, list[tuple[Path, Any]]] = {}
        for path, leaf in leaves(self.value, self._said.words):
            found.setdefault(folded(leaf), []).append((path, leaf))
        return found

    def at(self, path: Sequence[str]) -> Any:
        """What stands at ``path``; raises as ``walk`` does."""
        return walk(self.value, path, self._said.words)


@dataclass(frozen=True)
class Sight:
    """What is known at one point of a run: the case, and ``(tool, observation)`` of every step before, in order."""

    case: Case
    results: Sequence[tuple[str, str]] = ()

    def then(self, tool: str, observation: str, read: Room | Said | None = None) -> Sight:
        """The sight after one more step; what was read already, also ``read`` by ``shown``, is not read again."""
        later = Sight(self.case, (*self.results, (tool, observation)))
        before = {name: room for name, room in self.last.items() if name != tool}
        shared = {"said": self.said, "facets": self.facets, "context": self.context}
        later.__dict__.update(shared, last=before | {tool: read or shown(observation, self.said)})
        return later

    @cached_property
    def said(self) -> Said:
        """The task."""
        return Said(self.case.text)

    @cached_property
    def facets(self) -> tuple[Facet, ...]:
        """The facts of the case."""
        return find_facets(self.case)

    @cached_property
    def context(self) -> Room:
        """What is known beside the task."""
        return Room(self.case.context, self.said)

    @cached_property
    def last(self) -> dict[str, Room | Said]:
        """The last result of each tool, the latest last: JSON objects and lists as rooms, all else as texts."""
        found: dict[str, Room | Said] = {}
        for tool, observation in self.results:
            found.pop(tool, None)
            found[tool] = shown(observation, self.said)
        return found


def shown(observation: str, said: Said) -> Room | Said:
    """An observation as it can be referred to: a JSON object or list as a room, all else as a text."""
    if observation.lstrip()[:1] in ("{", "["):
        try:
            return Room(json.loads(observation), said)
        except (ValueError, RecursionError):
            pass
    return Said(observation)


def folded(value: Any) -> str:
    """A value as text that is equal for values that a run would take for the same; empty for nothing."""
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, list | tuple):
        return "\x00".join(("", *sorted(map(folded, value)))) if value else ""
    if isinstance(value, bool | int):
        return str(value).casefold()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = " ".join(str(value).replace("_", " ").casefold().split()).lstrip("#€$£")
    if "." in text and NUMBER.fullmatch(text):
        return folded(float(text.replace(",", "")))
    return text
