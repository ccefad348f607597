"""The arguments of one step in many runs -> what is constant in them, and for what varies where it comes from.

A reference is chosen by how many of all the runs it gives the value that was used, not from one run; of references that
hold equally often the most structured wins, since it depends least on how a task is worded.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from telltale.memory.references import Unbound, find, resolve
from telltale.memory.sights import folded
from telltale.memory.types import Parameter

from .places import alternatives, place_in_words, rank, tool_of
from .reading import Reading

_LEAST = 0.75  # share of the runs in which a reference has to hold
_LOOKED_INTO = 8  # runs that references are first looked for in
_TRIED = 16  # references that are held against all runs
_NEARLY = 0.02  # share of the runs by which a more structured reference may hold less often
_EXAMPLES = 3
_ENOUGH = 2  # runs that an alternative rests on
_ALTERNATIVES = 3
_PIECE = re.compile(r"\w+|\W+")
_MOST_VARYING = 0.5  # share of a text's pieces; above it the texts have no common form
_WORDED = 3
_BY_FACT = 3  # the last rank at which a reference does not hang on words
_HOLE = re.compile(r"\{([^{}]+)\}")
_NAMED_THING = re.compile(r"(?=.*\d).{4,}")  # a constant that looks like the name of one thing

Values = Mapping[int, Any]  # by the number of the run


class Binding:
    """The parameters found so far; equal values in all runs are one parameter."""

    def __init__(self, runs: Sequence[Reading]) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.tools: set[str] = set()  # whose results parameters are taken from
        self._runs = runs
        self._sights = [run.sight for run in runs]
        self._holes = _holes(runs)
        self._values: dict[str, dict[int, str]] = {}

    def saw(self, number: int, place: int) -> None:
        """What a step of a run showed is known to its later steps."""
        run = self._runs[number]
        step = run.done[place].step
        self._sights[number] = self._sights[number].then(step.tool, step.observation, run.read(place))

    def of(self, seen: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
        """The arguments that most of the runs give a step, with ``{name}`` for what varies."""
        often = Counter(name for arguments in seen.values() for name in arguments)
        return {
            name: self._one(name, {run: arguments[name] for run, arguments in seen.items() if name in arguments})
            for name, count in often.items()
            if 2 * count > len(seen)
        }

    def text(self, name: str, values: Mapping[int, str], *, most: float = _MOST_VARYING) -> str | None:
        """The texts as one, with its varying words as parameters; None where they have no common form."""
        form = _form(values, most)
        return (
            "".join(each if isinstance(each, str) else self._parameter(name, each) for each in form) if form else None
        )

    def _one(self, name: str, values: Values) -> Any:
        first = next(iter(values.values()))
        if len({_written(value) for value in values.values()}) == 1:
            return self._constant(name, first, values)
        if all(isinstance(value, Mapping) for value in values.values()):
            return self.of(values)
        if all(isinstance(value, list) and len(value) == len(first) for value in values.values()) and any(
            isinstance(each, Mapping) for each in first
        ):
            return [self._one(name, {run: value[at] for run, value in values.items()}) for at in range(len(first))]
        return self._parameter(name, values)

    def _constant(self, name: str, value: Any, values: Values) -> Any:
        """A value that all runs have is constant, but one thing's name that all of them took from somewhere is not."""
        if not isinstance(value, str) or not _NAMED_THING.fullmatch(value):
            return value
        reference, held = self._reference(values)
        return self._parameter(name, values) if held == len(values) and rank(reference) <= _BY_FACT else value

    def _parameter(self, name: str, values: Values) -> str:
        if known := self._known(name, values):
            self._extend(known, values)
            return f"{{{known}}}"
        reference, held = self._reference(values)
        return (not reference and self._composed(name, values)) or self._added(name, values, reference, held)

    def _extend(self, known: str, values: Values) -> None:
        """Count the runs of another step that takes a known parameter."""
        new = {run: value for run, value in values.items() if run not in self._values[known]}
        there = self.parameters[known]
        held = there.held + (self._held(there.reference, new) if there.reference else 0)
        self.parameters[known] = replace(there, held=held, of=there.of + len(new))
        self._values[known].update({run: _written(value) for run, value in new.items()})

    def _composed(self, name: str, values: Values) -> str:
        """Texts that are nowhere as a whole, by their parts, where all of these are somewhere; else empty."""
        if not all(isinstance(value, str) for value in values.values()):
            return ""
        form = _form(values, _MOST_VARYING)
        varying = [each for each in form or () if not isinstance(each, str)]
        if len(form or ()) < 2 or not all(self._known(name, each) or self._reference(each)[0] for each in varying):
            return ""
        return self.text(name, values) or ""

    def _added(self, name: str, values: Values, reference: str, held: int) -> str:
        names = itertools.chain((name,), (f"{name}_{number}" for number in itertools.count(2)))
        free = next(each for each in names if each not in self.parameters and each not in self._holes)
        self.tools.update(filter(None, map(tool_of, alternatives(reference))))
        self._values[free] = {run: _written(value) for run, value in values.items()}
        examples = tuple(dict.fromkeys(self._values[free].values()))[:_EXAMPLES]
        told = place_in_words(reference) if reference else _chosen(values)
        self.parameters[free] = Parameter(told=told, reference=reference, examples=examples, held=held, of=len(values))
        return f"{{{free}}}"

    def _known(self, name: str, values: Values) -> str:
        """The parameter that has these values already, and whose reference still gives them at this step.

        Of a step that other runs have, it is the one of the same name whose reference gives its values, too.
        """
        written = {run: _written(value) for run, value in values.items()}
        for known, before in self._values.items():
            both = before.keys() & written.keys()
            there = self.parameters[known]
            same = 2 * len(both) >= len(written) or (not both and there.reference and known.startswith(name))
            if not same or any(before[run] != written[run] for run in both):
                continue
            if not there.reference or self._held(there.reference, values) * there.of >= there.held * len(values):
                return known
        return ""

    def _reference(self, values: Values) -> tuple[str, int]:
        """The reference that holds in most runs, and in how many; empty where none holds in three quarters."""
        best, held = "", 0
        for by_shape in (False, True):
            if held < len(values):
                best, held = self._best(self._candidates(values, by_shape), values)
        return best, held

    def _best(self, found: Sequence[str], values: Values) -> tuple[str, int]:
        given = {reference: self._given(reference, values) for reference in found}
        score = {reference: sum(gives.values()) for reference, gives in given.items()}
        if together := _together(given, score):
            given[together[0]], score[together[0]] = together[1], sum(together[1].values())
        right = {reference: sum(gave > 0 for gave in gives.values()) for reference, gives in given.items()}
        enough = [each for each in given if right[each] >= _LEAST * len(values) and _rests(each, right[each])]
        if not enough:
            return "", 0
        most = max(score[each] for each in enough)
        near = [each for each in enough if score[each] >= most - _NEARLY * len(values)]
        best = min(near, key=lambda each: (rank(each), -score[each], len(each), each))
        return best, right[best]

    def _candidates(self, values: Values, by_shape: bool) -> list[str]:
        """References found in some of the runs, those first that were found often."""
        runs = sorted(values)[:: max(1, len(values) // _LOOKED_INTO)][:_LOOKED_INTO]
        often = Counter(each for run in runs for each in find(values[run], self._sights[run], by_shape=by_shape))
        return sorted(often, key=lambda each: (-often[each], rank(each), each))[:_TRIED]

    def _held(self, reference: str, values: Values) -> int:
        return sum(gave > 0 for gave in self._given(reference, values).values())

    def _given(self, reference: str, values: Values) -> dict[int, int]:
        """For the runs where the reference gives anything: 1 where it is the value, -1 where it is another."""
        found: dict[int, int] = {}
        for run, value in values.items():
            try:
                there = resolve(reference, self._sights[run])
            except Unbound:
                continue
            same = there == value or (folded(there) == folded(value) and type(there) is type(value))
            found[run] = 1 if same else -1
        return found


def _rests(reference: str, runs: int) -> bool:
    """Whether the runs are enough for the reference: one that hangs on how a task is worded needs three."""
    return rank(reference) <= _BY_FACT or runs >= _WORDED


def _together(given: Mapping[str, Mapping[int, int]], score: Mapping[str, int]) -> tuple[str, dict[int, int]] | None:
    """Up to three references that never give another value, one after the other, where they do more than any alone."""
    sure = [each for each in given if score[each] == len(given[each]) >= _ENOUGH]
    chosen: list[str] = []
    covered: dict[int, int] = {}
    for _ in range(_ALTERNATIVES):
        more = {each: len(given[each].keys() - covered.keys()) for each in sure}
        best = min(sure, key=lambda each: (-more[each], rank(each), each), default="")
        if not best or more[best] < _ENOUGH:
            break
        chosen.append(best)
        covered |= given[best]
    if len(chosen) < 2 or len(covered) <= max(score.values()):
        return None
    return ";".join(chosen), covered


def _form(values: Mapping[int, str], most: float) -> list[str | dict[int, str]] | None:
    """The pieces of the texts that have as many as most have: one text where all are the same, else each run's own."""
    pieces = {run: _PIECE.findall(value) for run, value in values.items()}
    often = Counter(map(len, pieces.values()))
    length = min(often, key=lambda size: (-often[size], size), default=0)
    alike = {run: found for run, found in pieces.items() if len(found) == length}
    varying = [at for at in range(length) if len({found[at] for found in alike.values()}) > 1]
    if len(alike) < max(2, len(values) / 2) or len(varying) > most * length:
        return None
    first = next(iter(alike.values()))
    return [{run: found[at] for run, found in alike.items()} if at in varying else first[at] for at in range(length)]


def _holes(runs: Sequence[Reading]) -> frozenset[str]:
    """What stands in braces in the runs' own arguments and answers, and so can name no parameter."""
    said = [_written([each.step.arguments for each in run.done]) + run.episode.answer for run in runs]
    return frozenset(name for text in said for name in _HOLE.findall(text))


def _chosen(values: Values) -> str:
    written = sorted({_written(value) for value in values.values()})
    return f"chosen in the run: {', '.join(written[:_EXAMPLES])}{', ...' if len(written) > _EXAMPLES else ''}"


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
