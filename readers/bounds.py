"""A skill's own boundaries and preconditions held against a case, as differences to mind.

What only a run will show (the result of a step) is not known yet and says nothing here. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from telltale.memory import references
from telltale.memory.contrast import kind_name
from telltale.memory.types import Boundary, Condition, Difference, Facet, Skill

from .neighbourhood import Described

TOLD = 4  # differences told of one skill
DOUBT = 2.0  # runs that went against expectation, as memory/contrast.py has it


def bounds(skill: Skill, asked: Described, others: Sequence[Difference]) -> tuple[Difference, ...]:
    """What of the case stands against using ``skill``, then ``others`` about other kinds of fact; at most TOLD."""
    own = [*_crossed(skill.boundaries, asked), *_missing(skill.preconditions, asked)]
    kinds = {difference.kind for difference in own}
    return (*own, *(difference for difference in others if difference.kind not in kinds))[:TOLD]


def holds(condition: Condition, asked: Described) -> bool | None:
    """Whether it holds for the case as it came in; None where only a run will show."""
    return None if condition.kind.startswith("result:") else references.holds(condition, asked.sight)


def in_words(condition: Condition) -> str:
    """A condition as people say it.

    >>> in_words(Condition(kind="choice:payment", value="gift card"))
    'payment is gift card'
    >>> in_words(Condition(kind="result:get_order.status", value="pending", holds=False))
    'what get_order showed as status is not pending'
    """
    name = kind_name(condition.kind)
    if condition.kind.startswith("result:"):
        tool, _, path = condition.kind.removeprefix("result:").partition(".")
        name = f"what {tool} showed{path and f' as {path}'}"
    elif condition.kind == "words":
        return f"the task {'says' if condition.holds else 'does not say'} '{condition.value}'"
    if not condition.value:
        return f"there is {'a' if condition.holds else 'no'} {name}"
    return f"{name} {'is' if condition.holds else 'is not'} {condition.value}"


def _crossed(boundaries: Iterable[Boundary], asked: Described) -> Iterable[Difference]:
    for boundary in boundaries:
        if boundary.condition and holds(boundary.condition, asked):
            yield _difference(boundary.condition, asked.facets, there="", evidence=f"not to be used {boundary.text}")


def _missing(preconditions: Iterable[Condition], asked: Described) -> Iterable[Difference]:
    for condition in preconditions:
        if holds(condition, asked) is False:
            told = f"{in_words(condition)} in {condition.seen} of {condition.of} past runs"
            yield _difference(condition, asked.facets, there=condition.value, evidence=told)


def _difference(condition: Condition, facets: Iterable[Facet], *, there: str, evidence: str) -> Difference:
    here = sorted({facet.value for facet in facets if facet.kind == condition.kind})
    against = condition.of - condition.seen
    return Difference(
        kind=condition.kind,
        case_value=",".join(here),
        candidate_value=there if condition.holds else "",
        weight=max(0.0, (condition.seen - against) / (condition.of + DOUBT)),
        evidence=evidence,
        differed=condition.of,
        otherwise=condition.seen,
    )
