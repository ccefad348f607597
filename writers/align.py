"""Successful runs of one way of handling, laid side by side step by step, and which of these steps the way consists of.

Runs are aligned by what their steps are called. What values the steps take is ``binding.py``'s business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from telltale.memory.types import SkillStep

from .binding import Binding
from .branches import Column, belonging
from .effects import reads_only
from .facts import RIGHT
from .reading import Reading

_WIDEST = 60  # columns
_SPANS = 10  # places of a step that are named


def aligned(runs: Sequence[Reading]) -> list[Column]:
    """The steps of the ``runs`` as columns, in an order that all the runs keep; the most frequent way goes first.

    Each way is laid over the columns that are there by longest matching blocks (Ratcliff and Obershelp 1988); what does
    not match becomes a column of its own, up to 60.
    """
    ways: dict[tuple[str, ...], list[int]] = {}
    for number, run in enumerate(runs):
        ways.setdefault(run.labels, []).append(number)
    columns: list[Column] = []
    for way in sorted(ways, key=lambda way: (-len(ways[way]), len(way), way)):
        columns = _laid(way, ways[way], columns)
    return columns


def steps_of(runs: Sequence[Reading]) -> tuple[tuple[SkillStep, ...], Binding]:
    """The steps that ``runs`` have in common, with those that a fact decides, and where their arguments come from.

    A step that nine tenths of the runs have belongs; one that fewer have belongs where a fact tells the runs that have
    it from those that have not, and is then taken under that condition. Of the rest a changing step belongs when half
    of the runs have it, a look when what it shows is used later; all else is habit, and left out.
    """
    columns = belonging(aligned(runs), runs)
    binding = Binding(runs)
    steps = [_step(column, runs, binding) for column in columns]
    kept = [column for column in columns if not _needless(column, runs, binding)]
    if len(kept) < len(columns):  # once more, without what only the needless looks brought in
        binding = Binding(runs)
        steps = [_step(column, runs, binding) for column in kept]
    return tuple(steps), binding


def _laid(way: Sequence[str], numbers: Iterable[int], columns: list[Column]) -> list[Column]:
    """The columns with the runs ``numbers`` laid over them, which all go ``way``."""
    numbers = tuple(numbers)
    matcher = SequenceMatcher(None, [column.label for column in columns], way, autojunk=False)
    laid: list[Column] = []
    for kind, first, last, begin, end in matcher.get_opcodes():
        laid += columns[first:last]
        if kind == "equal":
            for column, place in zip(columns[first:last], range(begin, end), strict=True):
                column.places.update(dict.fromkeys(numbers, place))
        elif len(columns) < _WIDEST:
            laid += [Column(way[place], dict.fromkeys(numbers, place)) for place in range(begin, end)]
    return laid


def _step(column: Column, runs: Sequence[Reading], binding: Binding) -> SkillStep:
    done = {number: runs[number].done[place] for number, place in column.places.items()}
    tool = Counter(each.step.tool for each in done.values()).most_common(1)[0][0]
    arguments = binding.of({number: each.step.arguments for number, each in done.items()})
    for number, place in column.places.items():
        binding.saw(number, place)
    return SkillStep(
        tool=tool,
        arguments=arguments,
        when=column.when,
        seen_in=len(done),
        of=len(runs),
        spans=tuple(f"{runs[number].episode.id}#{done[number].at}" for number in sorted(done)[:_SPANS]),
    )


def _needless(column: Column, runs: Sequence[Reading], binding: Binding) -> bool:
    """A look that not all runs took, and that showed nothing that was used."""
    steps = [runs[number].done[place].step for number, place in column.places.items()]
    looks = all(reads_only(step) for step in steps) and len(steps) < RIGHT * len(runs)
    return looks and binding.tools.isdisjoint(step.tool for step in steps)
