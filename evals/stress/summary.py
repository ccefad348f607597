"""All tests in a few sentences: in how many a strategy misleads, helps, and orders answers better than another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from telltale.evals.results import Results

WORDS = ("better", "worse", "cannot be told apart")


def name_of(result: Results) -> str:
    """The test's own name."""
    return str(result["data"]["name"]).partition("/")[2]


def strategies_of(sets: Sequence[Results]) -> list[str]:
    """The strategies that answered at least one test, in their order."""
    names = dict.fromkeys(name for one in sets for name, figures in one["strategies"].items() if _asked(figures))
    return list(names)


def _asked(figures: Results) -> bool:
    return bool(figures["counts"]["queries"])


def order_against(result: Results) -> dict[str, str]:
    """The reference's order of answers (AURC) against each other strategy, by a paired test: one of ``WORDS``."""
    return {name: figures["aurc"]["word"] for others in result["paired"].values() for name, figures in others.items()}


def said(sets: Sequence[Results]) -> Iterator[str]:
    """A sentence a strategy, then one for each that the reference is held against."""
    for name in strategies_of(sets):
        told = [one["strategies"][name] for one in sets]
        misleads = sum(bool(figures["misled_rate"]) for figures in told)
        helps = sum(bool(figures["help_rate"]) for figures in told)
        asked = sum(figures["help_rate"] is not None for figures in told)
        helped = f" and helps in {helps} of the {asked} in which something applies" if asked else ""
        yield f"{name} misleads in {misleads} of {len(sets)} tests{helped}."
    first = next((name for one in sets for name in one["paired"]), None)
    for other in dict.fromkeys(name for one in sets for name in order_against(one)):
        counted = Counter(order_against(one).get(other) for one in sets)
        stands = ", ".join(f"{word} in {counted[word]}" for word in WORDS)
        yield f"Order of answers (AURC), {first} against {other}: {stands}."
