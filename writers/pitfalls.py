"""What failed runs did that successful ones did not: tools, repetitions, orders, errors, omissions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from telltale.memory.types import Episode

_CHANCE = 0.1  # largest probability that the runs fell like this by chance
_MOST = 5
_USUAL = 0.9  # share of successes that makes a tool part of the procedure
_ERROR_SHOWN = 80  # characters
_TOOLS_COMPARED = 20  # for their order


class Pitfall(NamedTuple):
    """One thing that goes with failing."""

    text: str
    evidence: tuple[str, ...]  # ids of the failed runs that have it, sorted


def find_pitfalls(successes: Sequence[Episode], failures: Sequence[Episode]) -> list[Pitfall]:
    """At most five, the least likely to be chance first.

    Kept is what two failures or more have and what Fisher's exact test (one-sided) gives at most .1 by chance. Of
    things that the same failures have, the first named in this module's first line is kept.
    """
    usual = _usual_tools(successes)
    done = {run.id: set(_traits(run, usual)) for run in (*successes, *failures)}
    failed = {trait for run in failures for trait in done[run.id]}
    found: dict[tuple[str, ...], tuple[float, int, Pitfall]] = {}
    for rank, trait in sorted(failed):
        having = tuple(sorted(run.id for run in failures if (rank, trait) in done[run.id]))
        also = sum((rank, trait) in done[run.id] for run in successes)
        chance = fisher(len(having), len(failures), also, len(successes))
        if len(having) > 1 and chance <= _CHANCE and having not in found:
            share = f"{len(having)} of {len(failures)}"
            said = f"{share} failed runs {trait}; of the successful ones {also} of {len(successes)}"
            found[having] = (chance, rank, Pitfall(said, having))
    return [pitfall for _, _, pitfall in sorted(found.values(), key=lambda each: (each[0], each[1], each[2]))[:_MOST]]


def fisher(first: int, of_first: int, second: int, of_second: int) -> float:
    """The probability of ``first`` or more of ``of_first``, given how many of both groups have it (one-sided).

    >>> fisher(3, 3, 0, 3)
    0.05
    """
    total, having = of_first + of_second, first + second
    ways = (math.comb(of_first, k) * math.comb(of_second, having - k) for k in range(first, min(of_first, having) + 1))
    return sum(ways) / math.comb(total, having)


def _usual_tools(successes: Sequence[Episode]) -> list[str]:
    used: dict[str, int] = {}
    for run in successes:
        for tool in {step.tool for step in run.steps}:
            used[tool] = used.get(tool, 0) + 1
    return sorted(tool for tool, runs in used.items() if runs >= _USUAL * len(successes))


def _traits(run: Episode, usual: Sequence[str]) -> Iterator[tuple[int, str]]:
    """What the run did, each with the rank of its kind: plainer statements first."""
    times: dict[str, int] = {}
    for step in run.steps:
        times[step.tool] = times.get(step.tool, 0) + 1
        if step.error:
            said = " ".join(step.error.split())[:_ERROR_SHOWN]
            yield 3, f"met '{said}' from {step.tool}"
    yield from ((0, f"called {tool}") for tool in times)
    yield from ((1, f"called {tool} more than once") for tool, count in times.items() if count > 1)
    yield from ((2, order) for order in _orders(times))
    yield from ((4, f"never called {tool}") for tool in usual if tool not in times)


def _orders(times: Mapping[str, int]) -> Iterator[str]:
    """Which tool was first called before which."""
    tools = list(times)[:_TOOLS_COMPARED]
    for at, first in enumerate(tools):
        for later in tools[at + 1 :]:
            yield f"called {first} before {later}"
