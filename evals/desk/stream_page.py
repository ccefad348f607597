"""A stream's curves as one page that opens offline: success, misled runs and steps, block by block."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from telltale.evals.page_plots import Axis, Series, lines, percents, swatch
from telltale.evals.page_style import CSS
from telltale.evals.page_tables import points_table, table

from .loop import ALONE, GUARDED, NEAREST

COLOURS = {ALONE: 4, GUARDED: 0, NEAREST: 1}  # uppermost first: dots show on a line that they share
PLOTS = {  # by measure: a heading, and what is shown
    "success": ("Solved", "Share of a block's tickets after which the database is as it should be."),
    "followed": ("Followed", "Share of a block's tickets in which a memory was followed."),
    "misled": ("Misled", "Share of a block's tickets in which what was followed ended wrong or was given up."),
    "steps": ("Steps", "Tool calls for a ticket."),
}


def html(told: Mapping[str, Any]) -> str:
    """The page of ``stream_figures`` as text."""
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>telltale: a stream of tickets</title><style>{CSS}</style></head>\n<body>"
    )
    said = (
        f"{told['seeds']} seeds of {told['blocks']} blocks of {told['each']} tickets. As many runs of colleagues are "
        f"remembered after each block; a policy changes at block {told['change'] + 1}. Bands are 95 % over seeds."
    )
    names = "".join(f"<li>{swatch(colour)}{escape(name)}</li>" for name, colour in COLOURS.items())
    plots = "".join(_plot(told, measure) for measure in PLOTS)
    body = [
        "<header><h1>A stream of tickets</h1>",
        f'<p class="lead soft">{said}</p></header>',
        f'<ul class="legend">{names}</ul>',
        f'<div class="plots">{plots}</div>',
        _parts(told),
        _footer(told),
    ]
    return "\n".join([head, *body, "</body></html>\n"])


def _parts(told: Mapping[str, Any]) -> str:
    """Before the policy changed and after it, all tickets and those that the policy is about."""
    rows = [
        (f"c{COLOURS[name]}", [escape(part), escape(name), *(_cell(figures[measure]) for measure in PLOTS)])
        for part, by in told["parts"].items()
        for name, figures in by.items()
    ]
    heads = ["tickets", "memory", *(title for title, _ in PLOTS.values())]
    return table("Means over seeds. Below a figure: its 95 % interval", heads, rows)


def _cell(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "–"
    ends = "" if one["low"] is None else f"<small>{one['low']:.2f} to {one['high']:.2f}</small>"
    return f"{one['mean']:.2f}{ends}"


def _footer(told: Mapping[str, Any]) -> str:
    ran = ", ".join(f"{name} {escape(told[name])}" for name in ("telltale", "python", "machine") if name in told)
    return f"<footer><p><code>{escape(told['command'])}</code>, {ran}</p></footer>"


def _plot(told: Mapping[str, Any], measure: str) -> str:
    title, says = PLOTS[measure]
    series = [_series(name, colour, told["by_block"][name], measure) for name, colour in COLOURS.items()]
    ends = [pair[1] for one in series for pair in one.intervals if pair]
    top = max([*ends, *(y for one in series for _, y in one.points)])
    across = Axis(name="block", low=1, high=told["blocks"], ticks=_blocks(told))
    up = percents("tickets", top) if measure != "steps" else _counts(top)
    drawn = lines(title, says, series, (across, up))
    shown = {
        one.name: {str(block): f"{value:.2f}" for block, (_, value) in enumerate(one.points, start=1)} for one in series
    }
    return (
        f"<figure><figcaption><h3>{title}</h3>{says}</figcaption>{drawn}{points_table(title, 'block', shown)}</figure>"
    )


def _series(name: str, colour: int, by: list[Mapping[str, Any]], measure: str) -> Series:
    figures = [one[measure] for one in by]
    points = [(place, one["mean"]) for place, one in enumerate(figures, start=1)]
    intervals = [None if one["low"] is None else (one["low"], one["high"]) for one in figures]
    return Series(name=name, colour=colour, points=points, intervals=intervals)


def _blocks(told: Mapping[str, Any]) -> dict[float, str]:
    change = told["change"] + 1
    return {1: "1", change: f"{change}: new policy", told["blocks"]: str(told["blocks"])}


def _counts(top: float) -> Axis:
    high = 2 * (int(top) // 2 + 1)
    return Axis(name="tool calls", high=high, ticks={value: str(value) for value in range(0, high + 1, 2)})
