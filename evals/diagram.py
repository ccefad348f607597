"""A reliability diagram as a small drawing of its own (SVG): what was told from left to right, what was right upwards.

One square a set; a dot a bin, as large as its cases are many, with its 95 % interval; on the diagonal words are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from math import ceil, sqrt

SIDE = 180  # of a square, in pixels
MARGIN = 44
PER_LINE = 3
STEP = SIDE + MARGIN + 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One bin: the mean of what was told, the share that was right with its interval, and how many cases it holds."""

    told: float
    right: float
    low: float
    high: float
    cases: int


def diagram(sets: Mapping[str, Mapping[int, Point]]) -> str:
    """The drawing of sets by name, as the text of an SVG file."""
    columns, rows = min(PER_LINE, len(sets)), ceil(len(sets) / PER_LINE)
    width, height = columns * STEP + MARGIN, rows * STEP + MARGIN
    squares = [
        line
        for place, (name, bins) in enumerate(sets.items())
        for line in _square(name, bins, MARGIN + place % PER_LINE * STEP, MARGIN + place // PER_LINE * STEP)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    font = 'font-family="sans-serif" font-size="11" fill="#333"'
    return "\n".join([f"{head} {font}>", '<rect width="100%" height="100%" fill="white"/>', *squares, "</svg>\n"])


def _square(name: str, bins: Mapping[int, Point], left: int, top: int) -> Iterator[str]:
    def at(told: float, right: float) -> tuple[str, str]:
        return f"{left + told * SIDE:.1f}", f"{top + (1 - right) * SIDE:.1f}"

    cases = sum(point.cases for point in bins.values())
    yield f'<text x="{left}" y="{top - 8}" font-weight="bold">{escape(name)} ({cases} cases)</text>'
    yield f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>'
    yield _line(at(0, 0), at(1, 1), 'stroke="#bbb" stroke-dasharray="4 3"')
    for mark in (0.0, 0.5, 1.0):
        (x, bottom), (edge, y) = at(mark, 0), at(0, mark)
        yield f'<text x="{x}" y="{float(bottom) + 14}" text-anchor="middle">{mark:g}</text>'
        yield f'<text x="{float(edge) - 5}" y="{float(y) + 4}" text-anchor="end">{mark:g}</text>'
    for point in bins.values():
        x, y = at(point.told, point.right)
        yield _line(at(point.told, point.low), at(point.told, point.high), 'stroke="#1f5fa8" stroke-opacity="0.5"')
        size = 2 + 10 * sqrt(point.cases / cases)
        says = f"told {point.told:.2f}, right {point.right:.2f} of {point.cases}"
        dot = f'cx="{x}" cy="{y}" r="{size:.1f}" fill="#1f5fa8" fill-opacity="0.7"'
        yield f"<circle {dot}><title>{says}</title></circle>"


def _line(start: tuple[str, str], end: tuple[str, str], how: str) -> str:
    return f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" {how}/>'
