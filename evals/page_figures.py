"""Which plots a set of results gets, and what stands beside them: the bridge from figures to drawings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from .curve import Curve, Ints, order
from .outcomes import Outcomes
from .page_plots import Axis, Series, bars, diagonal, lines, percents, ranges, swatch
from .page_tables import Colours, points_table
from .results import REFERENCE, Results, groups_of, outcomes_of
from .standing import first_of, is_rival
from .weighted import resamples, risks

POINTS = 120  # of a curve
BAND = 200  # resamples behind a band
BECAME = {
    "right": "right",
    "misled": "misled",
    "missed": "said nothing, something applied",
    "honest": "rightly nothing",
}
KINDS = {"R": "right", "M": "misled", "X": "misled", "A": "missed", "N": "honest"}


def figures_of(result: Results, colours: Colours) -> Iterator[str]:
    """The plots of one set as HTML figures; what there is nothing to draw of is left out."""
    strategies = result["strategies"]
    told = {name: one for name, figures in strategies.items() if (one := outcomes_of(figures)) and len(one.right)}
    known = {name: one for name, one in told.items() if np.isfinite(one.score).any()}
    if known:
        yield _risk(result, known, colours)
    if told:
        yield _became(strategies, told)
    for name in _words_of_their_own(strategies):
        yield _reliability(name, strategies[name]["reliability"], colours)
    if any(_timed(figures) for figures in strategies.values()):
        yield _latency(strategies, colours)
    if any(figures["recall_at_50"] is not None for figures in strategies.values()):
        yield _gathering(strategies, colours)
    if result.get("distraction"):
        yield from _distraction(result["distraction"], colours)


def _figure(title: str, says: str, svg: str, below: str) -> str:
    caption = f"<figcaption><h3>{escape(title)}</h3>{escape(says)}</figcaption>"
    return f"<figure>{caption}{svg}{below}</figure>"


def _legend(names: Sequence[str], colours: Colours) -> str:
    items = "".join(f"<li>{swatch(colours[name])}{escape(name)}</li>" for name in names)
    return f'<ul class="legend">{items}</ul>'


def _became(strategies: Mapping[str, Any], told: Mapping[str, Outcomes]) -> str:
    title, says = "What became of the cases", "Each strategy at its own setting; a bar is all cases."
    rows = [(name, _counts(figures["per_query"]["outcome"])) for name, figures in strategies.items() if name in told]
    key = "".join(f'<li><i class="{kind}"></i>{escape(words)}</li>' for kind, words in BECAME.items())
    table = points_table("cases", "strategy", {name: {k: str(v) for k, v in counts.items()} for name, counts in rows})
    return _figure(title, says, bars(title, says, rows), f'<ul class="legend">{key}</ul>{table}')


def _counts(letters: str) -> dict[str, int]:
    found = dict.fromkeys(BECAME, 0)
    for letter in letters:
        found[KINDS[letter]] += 1
    return found


def _risk(result: Results, told: Mapping[str, Outcomes], colours: Colours) -> str:
    title = "Risk against coverage"
    says = "Answering from the surest case to the least sure: how much is wrong so far. A dot: the setting it ran with."
    risk = result.get("settings", {}).get("risk")
    says += f" Dashed: the risk that was asked for, {risk:.0%}." if risk else ""
    apart, same = _apart(result["strategies"], told)
    curves = {name: curve_points(order(told[name].score, ~told[name].best_right)) for name in apart}
    banded = _banded(result, apart)
    says += f" Bands: 95 %, for {' and '.join(banded)}."
    names = sorted(apart, key=lambda name: colours[name])
    series = [
        Series(
            name=name,
            colour=colours[name],
            points=curves[name],
            intervals=_band(told[name], groups_of(result)) if name in banded else (),
            mark=_mark(result["strategies"][name]),
        )
        for name in names
    ]
    highest = max(max(up for across, up in points if across >= 0.02) for points in curves.values())
    x, y = percents("cases answered"), percents("wrong", highest)
    svg = lines(title, says, series, (x, y), rule=risk)
    shown = {name: {f"{at:.0%}": f"{_at(curves[name], at):.3f}" for at in (0.1, 0.25, 0.5, 0.75, 1)} for name in names}
    below = _legend(names, colours) + "".join(f'<p class="caption">{escape(line)}</p>' for line in same)
    return _figure(title, says, svg, below + points_table("wrong among", "answered", shown))


def _apart(strategies: Mapping[str, Any], told: Mapping[str, Outcomes]) -> tuple[list[str], list[str]]:
    """The strategies that put the cases in an order of their own, and a line about each group that shares one."""
    by: dict[tuple[str, str], list[str]] = {}
    for name in sorted(told, key=lambda name: name != REFERENCE):
        packed = strategies[name]["per_query"]
        by.setdefault((packed["place"], packed["best"]), []).append(name)
    same = [f"In the order of {names[0]}: {', '.join(names[1:])}." for names in by.values() if len(names) > 1]
    kept = {names[0] for names in by.values()}
    return [name for name in told if name in kept], same


def _banded(result: Results, names: Sequence[str]) -> list[str]:
    """The reference and the best of its rivals: more bands than two cannot be read."""
    first = first_of(result) or names[0]
    rivals = [name for name in names if is_rival(name) and name != first]
    best = sorted(rivals, key=lambda name: float(result["strategies"][name]["aurc"]))[:1]
    return [*([first] if first in names else []), *best]


def _band(one: Outcomes, groups: Ints | None) -> list[tuple[float, float]]:
    """The 95 % interval of the risk at each point of a curve, point by point, over other queries or families."""
    n = len(one.right)
    weights = resamples(np.arange(n) if groups is None else groups[:n], times=BAND)
    found = risks(one.score, ~one.best_right, weights, np.linspace(1, n, min(n, POINTS)) / n)
    low, high = np.percentile(found, (2.5, 97.5), axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def curve_points(curve: Curve) -> list[tuple[float, float]]:
    """The curve as (coverage, risk), at most POINTS of them; inside a group of equal scores it is a line."""
    n = curve.wrong.shape[1]
    ends = np.flatnonzero(np.diff(curve.group[0], append=-1) != 0)
    risk = np.cumsum(curve.wrong[0])[ends] / (ends + 1)
    places = np.linspace(1, n, min(n, POINTS))
    found = np.interp(places, ends + 1, risk)
    return [(float(place / n), float(one)) for place, one in zip(places, found, strict=True)]


def _at(points: Sequence[tuple[float, float]], share: float) -> float:
    return min(points, key=lambda point: abs(point[0] - share))[1]


def _mark(figures: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    rate, interval = figures["misled_rate"], figures["intervals"]["misled_rate"]
    return None if rate is None else (figures["coverage"], rate, interval[0], interval[1])


def _reliability(name: str, told: Mapping[str, Any], colours: Colours) -> str:
    title = f"Does {name} keep its word?"
    says = (
        "What it said of its best candidates, and how often they were right; on the dashed line words are kept. "
        f"Mean distance from it: {told['calibration_error']:.3f}."
    )
    bins = told["bins"]
    largest = max(one["cases"] for one in bins)
    series = Series(
        name=name,
        colour=colours[name],
        points=[(one["told"], one["right"]) for one in bins],
        intervals=[tuple(one["interval"]) for one in bins],
    )
    x, y = percents("said"), percents("right")
    svg = diagonal(title, says, series, (x, y), [one["cases"] / largest for one in bins])
    shown = {
        "right": {f"{one['told']:.2f}": f"{one['right']:.2f}" for one in bins},
        "cases": {f"{one['told']:.2f}": str(one["cases"]) for one in bins},
    }
    return _figure(title, says, svg, points_table("mean said of a bin, share right, cases", "said", shown))


def _words_of_their_own(strategies: Mapping[str, Any]) -> Iterator[str]:
    """The strategies that tell probabilities; of those that tell the same, as one guard at several risks does, one."""
    told = []
    for name in sorted(strategies, key=lambda name: name != REFERENCE):
        words = strategies[name].get("reliability")
        if words and words not in told:
            told.append(words)
            yield name


def _timed(figures: Mapping[str, Any]) -> bool:
    return bool(figures["p50_ms"] and figures["p50_ms"] >= 0.01)


def _latency(strategies: Mapping[str, Any], colours: Colours) -> str:
    title, says = "Latency", "Milliseconds a case, every second one (large dot) and nineteen of twenty (small dot)."
    rows = [(name, colours[name], one["p50_ms"], one["p95_ms"]) for name, one in strategies.items() if _timed(one)]
    low, high = min(row[2] for row in rows), max(row[3] for row in rows)
    ticks = [value for value in (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000) if low / 3 <= value <= high * 3]
    axis = Axis(name="ms", ticks={value: f"{value:g}" for value in ticks}, low=min(ticks), high=max(ticks), log=True)
    shown = {row[0]: {"p50": f"{row[2]:.1f}", "p95": f"{row[3]:.1f}"} for row in rows}
    return _figure(title, says, ranges(title, says, rows, axis), points_table("milliseconds", "strategy", shown))


def _gathering(strategies: Mapping[str, Any], colours: Colours) -> str:
    title = "Gathering"
    says = "Cases whose right memory is among the first 10, 50 and 100 found, of those that have one."
    known = {name: one for name, one in strategies.items() if one["recall_at_50"] is not None}
    names = sorted(known, key=lambda name: colours[name])
    places = {0.0: 10, 0.5: 50, 1.0: 100}
    series = [
        Series(
            name=name,
            colour=colours[name],
            points=[(at, known[name][f"recall_at_{depth}"]) for at, depth in places.items()],
        )
        for name in names
    ]
    x = Axis(name="found", ticks={at: str(depth) for at, depth in places.items()})
    svg = lines(title, says, series, (x, percents("recall")))
    shown = {name: {str(d): f"{known[name][f'recall_at_{d}']:.3f}" for d in places.values()} for name in names}
    return _figure(title, says, svg, _legend(names, colours) + points_table("recall", "found", shown))


def _distraction(told: Mapping[str, Any], colours: Colours) -> Iterator[str]:
    """Success and prompt of the copycat agent as look-alikes are planted."""
    planted = told["planted"]
    names = sorted(told["strategies"], key=lambda name: colours.get(name, 7))
    steps = {place / max(1, len(planted) - 1): many for place, many in enumerate(planted)}
    x = Axis(name="look-alikes planted for each case", ticks={at: str(many) for at, many in steps.items()})
    for figure, title, says in (
        (
            "success",
            "Distractors against accuracy",
            f"Tasks done by the copycat, {told['alone']:.0%} when it works alone.",
        ),
        (
            "misled",
            "Distractors against being misled",
            "Of all cases, those in which the copycat followed a wrong memory.",
        ),
    ):
        series = [
            Series(
                name=name,
                colour=colours.get(name, 7),
                points=list(zip(steps, told["strategies"][name][figure], strict=True)),
                intervals=[tuple(ends) for ends in told["strategies"][name]["intervals"][figure]],
            )
            for name in names
        ]
        highest = max(ends[1] for name in names for ends in told["strategies"][name]["intervals"][figure])
        rule = told["alone"] if figure == "success" else None
        svg = lines(title, says, series, (x, percents(figure, highest)), rule=rule)
        shown = {
            name: {
                str(many): f"{value:.3f}, {tokens:.0f} words"
                for many, value, tokens in zip(
                    planted, told["strategies"][name][figure], told["strategies"][name]["words"], strict=True
                )
            }
            for name in names
        }
        legend = _legend(names, {name: colours.get(name, 7) for name in names})
        yield _figure(title, says, svg, legend + points_table(f"{figure}, and words in the prompt", "planted", shown))
