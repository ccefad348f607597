"""The tests as one page that opens offline: all of them at a glance, then a figure for each. Measures nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from telltale.evals.curve import order
from telltale.evals.page import colours_of
from telltale.evals.page_figures import BECAME, KINDS, curve_points
from telltale.evals.page_plots import Series, lines, percents, swatch
from telltale.evals.page_style import CSS
from telltale.evals.page_tables import Colours, cell, folded, table
from telltale.evals.results import Results, outcomes_of

from .run import COLUMNS
from .summary import name_of, order_against, said, strategies_of

NAMES, BARS, LEAST, ROW, TOP, GAP = 130, 230, 62, 15, 16, 8  # the bars together, and the least of a strategy
AT_A_GLANCE = "What became of the cases of each test; a bar is all of them."


def html(sets: Sequence[Results]) -> str:
    """The page of all tests, as text."""
    colours, names = colours_of(sets), strategies_of(sets)
    body = [
        "<header><h1>Small tests of memory</h1>",
        f'<p class="lead soft">{_about(sets)}</p></header>',
        f'<ul class="verdicts">{"".join(f"<li>{escape(line)}</li>" for line in said(sets))}</ul>',
        at_a_glance(sets),
        _figures(sets, names),
        "<h2>Test by test</h2>",
        f'<p class="soft">{_reads(sets)}</p>{_legend(names, colours)}',
        f'<div class="plots">{"".join(_test(one, colours) for one in sets)}</div>',
        _footer(sets[0]),
    ]
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>telltale: small tests of memory</title><style>{CSS}</style></head>\n<body>"
    )
    return "\n".join([head, *body, "</body></html>\n"])


def _about(sets: Sequence[Results]) -> str:
    asked = sum(one["data"]["n_queries"] for one in sets)
    return (
        f"{len(sets)} tests with one difficulty each, {asked:,} cases. A memory helps where it shows what applies, "
        "misleads where it shows what does not, and may say nothing."
    )


def _reads(sets: Sequence[Results]) -> str:
    risk = sets[0].get("settings", {}).get("risk")
    asked = f" Dashed: the risk that was asked for, {risk:.0%}." if risk else ""
    dot = "A dot: the setting it ran with; none: it said nothing."
    return f"Answering from the surest case to the least sure: how much is wrong so far. {dot}{asked}"


def at_a_glance(sets: Sequence[Results]) -> str:
    """All tests as one figure: a row a test, a column a strategy, bars of what became of the cases."""
    drawn = _glance(sets, strategies_of(sets))
    return f"<figure><figcaption><h3>At a glance</h3>{AT_A_GLANCE}</figcaption>{drawn}{_key()}</figure>"


def _glance(sets: Sequence[Results], names: Sequence[str]) -> str:
    wide, height = max(BARS / max(1, len(names)), LEAST), TOP + ROW * len(sets) + 4
    parts = [
        f'<text class="name" x="{NAMES + wide * place:.1f}" y="{TOP - 5}">{escape(name)}</text>'
        for place, name in enumerate(names)
    ]
    for row, one in enumerate(sets):
        y = TOP + ROW * row
        words = escape(name_of(one).removesuffix("_same_words").replace("_", " "))
        parts.append(f'<text class="name" x="{NAMES - 6}" y="{y + 10}" text-anchor="end">{words}</text>')
        for place, name in enumerate(names):
            parts += _bar(one["strategies"].get(name), NAMES + wide * place, y, wide - GAP)
    return (
        f'<svg viewBox="0 0 {NAMES + wide * len(names):.0f} {height}" role="img" aria-label="All tests at a glance">'
        f"<desc>{AT_A_GLANCE}</desc>{''.join(parts)}</svg>"
    )


def _bar(figures: Mapping[str, Results] | None, x: float, y: float, wide: float) -> Iterator[str]:
    letters = [KINDS[letter] for letter in figures["per_query"]["outcome"]] if figures else []
    for kind in BECAME:
        width = wide * letters.count(kind) / max(1, len(letters))
        told = f"<title>{letters.count(kind)} of {len(letters)} {BECAME[kind]}</title>"
        yield f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 4}">{told}</rect>'
        x += width


def _key() -> str:
    items = "".join(f'<li><i class="{kind}"></i>{escape(words)}</li>' for kind, words in BECAME.items())
    return f'<ul class="legend">{items}</ul>'


def _legend(names: Sequence[str], colours: Colours) -> str:
    items = "".join(f"<li>{swatch(colours[name])}{escape(name)}</li>" for name in names)
    return f'<ul class="legend">{items}</ul>'


def _figures(sets: Sequence[Results], names: Sequence[str]) -> str:
    """Every figure of every test, folded away."""
    heads = ["test", "strategy", *(label for label, _ in COLUMNS), "order against it"]
    rows = [
        ("", [escape(name_of(one)), escape(name), *_cells(one["strategies"][name]), order_against(one).get(name, "")])
        for one in sets
        for name in names
        if name in one["strategies"]
    ]
    return folded("Every figure", table("misled: of answers. Below a figure: its 95 % interval", heads, rows))


def _cells(figures: Results) -> list[str]:
    return [cell(figures, (figure,), ".2f") for _, figure in COLUMNS]


def _test(result: Results, colours: Colours) -> str:
    """One test: its name, what it is about, and the curves of its strategies."""
    told = {name: outcomes_of(figures) for name, figures in result["strategies"].items()}
    known = {name: one for name, one in told.items() if one is not None and len(one.right)}
    curves = {name: curve_points(order(one.score, ~one.best_right)) for name, one in known.items()}
    names = sorted(curves, key=lambda name: colours[name])
    series = [
        Series(name=name, colour=colours[name], points=curves[name], mark=_mark(result["strategies"][name]))
        for name in names
    ]
    title, says = name_of(result).replace("_", " "), result.get("says", "")
    risk = result.get("settings", {}).get("risk")
    drawn = lines(title, says, series, (percents("cases answered"), percents("wrong")), rule=risk)
    rows = [(f"c{colours[name]}", [escape(name), *_cells(result["strategies"][name])]) for name in names]
    below = folded("Its figures", table("misled: of answers", ["", *(label for label, _ in COLUMNS)], rows))
    return f"<figure><figcaption><h3>{escape(title)}</h3>{escape(says)}</figcaption>{drawn}{below}</figure>"


def _mark(figures: Results) -> tuple[float, float, float, float] | None:
    rate, ends = figures["misled_rate"], figures["intervals"]["misled_rate"]
    return None if rate is None else (figures["coverage"], rate, ends[0], ends[1])


def _footer(first: Results) -> str:
    machine, versions = first.get("machine", {}), first["versions"]
    told = {
        "command": f"<code>{escape(first['command'])}</code>",
        "versions": escape(", ".join(f"{name} {number}" for name, number in versions.items())),
        "machine": escape(f"{machine.get('system')} {machine.get('kind')}, {machine.get('cores')} cores"),
        "seed": str(first["data"]["seed"]),
    }
    return f"<footer><dl>{''.join(f'<dt>{name}</dt><dd>{words}</dd>' for name, words in told.items())}</dl></footer>"
