"""A model as the agent, as one page that opens offline: accuracy by shots, by look-alikes, by tokens. Asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from .page_plots import Axis, Series, lines, percents, swatch
from .page_style import CSS
from .page_tables import folded, points_table, table

Points = Sequence[Mapping[str, Any]]
COLOURS = {"telltale": 0, "dense": 1, "no shots": 4}
FIGURES = {"accuracy": "right", "misled": "led astray"}


def html(told: Mapping[str, Any]) -> str:
    """The page of ``model_agent``'s figures as text; where no model was asked it says so and draws nothing."""
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>telltale: a model as the agent</title><style>{CSS}</style></head>\n<body>"
    )
    measured = any(one["accuracy"] is not None for one in told["points"])
    body = [
        "<header><h1>A model as the agent</h1>",
        f'<p class="lead soft">{_about(told)}</p></header>',
        _legend() if measured else "",
        f'<div class="plots">{"".join(_plots(told))}</div>' if measured else "<p>No model was asked.</p>",
        folded("Every figure", _table(told["points"])),
        _footer(told),
    ]
    return "\n".join([head, *body, "</body></html>\n"])


def _footer(told: Mapping[str, Any]) -> str:
    command, version = (escape(told.get(name, "not told")) for name in ("command", "telltale"))
    data = f"data: SHA-256 <code>{escape(told['data']['sha256'])}</code>"
    return f"<footer><p><code>{command}</code>, telltale {version}, {data}</p></footer>"


def _about(told: Mapping[str, Any]) -> str:
    data = told["data"]
    return (
        f"{escape(str(told['model'] or 'No model'))} names one of {told['procedures']} procedures for each of "
        f"{data['queries']} cases of {escape(data['name'])} (seed {data['seed']}), shown past cases that are the "
        "nearest (dense) or that the guard admits (telltale). Bands are 95 %. Led astray: a wrong name that was shown."
    )


def _legend() -> str:
    items = "".join(f"<li>{swatch(colour)}{name}</li>" for name, colour in COLOURS.items())
    return f'<ul class="legend">{items}</ul>'


def _plots(told: Mapping[str, Any]) -> list[str]:
    alone = [one for one in told["points"] if not one["shots"]]
    clean = [one for one in told["points"] if not one["planted"]]
    most = max(one["shots"] for one in told["points"])
    rotten = [one for one in told["points"] if one["shots"] == most]
    drawn = []
    for figure, words in FIGURES.items():
        drawn += [
            _by_place(clean, alone, "shots", figure, f"Shots against {words}", "At most so many past cases are shown."),
            _by_place(rotten, alone, "planted", figure, f"Look-alikes against {words}",
                      f"So many look-alikes of each case are planted; at most {most} past cases are shown."),
        ]  # fmt: skip
    amounts = (
        ("tokens", "Tokens against right", "Of the whole question, on average; a dot a way of asking."),
        ("distractors", "Wrong past cases against right", "Of another procedure among those shown, on average."),
    )
    return [*drawn, *(_by_amount(told["points"], *amount) for amount in amounts)]


def _by_place(points: Points, alone: Points, by: str, figure: str, title: str, says: str) -> str:  # noqa: PLR0917
    """A line a strategy over the places of ``by``, evenly spaced; without shots it is one dashed line across."""
    places = sorted({one[by] for one in points if one["shots"]})
    at = {many: place / max(1, len(places) - 1) for place, many in enumerate(places)}
    x = Axis(name=by, ticks={share: str(many) for many, share in at.items()})
    by_name = _by_strategy(points)
    series = [
        Series(
            name=name,
            colour=COLOURS[name],
            points=[(at[one[by]], one[figure]) for one in some],
            intervals=[tuple(one["interval"]) for one in some] if figure == "accuracy" else (),
        )
        for name, some in by_name.items()
    ]
    rule = alone[0][figure] if alone else None
    shown = {name: {str(one[by]): _said(one, figure) for one in some} for name, some in by_name.items()}
    drawn = lines(title, says, series, (x, percents(FIGURES[figure])), rule=rule)
    return _figure(title, f"{says} Dashed: without any.", drawn, points_table(title, by, shown))


def _by_amount(points: Points, by: str, title: str, says: str) -> str:
    """A dot a point with its interval, over the amount of ``by`` that was measured."""
    known = [one for one in points if one[by] is not None and one["accuracy"] is not None]
    high = max((one[by] for one in known), default=1) or 1
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10**6) if high / step <= 6)
    x = Axis(name=by, high=high, ticks={value: f"{value:,}" for value in range(0, int(high) + 1, step)})
    series = [
        Series(
            name=one["strategy"],
            colour=COLOURS[one["strategy"]],
            points=[],
            mark=(one[by], one["accuracy"], *one["interval"]),
        )
        for one in known
    ]
    shown = {
        name: {f"{one[by]:.1f}": f"{one['accuracy']:.2f}" for one in known if one["strategy"] == name}
        for name in COLOURS
    }
    return _figure(title, says, lines(title, says, series, (x, percents("right"))), points_table(title, by, shown))


def _by_strategy(points: Points) -> dict[str, list[Mapping[str, Any]]]:
    found = {name: [one for one in points if one["strategy"] == name and one["shots"]] for name in COLOURS}
    return {name: some for name, some in found.items() if some}


def _said(one: Mapping[str, Any], figure: str) -> str:
    return f"{one[figure]:.2f}" + (f", {one['tokens']:.0f} tokens" if one["tokens"] is not None else "")


def _figure(title: str, says: str, svg: str, below: str) -> str:
    return f"<figure><figcaption><h3>{escape(title)}</h3>{escape(says)}</figcaption>{svg}{below}</figure>"


def _table(points: Points) -> str:
    heads = ("shots from", "at most", "planted", "shown", "wrong ones", "asked", "right", "led astray", "tokens")
    rows = [("c0" if one["strategy"] == "telltale" else "", _cells(one)) for one in points]
    return table("Below a figure: its 95 % interval", heads, rows)


def _cells(one: Mapping[str, Any]) -> list[str]:
    ends = one["interval"]
    right = "–" if one["accuracy"] is None else f"{one['accuracy']:.2f}<small>{ends[0]:.2f} to {ends[1]:.2f}</small>"
    misled = "–" if one["misled"] is None else f"{one['misled']:.2f}"
    tokens = "–" if one["tokens"] is None else f"{one['tokens']:.0f}"
    counts = [str(one["shots"]), str(one["planted"]), f"{one['shown']:.1f}", f"{one['distractors']:.1f}"]
    return [escape(one["strategy"]), *counts, str(one["asked"]), right, misled, tokens]
