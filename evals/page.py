"""A page of results: one HTML file that opens offline, on a phone, on paper, by day and by night.

Made of a results object alone (``results.py``) and of nothing that is not in it. Measures nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from .page_figures import figures_of
from .page_style import CSS
from .page_tables import Colours, folded, main_table, overview, paired_table, whole_table
from .results import REFERENCE, Results
from .standing import STANDS, Standing, first_of, not_better, silent, standings

MEANT = {
    "AURC": """area under the risk-coverage curve: the error among the cases answered so far, averaged from the surest
        to the least sure. Less is better.""",
    "misled, of answers": "answers whose first memory is not what the case called for.",
    "helped": "cases that something remembered applies to and that got it.",
    "honest abstention": "cases that nothing remembered applies to and that were told so.",
    "copycat": """an agent that does what the first memory says, and works alone where it is shown none. It gains the
        tasks done beyond those it does alone, and breaks even at a skill that this memory no longer adds to.""",
    "better, worse": """told by a test on the same queries at the level of 5 %, each by itself: of twenty equal pairs
        one is told apart by chance.""",
}
MOST_DRAWN = 12  # sets; a page of more has tables alone
FIXED = {  # numbers of colours
    REFERENCE: 0,
    "dense": 1,
    "dense_floor": 1,
    "lexical": 2,
    "hybrid": 3,
    "hybrid_rerank": 3,
    "random": 4,
    "none": 4,
    "oracle": 4,
    "chromadb": 5,
    "mem0": 6,
    "langgraph": 7,
}


def html(sets: Sequence[Results], beside: Sequence[str] = ()) -> str:
    """The page of one or more sets, as text; ``beside`` are sections of other evaluations (``page_beside.py``)."""
    colours = colours_of(sets)
    names = [escape(one["data"]["name"]) for one in sets]
    body = [
        "<header><h1>Does memory help, or mislead?</h1>",
        f'<p class="lead soft">{_asked(sets)}</p></header>',
        _verdicts(sets),
        overview(sets),
        _not_better(sets),
        *beside,
        _contents(names) if len(sets) > 1 else "",
        *(_section(place, one, colours, brief=len(sets) > MOST_DRAWN) for place, one in enumerate(sets)),
        _words(),
        _footer(sets),
    ]
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>telltale eval: {', '.join(names)}</title><style>{CSS}</style></head>\n<body>"
    )
    return "\n".join([head, *filter(None, body), "</body></html>\n"])


def colours_of(sets: Sequence[Results]) -> dict[str, int]:
    """A colour for each strategy, the same on every set and every page as far as there are enough of them."""
    names = dict.fromkeys(name for one in sets for name in one["strategies"])
    others = [name for name in names if name not in FIXED]
    return {name: FIXED.get(name, 5 + others.index(name) % 3 if name in others else 0) for name in names}


def _asked(sets: Sequence[Results]) -> str:
    asked = sum(one["data"]["n_queries"] for one in sets)
    many = f"{len(sets)} sets" if len(sets) > 1 else escape(sets[0]["data"]["name"])
    strategies = len({name for one in sets for name in one["strategies"]})
    return (
        f"{strategies} ways of using a memory of past cases, {asked:,} new cases, {many}. "
        "A way is asked what to follow; it helps when it shows what applies, misleads when it shows what does not, "
        "and may say nothing."
    )


def _verdicts(sets: Sequence[Results]) -> str:
    lines = [line for one in sets for line in _said(one, named=len(sets) > 1)] if len(sets) <= MOST_DRAWN else []
    return f'<ul class="verdicts">{"".join(lines)}</ul>' if lines else ""


def _said(result: Results, *, named: bool) -> Iterator[str]:
    """How much the reference misleads, and whether any rival is wrong less at the same coverage.

    Where it answers nothing there is no coverage to compare at, and the order of its answers is compared instead.
    """
    first = first_of(result)
    if first is None:
        return
    own, found = result["strategies"][first], standings(result)
    words = {one.word for one in found}
    where = f"<strong>{escape(result['data']['name'])}.</strong> " if named else ""
    kind = "worse" if "worse" in words else "better" if words == {"better"} else "open"
    if silent(result):
        answered = f"{escape(first)} answered nothing. Over all cases in order (AURC) it is"
    else:
        said = f"{escape(first)} answered {own['coverage']:.0%} and misled in {own['misled_rate']:.1%} of that."
        answered = f"{said} In as many answers it is"
    yield f'<li class="{kind}">{where}{answered} {_stands(found)}.</li>'


def _stands(found: Sequence[Standing]) -> str:
    """The rivals by how they compare, in a sentence."""
    by = {word: [escape(one.rival) for one in found if one.word == word] for word in STANDS}
    said = [f"{_word(word)} {', '.join(names)}" for word, names in by.items() if names]
    return "; ".join(said) or "held against nothing"


def _word(word: str) -> str:
    return f"<strong>{STANDS[word]}</strong>" if word == "worse" else STANDS[word]


def _not_better(sets: Sequence[Results]) -> str:
    """The sets on which a rival is at least as good, with the figures; said also where there is none."""
    if not any(map(standings, sets)):
        return ""
    lines = [f"<li>{escape(line)}</li>" for line in not_better(sets)]
    name = escape(first_of(sets[0]) or "")
    head = f"<section><h2>Where {name} is not better</h2>"
    if not lines:
        return f"{head}<p>On every set it is wrong less than each other way, in as many answers.</p></section>"
    return f"{head}<ul>{''.join(lines)}</ul></section>"


def _contents(names: Sequence[str]) -> str:
    links = "".join(f'<li><a href="#set-{place}">{name}</a></li>' for place, name in enumerate(names))
    return f'<nav aria-label="sets"><ul>{links}</ul></nav>'


def _section(place: int, result: Results, colours: Colours, *, brief: bool) -> str:
    data = result["data"]
    families = result.get("families")
    resampled = f" Intervals are for other families of tasks (by {escape(families['by'])})." if families else ""
    drawn = f"{data['n_memory']:,} past cases remembered, {data['n_queries']:,} new ones asked, seed {data['seed']}."
    prior = result.get("settings", {}).get("prior")
    begun = f" Memories start from the prior {escape(prior)}." if prior else ""
    return "\n".join(
        [
            f'<section id="set-{place}"><h2>{escape(data["name"])}</h2>',
            f'<p class="soft">{escape(result.get("says", ""))} {drawn}{begun}{resampled}</p>',
            main_table(result, colours),
            "" if brief else f'<div class="plots">{"".join(figures_of(result, colours))}</div>',
            paired_table(result, colours),
            folded("Every figure", whole_table(result)),
            "</section>",
        ]
    )


def _words() -> str:
    """What the figures mean, for who meets them here first."""
    said = "".join(f"<dt>{name}</dt><dd>{words}</dd>" for name, words in MEANT.items())
    return f"<section><h2>Words</h2><dl>{said}</dl></section>"


def _footer(sets: Sequence[Results]) -> str:
    first = sets[0]
    machine = first.get("machine", {})
    told = {
        "command": f"<code>{escape(first['command'])}</code>",
        "versions": escape(", ".join(f"{name} {number}" for name, number in first["versions"].items())),
        "machine": escape(f"{machine.get('system')} {machine.get('kind')}, {machine.get('cores')} cores"),
        "seed": str(first["data"]["seed"]),
        "date": escape(first.get("date", "not told")),
    }
    data = {f"data: {one['data']['name']}": f"SHA-256 <code>{one['data']['sha256']}</code>" for one in sets}
    said = "".join(f"<dt>{escape(name)}</dt><dd>{words}</dd>" for name, words in {**told, **data}.items())
    return f"<footer><dl>{said}</dl></footer>"
