"""Where telltale stands against each other way on a set, and where it is not better, said in a sentence.

Told by the paired tests that a results object holds: what is wrong in as many answers as telltale gives, or over all
cases in order (AURC) where it gives none. Its own other settings and the oracle, which is a bound, are no rivals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .results import REFERENCE, Results

BOUND = "oracle"
STANDS = {
    "better": "wrong less than",
    "worse": "wrong more than",
    "cannot be told apart": "not to be told apart from",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The first against one rival: the figure that decides, both values, the word, and on how many queries."""

    rival: str
    figure: str  # risk_at_coverage, or aurc
    own: float | None
    other: float | None
    word: str
    queries: int | None


def first_of(result: Results) -> str | None:
    """The strategy that the others are held against; ``None`` where nothing was paired."""
    return next(iter(result["paired"]), None)


def silent(result: Results) -> bool:
    """Whether the first answered nothing, so that there is no coverage to compare at."""
    first = first_of(result)
    return first is None or result["strategies"][first]["misled_rate"] is None


def standings(result: Results) -> list[Standing]:
    """How the first stands against each rival that ever named a candidate, in the order of the strategies."""
    first, figure = first_of(result), "aurc" if silent(result) else "risk_at_coverage"
    told = result["paired"].get(first, {})
    return [
        Standing(
            rival=name,
            figure=figure,
            own=one[figure]["first"],
            other=one[figure]["second"],
            word=one[figure]["word"],
            queries=one[figure].get("queries"),
        )
        for name, one in told.items()
        if is_rival(name) and names_anything(result["strategies"][name])
    ]


def is_rival(name: str) -> bool:
    """Neither a setting of telltale's nor a bound."""
    return not name.startswith(f"{REFERENCE}_") and name != BOUND


def names_anything(figures: Mapping[str, Any]) -> bool:
    """Whether a strategy ever named a candidate, so that there is something to hold another one against."""
    return bool(figures["coverage"] or figures["top1_has_match"])


def not_better(sets: Sequence[Results]) -> Iterator[str]:
    """A sentence for each set on which the first is not wrong less than every rival, in plain text."""
    for one in sets:
        open_ = [standing for standing in standings(one) if standing.word != "better"]
        if open_:
            yield f"{one['data']['name']}: {_about(one)} {_grouped(open_)}."


def _about(result: Results) -> str:
    first = first_of(result) or ""
    own = result["strategies"][first]
    if silent(result):
        return f"{first} answered nothing. Over all cases in order (AURC {own['aurc']:.3f}) it is"
    said = f"{first} answered {own['coverage']:.0%} and misled in {own['misled_rate']:.3f} of that."
    return f"{said} In as many answers it is"


def _grouped(found: Sequence[Standing]) -> str:
    by = {word: [_named(one) for one in found if one.word == word] for word in ("worse", "cannot be told apart")}
    return "; ".join(f"{STANDS[word]} {', '.join(names)}" for word, names in by.items() if names)


def _named(one: Standing) -> str:
    return f"{one.rival} ({one.other:.3f})" if one.other is not None else one.rival
