"""Plots as SVG text: lines, dots with their intervals, bars. Colours are classes, so that the page can change them.

Drawn small (360 wide), so that letters are legible on a phone; a page lets them grow. Knows nothing of strategies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 360, 250
LEFT, RIGHT, TOP, BOTTOM = 42, 10, 10, 38
DASHES = ("", "8 2", "2 2", "8 2 2 2", "1 3", "5 2", "12 2", "6 2 1 2")
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line: its name, the number of its colour, points from left to right, and the interval of each where known."""

    name: str
    colour: int
    points: Sequence[Point]
    intervals: Sequence[Point | None] = ()
    mark: tuple[float, float, float, float] | None = None  # a dot of its own: x, y, low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """From where to where, what is written at which places, and what it is called."""

    name: str
    ticks: Mapping[float, str]
    low: float = 0.0
    high: float = 1.0
    log: bool = False

    def share(self, value: float) -> float:
        """How far along the axis, 0 to 1, held inside it."""
        low, high, at = (math.log10(max(one, 1e-12)) if self.log else one for one in (self.low, self.high, value))
        return min(1.0, max(0.0, (at - low) / (high - low)))


def percents(name: str, high: float = 1.0) -> Axis:
    """A share from 0 to the first round number that is not below ``high``."""
    top = next((step for step in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if step >= high), 1.0)
    steps = 5 if top in {0.05, 0.5, 1.0} else 4 if top in {0.2, 0.4, 0.8} else 3 if top in {0.3, 0.6} else 2
    ticks = {top * step / steps: f"{100 * top * step / steps:.3g} %" for step in range(steps + 1)}
    return Axis(name=name, ticks=ticks, high=top)


def lines(
    title: str, says: str, series: Sequence[Series], axes: tuple[Axis, Axis], *, rule: float | None = None
) -> str:
    """Lines in one frame, the first series uppermost; ``rule`` is a dashed line across."""
    x, y = axes
    drawn = [part for one in reversed(series) for part in _line(one, x, y)]
    across = [_segment((x.low, rule), (x.high, rule), x, y, "mark")] if rule is not None and rule <= y.high else []
    return _svg(title, says, [*_frame(x, y), *across, *drawn], HEIGHT)


def diagonal(title: str, says: str, one: Series, axes: tuple[Axis, Axis], sizes: Sequence[float]) -> str:
    """Dots with their intervals about the diagonal, ``sizes`` (0 to 1) as areas."""
    x, y = axes
    dots: list[str] = []
    for (across, up), ends, size in zip(one.points, one.intervals, sizes, strict=True):
        said = f"{one.name}: {x.name} {across:.2f}, {y.name} {up:.2f}"
        dots += _dot((across, up), ends, axes, f"c{one.colour}", says=said, radius=2.5 + 7 * math.sqrt(size))
    return _svg(title, says, [*_frame(x, y), _segment((0, 0), (1, 1), x, y, "mark"), *dots], HEIGHT)


def ranges(title: str, says: str, rows: Sequence[tuple[str, int, float, float]], x: Axis) -> str:
    """One line a row from its low to its high value, named on the left; row: name, colour, low, high."""
    height = TOP + 26 * len(rows) + BOTTOM
    names = 96
    parts = []
    for value, label in x.ticks.items():
        at = names + x.share(value) * (WIDTH - names - RIGHT - 8)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>')
        parts.append(f'<text x="{at:.1f}" y="{height - BOTTOM + 14}" text-anchor="middle">{escape(label)}</text>')
    for place, (name, colour, low, high) in enumerate(rows):
        y = TOP + 26 * place + 13
        ends = [names + x.share(value) * (WIDTH - names - RIGHT - 8) for value in (low, high)]
        parts += [
            f'<text class="name" x="{names - 8}" y="{y + 4}" text-anchor="end">{escape(name)}</text>',
            f'<line class="whisker c{colour}" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{y}" y2="{y}"/>',
            f'<circle class="dot c{colour}" cx="{ends[0]:.1f}" cy="{y}" r="5"><title>{low:.1f} ms</title></circle>',
            f'<circle class="dot c{colour}" cx="{ends[1]:.1f}" cy="{y}" r="3"><title>{high:.1f} ms</title></circle>',
        ]
    middle = (names + WIDTH) / 2
    parts.append(f'<text x="{middle}" y="{height - 5}" text-anchor="middle">{escape(x.name)}</text>')
    return _svg(title, says, parts, height)


def bars(title: str, says: str, rows: Sequence[tuple[str, Mapping[str, int]]]) -> str:
    """One bar of parts a row; row: name, and how many by the class of the part."""
    names, thick = 96, 17
    height = TOP + 24 * len(rows) + 22
    parts = []
    for place, (name, counts) in enumerate(rows):
        y, at, whole = TOP + 24 * place, float(names), sum(counts.values()) or 1
        parts.append(f'<text class="name" x="{names - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
        for kind, count in counts.items():
            width = count / whole * (WIDTH - names - RIGHT)
            told = f"<title>{escape(name)}: {count} of {whole} {escape(kind)}</title>"
            parts.append(
                f'<rect class="{kind}" x="{at:.2f}" y="{y}" width="{width:.2f}" height="{thick}">{told}</rect>'
            )
            at += width
    for share in (0, 0.25, 0.5, 0.75, 1):
        at = names + share * (WIDTH - names - RIGHT)
        parts.append(f'<text x="{at:.1f}" y="{height - 6}" text-anchor="middle">{share:.0%}</text>')
    return _svg(title, says, parts, height)


def swatch(colour: int) -> str:
    """A bit of a series' line, for a legend."""
    return (
        f'<svg viewBox="0 0 30 10" aria-hidden="true"><line class="curve c{colour}" x1="1" x2="29" y1="5" y2="5"'
        f' stroke-dasharray="{DASHES[colour % len(DASHES)]}"/></svg>'
    )


def _svg(title: str, says: str, parts: Sequence[str], height: float) -> str:
    name, about = escape(title), escape(says)
    head = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}">'
    return "\n".join([head, f"<title>{name}</title><desc>{about}</desc>", *parts, "</svg>"])


def _at(point: Point, x: Axis, y: Axis) -> Point:
    return (
        LEFT + x.share(point[0]) * (WIDTH - LEFT - RIGHT),
        TOP + (1 - y.share(point[1])) * (HEIGHT - TOP - BOTTOM),
    )


def _segment(start: Point, end: Point, x: Axis, y: Axis, kind: str) -> str:
    (x1, y1), (x2, y2) = _at(start, x, y), _at(end, x, y)
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _frame(x: Axis, y: Axis) -> Iterator[str]:
    for value, label in y.ticks.items():
        at = _at((x.low, value), x, y)[1]
        yield _segment((x.low, value), (x.high, value), x, y, "grid")
        yield f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{escape(label)}</text>'
    for value, label in x.ticks.items():
        at = _at((value, y.low), x, y)[0]
        yield f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{escape(label)}</text>'
    yield _segment((x.low, y.low), (x.high, y.low), x, y, "axis")
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 5}" text-anchor="middle">{escape(x.name)}</text>'


def _line(one: Series, x: Axis, y: Axis) -> Iterator[str]:
    places = [_at(point, x, y) for point in one.points]
    if one.intervals and all(one.intervals):
        known = [ends for ends in one.intervals if ends]
        upper = [_at((point[0], ends[1]), x, y) for point, ends in zip(one.points, known, strict=True)]
        lower = [_at((point[0], ends[0]), x, y) for point, ends in zip(one.points, known, strict=True)]
        yield f'<polygon class="band c{one.colour}" points="{_joined([*upper, *reversed(lower)])}"/>'
    if len(places) > 1:
        dash = DASHES[one.colour % len(DASHES)]
        head = f'<polyline class="curve c{one.colour}" stroke-dasharray="{dash}" points="{_joined(places)}">'
        yield f"{head}<title>{escape(one.name)}</title></polyline>"
    if one.mark:
        across, up, low, high = one.mark
        said = f"{one.name}: {across:.3f}, {up:.3f}"
        yield from _dot((across, up), (low, high), (x, y), f"c{one.colour}", says=said, radius=4.5)


def _dot(
    point: Point, ends: Point | None, axes: tuple[Axis, Axis], kind: str, *, says: str, radius: float
) -> Iterator[str]:
    if ends:
        yield _segment((point[0], ends[0]), (point[0], ends[1]), *axes, f"whisker {kind}")
    across, up = _at(point, *axes)
    head = f'<circle class="dot {kind}" cx="{across:.1f}" cy="{up:.1f}" r="{radius:.1f}">'
    yield f"{head}<title>{escape(says)}</title></circle>"


def _joined(places: Sequence[Point]) -> str:
    return " ".join(f"{across:.1f},{up:.1f}" for across, up in places)
