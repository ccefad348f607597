"""A skill's own boundaries and preconditions held against a case, as differences to mind.

What only a run will show (the result of a step) is not known yet and says nothing here. Decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from telltale.memory import references
from telltale.memory.contrast import kind_name
from telltale.memory.references import Sight
from telltale.memory.types import Boundary, Condition, Difference, Facet, Skill

from .odds import log_odds

TOLD = 4  # differences told of one skill
WEIGHT = 0.5  # of what a boundary says, beside the guard
Z = 1.959964
DOUBT = 2.0  # runs that went against expectation, as memory/contrast.py has it


def bounds(skill: Skill, sight: Sight) -> tuple[Difference, ...]:
    """What stands against using ``skill`` for a case: boundaries that are crossed, then preconditions that it lacks."""
    return (*_crossed(skill.boundaries, sight), *_missing(skill.preconditions, sight))


def first(own: Sequence[Difference], others: Sequence[Difference]) -> tuple[Difference, ...]:
    """``own``, then those of ``others`` that are about something else; at most TOLD."""
    kinds = {difference.kind for difference in own}
    return (*own, *(difference for difference in others if difference.kind not in kinds))[:TOLD]


def against(skill: Skill, sight: Sight) -> float:
    """The log-odds that the skill's own boundaries take from its procedures for a case; at most 0.

    Those of the crossed boundary that past runs bear out most surely, by the lower end of a 95 % Wilson interval, at
    WEIGHT: the guard has seen the fact as well. Words are left to the guard, which weighs them better
    (docs/design/052-skills-in-recall.md).
    """
    facts = (one.condition for one in skill.boundaries if one.condition and one.condition.kind != "words")
    shares = [surely(condition) for condition in facts if holds(condition, sight)]
    return -WEIGHT * max([0.0, *(log_odds(share) for share in shares)])


def surely(condition: Condition) -> float:
    """The lower end of the interval of the share of runs that bear it out (Wilson 1927)."""
    if not 0 < condition.seen <= condition.of:
        return 0.0
    share, spread = condition.seen / condition.of, Z * Z / condition.of
    return (share + spread / 2 - Z * math.sqrt((share * (1 - share) + spread / 4) / condition.of)) / (1 + spread)


def holds(condition: Condition, sight: Sight) -> bool | None:
    """Whether it holds for the case as it came in; None where only a run will show."""
    return None if condition.kind.startswith("result:") else references.holds(condition, sight)


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


def _crossed(boundaries: Iterable[Boundary], sight: Sight) -> Iterable[Difference]:
    for boundary in boundaries:
        if boundary.condition and holds(boundary.condition, sight):
            yield _difference(boundary.condition, sight.facets, there="", evidence=f"not to be used {boundary.text}")


def _missing(preconditions: Iterable[Condition], sight: Sight) -> Iterable[Difference]:
    for condition in preconditions:
        if holds(condition, sight) is False:
            told = f"{in_words(condition)} in {condition.seen} of {condition.of} past runs"
            yield _difference(condition, sight.facets, there=condition.value, evidence=told)


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
