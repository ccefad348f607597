"""Successful runs of one procedure -> one list of steps with constants and parameters told apart.

Runs are aligned by their tools; what is the same in all of them is kept as it is, what varies becomes a parameter
that says where its value comes from.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from telltale.memory.contrast import kind_name
from telltale.memory.facets import find_facets
from telltale.memory.types import Episode, SkillStep

_Place = tuple[int, int]  # a run, and a step in it


def parameterised(runs: Sequence[Episode]) -> tuple[tuple[SkillStep, ...], dict[str, str]]:
    """The steps that at least half of the ``runs`` have, in the order of the typical run, and their parameters.

    The typical run is the most frequent sequence of tools (of equally frequent ones the shortest); every run is
    aligned to it by longest matching blocks. A varying argument becomes ``{name}``; the second result tells for each
    name where its value comes from: ``context.<key>``, ``the task text``, ``the result of <tool>``, or what was seen.
    """
    typical = _typical(runs)
    columns: list[list[_Place]] = [[] for _ in typical]
    for number, run in enumerate(runs):
        for at, index in _matched(typical, [step.tool for step in run.steps]):
            columns[at].append((number, index))
    parameters = _Parameters(runs)
    steps = tuple(
        SkillStep(tool=tool, arguments=parameters.of(column), seen_in=len(column))
        for tool, column in zip(typical, columns, strict=True)
        if 2 * len(column) >= len(runs)
    )
    return steps, parameters.sources


def _typical(runs: Sequence[Episode]) -> tuple[str, ...]:
    often = Counter(tuple(step.tool for step in run.steps) for run in runs)
    return min(often, key=lambda tools: (-often[tools], len(tools), tools), default=())


def _matched(typical: Sequence[str], tools: Sequence[str]) -> Iterator[tuple[int, int]]:
    for block in SequenceMatcher(None, typical, tools, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            yield block.a + offset, block.b + offset


class _Parameters:
    """The parameters found so far; equal values in all runs are one parameter."""

    def __init__(self, runs: Sequence[Episode]) -> None:
        self.sources: dict[str, str] = {}
        self._runs = runs
        self._values: dict[str, dict[int, str]] = {}  # name -> run -> the value as JSON
        self._kinds = [{f.value.casefold(): kind_name(f.kind) for f in find_facets(r.case) if f.span} for r in runs]
        self._leaves = [dict(_leaves(run.context, "context")) for run in runs]

    def of(self, column: Sequence[_Place]) -> dict[str, Any]:
        """The arguments of the steps at ``column`` that most of them have, generalised."""
        every = [(place, self._runs[place[0]].steps[place[1]].arguments) for place in column]
        return self._generalised(every)

    def _generalised(self, every: Sequence[tuple[_Place, Mapping[str, Any]]]) -> dict[str, Any]:
        often = Counter(name for _, arguments in every for name in arguments)
        names = [name for name in often if 2 * often[name] > len(every)]
        return {name: self._one(name, [(p, a[name]) for p, a in every if name in a]) for name in names}

    def _one(self, name: str, seen: Sequence[tuple[_Place, Any]]) -> Any:
        written = {place[0]: _written(value) for place, value in seen}
        if len(set(written.values())) == 1:
            return seen[0][1]
        if all(isinstance(value, Mapping) for _, value in seen):
            return self._generalised(seen)
        return f"{{{self._named(name, written, seen)}}}"

    def _named(self, name: str, written: dict[int, str], seen: Sequence[tuple[_Place, Any]]) -> str:
        for known, before in self._values.items():
            both = before.keys() & written.keys()
            if both and all(before[run] == written[run] for run in both):
                before.update(written)
                return known
        free = next(n for n in (name, *(f"{name}_{i}" for i in range(2, 1000))) if n not in self._values)
        self._values[free] = written
        self.sources[free] = self._source(seen)
        return free

    def _source(self, seen: Sequence[tuple[_Place, Any]]) -> str:
        """Where most of the values come from."""
        often = Counter(self._origin(place, value) for place, value in seen)
        origin = min(often, key=lambda origin: (-often[origin], origin))
        if origin and 2 * often[origin] >= len(seen):
            return origin
        values = sorted({_written(value) for _, value in seen})
        return f"chosen in the run: {', '.join(values[:3])}{', ...' if len(values) > 3 else ''}"

    def _origin(self, place: _Place, value: Any) -> str:
        """Where one value stands: in the context, the task, or the result of an earlier step; else empty."""
        if isinstance(value, list | tuple):
            return " and ".join(sorted({self._origin(place, item) for item in value} or {""}))
        said = _said(value)
        run, index = place
        for key, leaf in self._leaves[run].items():
            if said and leaf == said:
                return key
        if _stands_in(self._runs[run].text, said):
            kind = self._kinds[run].get(said, "")
            return f"the task text ({kind})" if kind else "the task text"
        for step in reversed(self._runs[run].steps[:index]):
            if _stands_in(step.observation, said):
                return f"the result of {step.tool}"
        return ""


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Dotted path and text of every leaf."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, path)
    elif said := _said(value):
        yield path, said


def _said(value: Any) -> str:
    """A value as a text would say it: lower case, without a leading #; nothing for what no text says."""
    if value is None or isinstance(value, bool | Mapping):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().lstrip("#").casefold()


def _stands_in(text: str, said: str) -> bool:
    """Whether ``said`` stands in ``text`` as a whole word or words."""
    folded = text.casefold()
    return bool(said) and said in folded and re.search(rf"(?<!\w){re.escape(said)}(?!\w)", folded) is not None


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
