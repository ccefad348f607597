"""What goes with failing: actions, orders, errors and omissions that failed runs have and successful ones lack.

And what got past an error: failed calls of runs that succeeded all the same, with the call that worked. Each statement
is counted, and a pitfall is kept only where the counts are unlikely to be chance.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from telltale.memory.types import Step

from .facts import fisher
from .reading import Reading, failed

_CHANCE = 0.1  # largest probability that the runs fell like this by chance
_MOST = 5
_USUAL = 0.9  # share of successes that makes a tool part of the procedure
_ERROR_SHOWN = 80  # characters
_TOOLS_COMPARED = 20  # for their order
_NAME = re.compile(r"[\w#-]*\d[\w-]*")  # an order, a line, a time: what differs from one error to the next


class Lesson(NamedTuple):
    """One thing that goes with failing, or one that got past an error."""

    text: str
    evidence: tuple[str, ...]  # ids of the runs that have it, sorted
    spans: tuple[str, ...]  # where, as far as it has a place
    chance: float | None = None


def find_pitfalls(successes: Sequence[Reading], failures: Sequence[Reading]) -> list[Lesson]:
    """At most five, the least likely to be chance first.

    Kept is what two failures or more have and what Fisher's exact test (one-sided), times the number of things that
    were looked at, gives at most .1 by chance. Of things that the same failures have, the one that fewest successes
    have is kept, then the first named in this module's first line.
    """
    usual = _usual_tools(successes)
    done = {run.episode.id: dict(_traits(run.episode.steps, usual)) for run in (*successes, *failures)}
    groups: dict[tuple[str, ...], list[tuple[int, int, str]]] = {}  # failed runs -> what just these have
    for rank, trait in {trait for run in failures for trait in done[run.episode.id]}:
        having = tuple(sorted(run.episode.id for run in failures if (rank, trait) in done[run.episode.id]))
        also = sum((rank, trait) in done[run.episode.id] for run in successes)
        if len(having) > 1:
            groups.setdefault(having, []).append((also, rank, trait))
    found = []
    for having, traits in groups.items():
        also, rank, trait = min(traits)
        chance = fisher(len(having), len(failures), also, len(successes)) * len(groups)
        if chance <= _CHANCE:
            share = f"{len(having)} of {len(failures)}"
            said = f"{share} failed runs {trait}; of the successful ones {also} of {len(successes)}"
            places = ((id_, done[id_][rank, trait]) for id_ in having)
            spans = tuple(f"{id_}#{at}" for id_, at in places if at is not None)
            found.append((chance, rank, Lesson(said, having, spans, chance)))
    return [lesson for _, _, lesson in sorted(found, key=lambda each: (each[0], each[1], each[2].text))[:_MOST]]


def find_recoveries(successes: Sequence[Reading]) -> list[Lesson]:
    """Errors that two or more successful runs met, each with what most of them did next that worked; at most five."""
    met: dict[str, dict[str, list[tuple[str, int, int]]]] = {}  # error -> what got past it -> run, from, to
    for run in successes:
        for error, past, first, last in _overcome(run.episode.steps):
            met.setdefault(error, {}).setdefault(past, []).append((run.episode.id, first, last))
    found = []
    for error, ways in met.items():
        past, places = min(ways.items(), key=lambda way: (-len({run for run, _, _ in way[1]}), way[0]))
        runs = tuple(sorted({run for run, _, _ in places}))
        overcame = len({run for way in ways.values() for run, _, _ in way})
        if len(runs) > 1:
            spans = tuple(f"{run}#{at}" for run, first, last in places for at in (first, last))
            text = f"after {error}, {len(runs)} of {overcame} runs that succeeded {past}"
            found.append((-len(runs), Lesson(text, runs, spans)))
    return [lesson for _, lesson in sorted(found)[:_MOST]]


def error_of(step: Step) -> str:
    """The error of a failed call in short, without the names of single things."""
    said = step.error or step.observation
    if said.lstrip().startswith("{"):
        with suppress(ValueError, LookupError, TypeError, RecursionError):
            said = str(json.loads(said)["error"])
    return _NAME.sub("...", " ".join(said.split())[:_ERROR_SHOWN])


def _usual_tools(successes: Sequence[Reading]) -> list[str]:
    used: dict[str, int] = {}
    for run in successes:
        for tool in {each.step.tool for each in run.done}:
            used[tool] = used.get(tool, 0) + 1
    return sorted(tool for tool, runs in used.items() if runs >= _USUAL * len(successes))


def _traits(steps: Sequence[Step], usual: Sequence[str]) -> Iterator[tuple[tuple[int, str], int | None]]:
    """What the run did, each with the rank of its kind, plainer statements first, and where it did so."""
    first: dict[str, int] = {}
    times: dict[str, int] = {}
    for at, step in enumerate(steps):
        first.setdefault(step.tool, at)
        times[step.tool] = times.get(step.tool, 0) + 1
        if failed(step):
            yield (3, f"met '{error_of(step)}' from {step.tool}"), at
    yield from (((0, f"called {tool}"), at) for tool, at in first.items())
    yield from (((1, f"called {tool} more than once"), first[tool]) for tool, count in times.items() if count > 1)
    yield from (((2, order), None) for order in _orders(first))
    yield from (((4, f"never called {tool}"), None) for tool in usual if tool not in first)


def _orders(first: Mapping[str, int]) -> Iterator[str]:
    """Which tool was first called before which."""
    tools = list(first)[:_TOOLS_COMPARED]
    for at, tool in enumerate(tools):
        for later in tools[at + 1 :]:
            yield f"called {tool} before {later}"


def _overcome(steps: Sequence[Step]) -> Iterator[tuple[str, str, int, int]]:
    """Each error that is not followed by another of its tool at once, what got past it, and where both stand."""
    for at, step in enumerate(steps[:-1]):
        if not failed(step):
            continue
        later = next((then for then in range(at + 1, len(steps)) if not failed(steps[then])), None)
        if later is None or any(failed(each) and each.tool == step.tool for each in steps[at + 1 : later]):
            continue
        yield f"'{error_of(step)}' from {step.tool}", _past(step, steps[later]), at, later


def _past(step: Step, then: Step) -> str:
    if then.tool != step.tool:
        return f"went on with {then.tool}"
    other = sorted(
        name for name in {*step.arguments, *then.arguments} if step.arguments.get(name) != then.arguments.get(name)
    )
    return f"called it again with another {' and '.join(other)}" if other else "called it again"
