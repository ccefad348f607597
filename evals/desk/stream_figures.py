"""A stream's figures, ready for JSON: by block and over all of it, means over seeds with Student's 95 % interval.

The requests that the new policy is about are told of apart: before the change and after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import TYPE_CHECKING, Any

from .arrivals import POLICY, changes_at
from .desk import Run
from .figures import MEASURES, figure
from .tickets import PHRASINGS

if TYPE_CHECKING:
    from .stream import Block

Lived = Sequence[Sequence["Block"]]  # seeds of blocks
SHOWN = ("success", "followed", "misled", "steps")


def stream_figures(lived: Lived, *, each: int) -> dict[str, Any]:
    """All figures; shares are of a block's tickets, ``steps`` are tool calls for a ticket, blocks count from 0."""
    blocks = len(lived[0])
    change, strategies = changes_at(blocks), list(lived[0][0].runs)
    parts = {"whole": (0, blocks, False), "before": (1, change, False), "after": (change, blocks, False)}
    parts |= {"concerned before": (1, change, True), "concerned after": (change, blocks, True)}
    return {
        "seeds": len(lived),
        "blocks": blocks,
        "each": each,
        "change": change,
        "remembered": [block.remembered for block in lived[0]],
        "risk": [fmean(seed[place].risk for seed in lived) for place in range(blocks)],
        "by_block": {
            name: [_figures([seed[place].runs[name] for seed in lived]) for place in range(blocks)]
            for name in strategies
        },
        "parts": {
            part: {name: _figures([_part(seed, name, *bounds) for seed in lived]) for name in strategies}
            for part, bounds in parts.items()
        },
    }


def concerned(run: Run) -> bool:
    """The request is one that the policy is about, whether or not it has changed yet."""
    ticket = run.ticket
    if ticket.procedure in POLICY:
        return True
    was = next((old for old, new in POLICY.items() if new == ticket.procedure), "")
    own = PHRASINGS["families"][ticket.family]
    return bool(was) and ticket.phrasing in own[was]["new"]


def table(told: Mapping[str, Any]) -> str:
    """The figures as a Markdown table, one line a part and strategy."""
    return "".join(f"{line}\n" for line in _lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"| part | strategy | {' | '.join(SHOWN)} | tickets a seed |"
    yield "|---" * (3 + len(SHOWN)) + "|"
    blocks = {
        f"block {place + 1}": {name: one[place] for name, one in told["by_block"].items()}
        for place in range(told["blocks"])
    }
    for part, by in {**blocks, **told["parts"]}.items():
        for name, figures in by.items():
            cells = [_cell(figures[measure]) for measure in SHOWN]
            yield f"| {part} | {name} | {' | '.join(cells)} | {figures['tickets']:.0f} |"


def _cell(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return ""
    ends = "" if one["low"] is None else f" [{one['low']:.2f}, {one['high']:.2f}]"
    return f"{one['mean']:.2f}{ends}"


def _part(seed: Sequence[Block], name: str, first: int, end: int, only: bool) -> list[Run]:
    return [run for block in seed[first:end] for run in block.runs[name] if not only or concerned(run)]


def _figures(by_seed: Sequence[Sequence[Run]]) -> dict[str, Any]:
    """Each measure over the seeds that have any such ticket; ``None`` where none has."""
    told = [runs for runs in by_seed if runs]
    figures = {
        name: asdict(figure([fmean(map(measure, runs)) for runs in told], share=name != "steps")) if told else None
        for name, measure in MEASURES.items()
    }
    return {**figures, "tickets": fmean(map(len, by_seed))}
