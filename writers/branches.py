"""Where successful runs part ways, and what decides: steps that only some of them have, and values that differ by case.

Takes the steps of the runs side by side, as ``align.py`` lays them, and leaves those that belong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from telltale.memory.sights import Sight, folded
from telltale.memory.text import words
from telltale.memory.types import Condition

from .facts import ENOUGH, RIGHT, deciding
from .reading import Fact, Reading

_HALF = 0.5  # share of the runs from which on a step may belong though nothing decides
_LOOKED_INTO = 8  # runs
_VALUES = 4  # that one argument takes by case


@dataclass(slots=True, eq=False)
class Column:
    """A step of several runs: by the number of the run, its place among the steps that the run did."""

    label: str
    places: dict[int, int] = field(default_factory=dict)
    when: tuple[Condition, ...] = ()


def belonging(columns: Sequence[Column], runs: Sequence[Reading]) -> list[Column]:
    """The columns that may belong to the way: those that half of the runs have, and rarer ones that a fact decides.

    A step that some runs take earlier and others later is one step. The same step again and again, as often as it takes
    (every drawer until the thing is found), is one step, too, unless nearly all runs repeat it. A step whose argument
    has one value in some cases and another in others becomes one step for each, where facts decide.
    """
    found: list[Column] = []
    for column in _once(_joined(columns, len(runs)), runs):
        share = len(column.places) / len(runs)
        condition = _decided(column, found, runs) if share < RIGHT else None
        if share >= _HALF or condition:
            found += _by_value(replace(column, when=(condition,) if condition else ()), found, runs)
    return found


def _joined(columns: Sequence[Column], runs: int) -> list[Column]:
    """Columns of one label that no run has two of as one, at the place of the largest, if half of the runs have it."""
    by_label: dict[str, list[Column]] = {}
    for column in columns:
        by_label.setdefault(column.label, []).append(column)
    gone: set[int] = set()
    for same in by_label.values():
        largest = max(same, key=lambda column: len(column.places))
        for other in same:
            apart = other is not largest and largest.places.keys().isdisjoint(other.places)
            if apart and len(largest.places) + len(other.places) >= _HALF * runs:
                largest.places.update(other.places)
                gone.add(id(other))
    return [column for column in columns if id(column) not in gone]


def _once(columns: Sequence[Column], runs: Sequence[Reading]) -> Iterator[Column]:
    """The columns, of repetitions by what no case says (drawer after drawer) only the first."""
    before: Column | None = None
    for column in columns:
        rare = max(len(column.places), len(before.places) if before else 0) < RIGHT * len(runs)
        if before and before.label == column.label and rare and not _said(column, runs):
            before.places = column.places | before.places
            continue
        before = column
        yield column


def _by_value(column: Column, before: Sequence[Column], runs: Sequence[Reading]) -> list[Column]:
    """The column, or one for each value of an argument where the case decides which it is."""
    given = {number: runs[number].done[place].step.arguments for number, place in column.places.items()}
    for name in sorted({name for arguments in given.values() for name in arguments}):
        groups: dict[str, list[int]] = {}
        for number, arguments in given.items():
            groups.setdefault(json.dumps(arguments.get(name), sort_keys=True, default=str), []).append(number)
        if not 1 < len(groups) <= _VALUES or min(map(len, groups.values())) < ENOUGH or _somewhere(name, given, runs):
            continue
        parted = [
            replace(column, places={number: column.places[number] for number in numbers}) for numbers in groups.values()
        ]
        decided = [_decided(each, before, runs, among=column.places) for each in parted]
        if len(parted) == 2 and decided[0]:
            decided[1] = replace(decided[0], holds=not decided[0].holds)
        if all(decided):
            return [replace(each, when=(*column.when, it)) for each, it in zip(parted, decided, strict=True) if it]
    return [column]


def _said(column: Column, runs: Sequence[Reading]) -> bool:
    given = {number: runs[number].done[place].step.arguments for number, place in column.places.items()}
    return any(_somewhere(name, given, runs) for name in {name for each in given.values() for name in each})


def _somewhere(name: str, given: Mapping[int, Mapping[str, Any]], runs: Sequence[Reading]) -> bool:
    """Whether the argument stands in most of the cases, so that it is a parameter and no choice."""
    some = sorted(given)[:: max(1, len(given) // _LOOKED_INTO)]
    return 2 * sum(_stands(given[number].get(name), runs[number].sight) for number in some) >= len(some)


def _stands(value: Any, sight: Sight) -> bool:
    said = folded(value)
    plain, text = " ".join(words(said)), " ".join(words(sight.case.text))
    return bool(plain) and (said in sight.context.places or f" {plain} " in f" {text} ")


def _decided(
    column: Column, before: Sequence[Column], runs: Sequence[Reading], among: Iterable[int] | None = None
) -> Condition | None:
    """What tells the runs that have the column from the others; of two ways that exclude each other, one condition."""
    numbers = sorted(among) if among is not None else range(len(runs))
    other = next((each for each in before if each.when and _complete(each, column, len(runs))), None)
    if other and among is None:
        return replace(other.when[0], holds=not other.when[0].holds)
    known = {number: _known(number, runs[number], before) for number in numbers}
    having = [facts for number, facts in known.items() if number in column.places]
    return deciding(having, [facts for number, facts in known.items() if number not in column.places])


def _complete(first: Column, second: Column, runs: int) -> bool:
    return first.places.keys().isdisjoint(second.places) and len(first.places) + len(second.places) == runs


def _known(number: int, run: Reading, before: Iterable[Column]) -> frozenset[Fact]:
    return run.case_facts.union(*(run.showed[column.places[number]] for column in before if number in column.places))
