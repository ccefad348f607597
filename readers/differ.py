"""Names what separates a case from a candidate: facts first, then the step that would be wrong, then words.

Every difference carries both values and what the memory knows of such differences. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from telltale.memory.contrast import differences
from telltale.memory.profiles import parts_of
from telltale.memory.text import hashed, words
from telltale.memory.types import Case, Difference, Episode, Facet

from .guard import Guard
from .neighbourhood import Described, Neighbours
from .terms import Floats

TOLD = 4  # differences named for one candidate
TELLING = 0.05  # a kind of fact that weighs less than this never mattered here
USED = 0.5  # the mean count from which on a procedure's runs use a tool
EXPECTED = 0.3  # how far apart expected counts must be before a step is named
WORDS = 3


def facts_that_differ(asked: Described, facets: Sequence[Facet], guard: Guard) -> tuple[Difference, ...]:
    """The facts in which the case and one with ``facets`` differ, most telling first, at most TOLD."""
    found = guard.differences.weigh(differences(asked.facets, facets))
    telling = [difference for difference in found if difference.weight > TELLING or not guard.differences.pairs]
    return tuple(telling[:TOLD])


def why_refused(
    asked: Described, other: Episode, facets: Sequence[Facet], around: Neighbours, guard: Guard
) -> tuple[Difference, ...]:
    """What gives a refused episode away: the facts that differ, the step that would be wrong, else the words."""
    facts = facts_that_differ(asked, facets, guard)
    wrong = _step(guard.procedure(other.key), around, guard)
    return (*facts[: TOLD - len(wrong)], *wrong) or _words(asked, other.case, guard)


def _step(procedure: str, around: Neighbours, guard: Guard) -> tuple[Difference, ...]:
    """What this case should need and the procedure lacks, against what it has and the case should not.

    A tool of the past runs where those tell, else a part of the procedures' names.
    """
    return _of_tools(procedure, around, guard) or _of_parts(procedure, around, guard)


def _of_tools(procedure: str, around: Neighbours, guard: Guard) -> tuple[Difference, ...]:
    steps, place = guard.panel.steps, guard.panel.place
    if not steps.tools or procedure not in place:
        return ()
    with_tool = {name: steps.profiles[place[name]] >= USED for name in around.counts if name in place}
    gap = around.opinion.steps - steps.profiles[place[procedure]]
    return _named(steps.tools, gap, procedure, around, lambda name, tool: name in with_tool and with_tool[name][tool])


def _of_parts(procedure: str, around: Neighbours, guard: Guard) -> tuple[Difference, ...]:
    parts = guard.panel.parts
    if not parts:
        return ()
    gap = around.opinion.profile[:-1] - guard.panel.profiles_of([procedure])[0, :-1]
    return _named(parts, gap, procedure, around, lambda name, part: parts[part] in _parts(name))


def _named(
    names: Sequence[str], gap: Floats, procedure: str, around: Neighbours, has: Callable[[str, int], bool]
) -> tuple[Difference, ...]:
    """The difference in one of ``names``, where ``gap`` is how much more of each is expected than is there."""
    wanting, needless = int(np.argmax(gap)), int(np.argmin(gap))
    if gap[wanting] < EXPECTED:
        return ()
    used = sum(count for name, count in around.counts.items() if has(name, wanting))
    if used < around.counts[procedure]:
        return ()
    return (
        Difference(
            kind="step",
            case_value=names[wanting],
            candidate_value=names[needless] if gap[needless] < -EXPECTED else "",
            weight=float(min(1.0, gap[wanting])),
            evidence=f"{used} of the {len(around.procedures)} past cases around this one used {names[wanting]}",
            differed=len(around.procedures),
            otherwise=used,
        ),
    )


@lru_cache(maxsize=4096)
def _parts(procedure: str) -> frozenset[str]:
    return frozenset(parts_of(procedure))


def _words(asked: Described, other: Case, guard: Guard) -> tuple[Difference, ...]:
    """The most telling words that only one of the two has; nothing where both have the same words."""
    ours, theirs = words(asked.case.text), words(other.text)
    only_ours, only_theirs = _rarest(ours, theirs, guard), _rarest(theirs, ours, guard)
    if not only_ours and not only_theirs:
        return ()
    return (Difference(kind="words", case_value=only_ours, candidate_value=only_theirs),)


def _rarest(said: Sequence[str], unsaid: Sequence[str], guard: Guard) -> str:
    only = sorted(set(said) - set(unsaid))
    weight = {word: float(guard.panel.words.weigh(hashed([word]))[0]) for word in only}
    chosen = sorted(only, key=lambda word: (-weight[word], word))[:WORDS]
    return " ".join(word for word in said if word in chosen)[:80]
