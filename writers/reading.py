"""A run as distilling reads it: what it did without slips and needless looks, and the facts that were known on the way.

Knows one run at a time. Facts are ``(kind, value)`` as a condition names them; an empty value says that there is any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from sys import intern
from typing import Any, NamedTuple

from telltale.memory.canonical import to_json
from telltale.memory.observations import says_error
from telltale.memory.paths import element
from telltale.memory.references import joined
from telltale.memory.sights import Room, Said, Sight, shown
from telltale.memory.text import words
from telltale.memory.types import Episode, Step

from .effects import name_of, reads_only

Fact = tuple[str, str]

CHOSEN = frozenset(  # kinds whose values are a choice, not a name or a measure
    ("choice", "context", "count", "error_code", "file_type", "form", "negation", "version")
)
_READ_AT_MOST = 4_000  # characters of a task, for its words
_VALUE = 40  # characters of a value that can be a choice
_RESULT_FACTS = 60  # of one step
_DEEP = 4  # levels of a result
_DIGIT = re.compile(r"\d")


class Done(NamedTuple):
    """One step that counts: where it stands in the episode, what aligns it with others, and the step."""

    at: int
    label: str
    step: Step


class Reading:
    """One run."""

    def __init__(self, episode: Episode) -> None:
        self.episode = episode
        self._read: dict[int, Room | Said] = {}

    @cached_property
    def sight(self) -> Sight:
        """What was known before the first step."""
        return Sight(self.episode.case)

    @cached_property
    def done(self) -> tuple[Done, ...]:
        """The steps without failed calls and without looks that were taken before and nothing changed since."""
        found: list[Done] = []
        looked: set[bytes] = set()
        for at, step in enumerate(self.episode.steps):
            if failed(step):
                continue
            if reads_only(step):
                look = to_json([step.tool, step.arguments])
                if look in looked:
                    continue
                looked.add(look)
            else:
                looked.clear()
            found.append(Done(at, intern(name_of(step)), step))
        return tuple(found)

    def _shown(self, place: int) -> Iterator[Fact]:
        """What a step's result says as a choice: short values without digits, and lists of more than one."""
        read = self.read(place)
        if isinstance(read, Room):
            for path, leaf in islice(_leaves(read.value, self.sight, ()), _RESULT_FACTS):
                yield intern("result:" + joined(self.done[place].step.tool, *path)), leaf

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What its steps are aligned by."""
        return tuple(each.label for each in self.done)

    @cached_property
    def case_facts(self) -> frozenset[Fact]:
        """The facts and the words of the task."""
        return frozenset(case_facts(self.sight))

    @cached_property
    def showed(self) -> tuple[frozenset[Fact], ...]:
        """The facts that each of its steps showed."""
        return tuple(frozenset(self._shown(place)) for place in range(len(self.done)))

    def read(self, place: int) -> Room | Said:
        """What one of its steps showed, as it can be referred to."""
        if place not in self._read:
            self._read[place] = shown(self.done[place].step.observation, self.sight.said)
        return self._read[place]

    @cached_property
    def facts(self) -> frozenset[Fact]:
        """What was known of its case: by the task, and by what looks showed."""
        looks = (facts for facts, each in zip(self.showed, self.done, strict=True) if reads_only(each.step))
        return self.case_facts.union(*looks)


def failed(step: Step) -> bool:
    """Whether the call ended in an error, as the trace has it or as its observation says."""
    return bool(step.error) or says_error(step.observation)


def case_facts(sight: Sight) -> Iterator[Fact]:
    """The facts of a case, choices with their value and all by their kind, and its words."""
    for facet in sight.facets:
        family = facet.kind.partition(":")[0]
        if family not in CHOSEN or family == "count":
            yield facet.kind, ""
        if family in CHOSEN and len(facet.value) <= _VALUE:
            yield facet.kind, facet.value
    yield from (("words", word) for word in set(words(sight.case.text[:_READ_AT_MOST])) if len(word) > 2)


def _leaves(value: Any, sight: Sight, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(path) > _DEEP:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, sight, (*path, str(key)))
    elif isinstance(value, list) and value:
        if len(value) > 1:
            yield (*path, "1"), ""
        yield from _leaves(value[element(value, sight.said.words)], sight, (*path, "*"))
    elif isinstance(value, bool):
        yield path, str(value).lower()
    elif isinstance(value, str) and 0 < len(value) <= _VALUE and not _DIGIT.search(value):
        yield path, value


def latest(runs: Iterable[Reading]) -> float | None:
    """When the latest of the runs was; None where none says."""
    return max((run.episode.time for run in runs if run.episode.time is not None), default=None)
