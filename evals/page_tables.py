"""Tables of a page of results as HTML text: figures with their intervals, verdicts of paired tests, plotted points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from .paired import FIGURES
from .report import ROWS, at, blank, interval_of
from .results import Results
from .standing import names_anything

Colours = Mapping[str, int]
NAMES = {
    "aurc": "AURC",
    "risk_at_coverage": "wrong, at its coverage",
    "misled_rate": "misled, of answers",
    "misled_share": "misled, of all",
    "help_rate": "helped",
    "honest_abstention": "honest abstention",
    "top1_has_match": "best is right",
}
# the first look: label, path, number format
MAIN = (
    ("AURC", ("aurc",), ".3f"),
    ("answered", ("coverage",), ".3f"),
    ("misled, of answers", ("misled_rate",), ".3f"),
    ("helped", ("help_rate",), ".3f"),
    ("honest abstention", ("honest_abstention",), ".3f"),
    ("copycat gains", ("copycat", "gain"), "+.3f"),
    ("p50 ms", ("p50_ms",), ".1f"),
)


def table(caption: str, heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A table whose rows are (class, cells); the first cell heads its row. Cells are HTML, heads and caption text."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        f'<tr class="{kind}"><th scope="row">{cells[0]}</th>{"".join(f"<td>{cell}</td>" for cell in cells[1:])}</tr>'
        for kind, cells in rows
    )
    return (
        f'<p class="caption">{escape(caption)}</p>'
        f'<div class="scroll" tabindex="0"><table aria-label="{escape(caption)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def main_table(result: Results, colours: Colours) -> str:
    """Strategies as rows, the figures that matter first as columns."""
    everybody = result["data"]["n_queries"]
    rows = [
        (
            f"c{colours[name]}",
            [escape(name), _asked(figures, everybody), *(cell(figures, path, digits) for _, path, digits in MAIN)],
        )
        for name, figures in result["strategies"].items()
    ]
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in blank(result["strategies"]))
    shown = table("Below a figure: its 95 % interval", ["strategy", "asked", *(label for label, _, _ in MAIN)], rows)
    return shown + (f'<ul class="soft">{reasons}</ul>' if reasons else "")


def _asked(figures: Mapping[str, Any], everybody: int) -> str:
    asked = figures["counts"]["queries"]
    if not asked:
        return "–"
    return str(asked) if asked == everybody else f"{asked}<small>the first of {everybody}</small>"


def whole_table(result: Results) -> str:
    """Every figure as a row, strategies as columns."""
    strategies = result["strategies"]
    rows = [
        ("", [escape(label), *(cell(figures, path, digits) for figures in strategies.values())])
        for label, path, digits in ROWS
    ]
    return table("Every figure; below it its 95 % interval", ["figure", *strategies], rows)


def paired_table(result: Results, colours: Colours) -> str:
    """The reference strategy against each other one, figure by figure; empty where nothing was paired."""
    parts = []
    for first, others in result.get("paired", {}).items():
        rows = [
            (f"c{colours[name]}", [escape(name), *(_verdict(told[figure]) for figure in FIGURES)])
            for name, told in others.items()
        ]
        caption = f"{first} against each other strategy on the same queries: the difference, and what it is"
        parts.append(table(caption, [f"{first} against", *(NAMES[figure] for figure in FIGURES)], rows))
    return "".join(parts)


def overview(sets: Sequence[Results]) -> str:
    """What is wrong at the coverage that the reference chose, on every set, for it and for each other strategy."""
    told_of = [(one, name) for one in sets for told in one["paired"].values() for name in told]
    others = dict.fromkeys(name for one, name in told_of if names_anything(one["strategies"][name]))
    rows, firsts = [], list(dict.fromkeys(first for one in sets for first in one["paired"]))
    for one in sets:
        for first, told in one["paired"].items():
            at_coverage = {name: found["risk_at_coverage"] for name, found in told.items()}
            whole = max(at_coverage.values(), key=lambda found: found.get("queries") or 0)
            many = one["strategies"][first]["counts"]["queries"]
            cells = [_at_coverage(at_coverage[name], many) if name in told else "–" for name in others]
            covered = f"{one['strategies'][first]['coverage']:.0%}"
            own = "–" if whole["first"] is None else f"{whole['first']:.3f}"
            rows.append(("", [escape(one["data"]["name"]), covered, own, *cells]))
    caption = f"What is wrong in as many answers as {', '.join(firsts)} gives, and how it compares with each other one"
    return table(caption, ["set", "answered", *firsts[:1], *others], rows) if rows else ""


def _at_coverage(told: Mapping[str, Any], many: int) -> str:
    if told["second"] is None:
        return "–"
    kind = {"better": "is-better", "worse": "is-worse"}.get(told["word"], "soft")
    few = told.get("queries", many) < many
    against = f"<small>against {told['first']:.3f} on {told['queries']}</small>" if few else ""
    return f'{told["second"]:.3f}{against}<small class="{kind}">{told["word"]}</small>'


def cell(figures: Mapping[str, Any], path: tuple[str, ...], digits: str) -> str:
    """A figure with its interval below it; a dash for none."""
    value, interval = at(figures, path), interval_of(figures, path)
    if value is None:
        return "–"
    told = f"{value:{digits}}"
    return told if interval is None else f"{told}<small>{interval[0]:{digits}} to {interval[1]:{digits}}</small>"


def _verdict(told: Mapping[str, Any]) -> str:
    if told["difference"] is None:
        return "–"
    kind = {"better": "is-better", "worse": "is-worse"}.get(told["word"], "soft")
    p = f", p {told['p']:.2g}" if told["p"] is not None else ""
    return f'{told["difference"]:+.3f}<small class="{kind}">{told["word"]}{p}</small>'


def points_table(caption: str, x: str, lines: Mapping[str, Mapping[str, str]]) -> str:
    """Plotted points as a table: the places on the x axis as columns, one line a row. Folded away until asked for."""
    places = list(dict.fromkeys(place for line in lines.values() for place in line))
    rows = [("", [escape(name), *(escape(line.get(place, "–")) for place in places)]) for name, line in lines.items()]
    return folded("The same as a table", table(caption, [x, *places], rows))


def folded(summary: str, inside: str) -> str:
    """Something to be opened."""
    return f"<details><summary>{escape(summary)}</summary>{inside}</details>"
