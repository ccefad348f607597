"""Two results files held against each other: what got better, what got worse, and what cannot be told apart.

The same draw of the same file is compared query by query (``paired``). Where the draws differ, or a file holds no
outcomes, the two intervals decide, which takes a larger difference to tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telltale import BadArgument

from .paired import FIGURES, Verdict, as_json, compared, difference, word
from .report import interval_of
from .results import Results, groups_of, outcomes_of

if TYPE_CHECKING:
    from rich.table import Table

STYLES = {"better": "green", "worse": "red", "cannot be told apart": "dim"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure of one strategy on one set: the second file's (``verdict.first``) against the first file's."""

    set: str
    strategy: str
    figure: str
    verdict: Verdict
    paired: bool


def changes(before: Sequence[Results], after: Sequence[Results]) -> list[Change]:
    """Every figure that both files hold, in the second one's order; sets are told by name.

    Raises ``BadArgument`` where they have no strategy on any set in common.
    """
    known = {one["data"]["name"]: one for one in before}
    found = [
        change
        for result in after
        if (earlier := known.get(result["data"]["name"])) is not None
        for name in result["strategies"]
        if name in earlier["strategies"]
        for change in _of(name, earlier, result)
    ]
    if not found:
        raise BadArgument("compare: the two files have no strategy on any set in common")
    return found


def _of(name: str, before: Results, after: Results) -> Iterator[Change]:
    first, second = before["strategies"][name], after["strategies"][name]
    told, paired = _verdicts(first, second, after, same=_same_draw(before, after)), True
    if told is None:
        told, paired = dict(_by_intervals(first, second)), False
    for figure, verdict in told.items():
        yield Change(
            set=after["data"]["name"],
            strategy=name,
            figure=figure,
            verdict=verdict,
            paired=paired,
        )


def _same_draw(before: Results, after: Results) -> bool:
    return all(before["data"][name] == after["data"][name] for name in ("sha256", "n_memory", "n_queries", "seed"))


def _verdicts(
    before: Mapping[str, Any], after: Mapping[str, Any], result: Results, *, same: bool
) -> dict[str, Verdict] | None:
    first, second = outcomes_of(before), outcomes_of(after)
    if not same or first is None or second is None or not len(second.right):
        return None
    return compared(second, first, groups_of(result))


def _by_intervals(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Verdict]]:
    """Figures of different queries: the difference's interval from the two ones' (Newcombe 1998, method 10)."""
    for name, figure in FIGURES.items():
        values = after.get(name), before.get(name)
        ends = interval_of(after, (name,)), interval_of(before, (name,))
        if values[0] is None or values[1] is None or None in ends:
            continue
        by = values[0] - values[1]
        low = by - math.hypot(values[0] - ends[0][0], ends[1][1] - values[1])
        high = by + math.hypot(ends[0][1] - values[0], values[1] - ends[1][0])
        told = word(by, figure, apart=not low <= 0 <= high)
        yield name, Verdict(first=values[0], second=values[1], interval=(low, high), p=None, word=told)


def change_table(found: Sequence[Change]) -> Table:
    """One line a figure, sets one after another."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption="difference: with its 95 % interval")
    for head in ("", "before", "after", "difference", "it is"):
        grid.add_column(head, justify="left" if head in {"", "it is"} else "right", overflow="fold")
    last = ""
    for one in found:
        if (at := f"{one.set}: {one.strategy}") != last:
            grid.add_row(f"[bold]{escape(at)}[/]")
            last = at
        said = one.verdict.word + ("" if one.paired else " (other queries)")
        cells = [f"  {one.figure}", _number(one.verdict.second), _number(one.verdict.first), _difference(one.verdict)]
        grid.add_row(*cells, f"[{STYLES[one.verdict.word]}]{said}[/]")
    return grid


def change_json(found: Sequence[Change]) -> dict[str, Any]:
    """The same, ready for JSON, with how many figures got better and worse."""
    words = [one.verdict.word for one in found]
    lines = [
        {"set": one.set, "strategy": one.strategy, "figure": one.figure, "paired": one.paired} | _told(one.verdict)
        for one in found
    ]
    return {"better": words.count("better"), "worse": words.count("worse"), "changes": lines}


def _told(verdict: Verdict) -> dict[str, Any]:
    told = as_json(verdict)
    return {"before": told.pop("second"), "after": told.pop("first"), **told}


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _difference(verdict: Verdict) -> str:
    by = difference(verdict)
    if by is None or verdict.interval is None:
        return "-"
    return f"{by:+.4f}\n[dim]{verdict.interval[0]:+.4f} {verdict.interval[1]:+.4f}[/dim]"
