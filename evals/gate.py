"""Conditions under which a user's CI fails: ``misled_rate > 0.05``, ``dense.aurc >= 0.2``, ``copycat.gain < 0``.

    condition  = [strategy "."] figure {"." name} operator number
    operator   = "<" | "<=" | ">" | ">=" | "==" | "!="

Read by this grammar and nothing else; a figure's value is only ever looked up and compared.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telltale import BadArgument

from .results import REFERENCE, Results

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
FIGURES = (
    *("coverage", "misled_rate", "help_rate", "honest_abstention", "distractor_share", "aurc", "excess_aurc"),
    *("aurc_floor_novel", "top1_has_match", "recall_at_10", "recall_at_50", "recall_at_100", "tokens", "cost"),
    *("p50_ms", "p95_ms", "coverage_at_risk.0.02", "coverage_at_risk.0.05", "coverage_at_risk.0.10"),
    *("copycat.success", "copycat.gain", "copycat.harm", "copycat.break_even", "reliability.calibration_error"),
)
_CONDITION = re.compile(
    r"\s*(?P<name>[A-Za-z_][\w.]*?)\s*(?P<operator>[<>]=?|[!=]=)\s*(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When to fail: ``strategy`` is ``None`` where the condition names none."""

    strategy: str | None
    figure: str
    operator: str
    number: float

    def __str__(self) -> str:
        named = f"{self.strategy}.{self.figure}" if self.strategy else self.figure
        return f"{named} {self.operator} {self.number!r}"


def read_condition(text: str, strategies: Collection[str]) -> Condition:
    """The condition that ``text`` says, about one of ``strategies``.

    Without a strategy's name it is about telltale where that is measured, else about the only one there is. Raises
    ``BadArgument`` for text that the grammar does not allow, for an unknown figure or strategy, and where it is open
    which strategy is meant.
    """
    found = _CONDITION.fullmatch(text)
    if not found:
        raise BadArgument(
            f'--fail-if {text!r}: expected "[strategy.]figure operator number", as in "misled_rate > 0.05"'
        )
    first, _, rest = found["name"].partition(".")
    strategy, figure = (None, found["name"]) if found["name"] in FIGURES else (first, rest)
    if figure not in FIGURES:
        raise BadArgument(f"--fail-if {text!r}: {found['name']!r} is no figure; expected one of {', '.join(FIGURES)}")
    meant = strategy or _meant(strategies)
    if meant not in strategies:
        known = ", ".join(strategies)
        raise BadArgument(f"--fail-if {text!r}: name one of the strategies that are measured ({known})")
    return Condition(strategy=strategy, figure=figure, operator=found["operator"], number=float(found["number"]))


def failures(conditions: Sequence[Condition], sets: Sequence[Results]) -> Iterator[str]:
    """Why the gate is shut, a sentence for each condition that holds, or that no figure can answer, in any set."""
    for result in sets:
        for condition in conditions:
            strategy = condition.strategy or _meant(result["strategies"]) or ""
            value = _value(result["strategies"][strategy], condition.figure)
            where = f"{result['data']['name']}: {strategy}.{condition.figure}"
            if value is None:
                yield f"{where} has no value here (a rate over nothing), so `{condition}` cannot be ruled out"
            elif OPERATORS[condition.operator](value, condition.number):
                yield f"{where} is {value:.6g}, and `{condition}` was to fail"


def _meant(strategies: Collection[str]) -> str | None:
    if REFERENCE in strategies:
        return REFERENCE
    return next(iter(strategies)) if len(strategies) == 1 else None


def _value(figures: Mapping[str, Any], figure: str) -> float | None:
    name, _, part = figure.partition(".")
    value = figures[name]
    found: float | None = value[part] if part and value is not None else value
    return found
