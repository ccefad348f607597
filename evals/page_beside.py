"""What other evaluations found, as sections beside the sets of a page: stress tests, and streams of tickets.

Made of their JSON alone (``telltale eval stress --json``, ``python -m telltale.evals.desk.stream --json``), told apart
by what it holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from telltale import BadArgument

from .page_plots import Axis, Series, lines, percents, swatch
from .page_tables import cell, folded, points_table, table

STRESS = (("misled", "misled_rate"), ("helped", "help_rate"), ("honest", "honest_abstention"), ("AURC", "aurc"))
STREAM = {
    "success": ("Solved", "Share of a block's tickets after which all is as it should be."),
    "misled": ("Misled", "Share of a block's tickets in which what was followed ended wrong or was given up."),
}


def section_of(path: Path) -> str:
    """The section that the JSON file at ``path`` makes. Raises ``BadArgument`` for a file that holds neither."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadArgument(f"{path}: {error}; give what `telltale eval stress --json` or the stream wrote") from error
    if isinstance(told, dict) and "by_block" in told:
        return stream(told)
    sets = told.get("sets", [told]) if isinstance(told, dict) else []
    if sets and all(isinstance(one, dict) and "says" in one and "strategies" in one for one in sets):
        return stress(sets)
    raise BadArgument(f"{path}: holds neither stress tests nor a stream of tickets")


def stress(sets: Sequence[Mapping[str, Any]]) -> str:
    """All tests at a glance, and a row for each with every strategy's figures; folded, for there are many."""
    from .stress.page import at_a_glance

    names = list(dict.fromkeys(name for one in sets for name in one["strategies"]))
    heads = [f"{name}: {label}" for name in names for label, _ in STRESS]
    rows = [("", [_named(one), *_figures(one, names)]) for one in sets]
    counted = "".join(f"<li>{escape(_counted(name, sets))}</li>" for name in names)
    shown = folded("Test by test", table("Small tests of one difficulty each", ["test", *heads], rows))
    return f"<section><h2>Stress tests</h2><ul>{counted}</ul>{at_a_glance(sets)}{shown}</section>"


def _named(one: Mapping[str, Any]) -> str:
    name = escape(one["data"]["name"].partition("/")[2].removesuffix(".jsonl"))
    return f"{name}<small>{escape(one['says'])}</small>"


def _figures(one: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    strategies = one["strategies"]
    return [
        cell(strategies[name], (figure,), ".2f") if name in strategies else "–"
        for name in names
        for _, figure in STRESS
    ]


def _counted(name: str, sets: Sequence[Mapping[str, Any]]) -> str:
    told = [one["strategies"][name]["counts"] for one in sets if name in one["strategies"]]
    answered, misled, asked = (sum(one[figure] for one in told) for figure in ("answered", "misled", "queries"))
    clean = sum(one["misled"] == 0 for one in told)
    return (
        f"{name} answered {answered:,} of {asked:,} cases in {len(told)} tests and misled in {misled:,} of them; "
        f"in {clean} tests it never did."
    )


def stream(told: Mapping[str, Any]) -> str:
    """Two plots over the blocks of a stream, bands over seeds."""
    says = (
        f"{told['seeds']} seeds of {told['blocks']} blocks of {told['each']} tickets; the memory grows, the mix drifts "
        f"and a policy changes at block {told['change'] + 1}. Bands are 95 % over seeds."
    )
    names = "".join(f"<li>{swatch(place)}{escape(name)}</li>" for place, name in enumerate(told["by_block"]))
    plots = "".join(_plot(told, measure) for measure in STREAM)
    return (
        f'<section><h2>A stream of tickets</h2><p class="soft">{escape(says)}</p><ul class="legend">{names}</ul>'
        f'<div class="plots">{plots}</div></section>'
    )


def _plot(told: Mapping[str, Any], measure: str) -> str:
    title, says = STREAM[measure]
    series = [
        Series(
            name=name,
            colour=place,
            points=[(block, one[measure]["mean"]) for block, one in enumerate(blocks, start=1)],
            intervals=[_ends(one[measure]) for one in blocks],
        )
        for place, (name, blocks) in enumerate(told["by_block"].items())
    ]
    top = max(value for one in series for pair in (*one.intervals, *one.points) if pair for value in pair[1:])
    ticks = {1.0: "1", float(told["change"] + 1): "new policy", float(told["blocks"]): str(told["blocks"])}
    drawn = lines(title, says, series, (Axis(name="block", ticks=ticks, low=1, high=told["blocks"]), percents("", top)))
    shown = {one.name: {f"{block:.0f}": f"{value:.2f}" for block, value in one.points} for one in series}
    caption = f"<figcaption><h3>{title}</h3>{escape(says)}</figcaption>"
    return f"<figure>{caption}{drawn}{points_table(title, 'block', shown)}</figure>"


def _ends(one: Mapping[str, Any]) -> tuple[float, float] | None:
    return None if one["low"] is None else (one["low"], one["high"])
