"""The figures of a comparison, small enough to be committed: what documents say is made of them (``regions.py``).

    {"schema": 1, "about": {date, command, seed, versions, machine, code},
     "sets": [{name, sha256, remembered, asked, prior, families, paired, distraction, not_better,
               "strategies": {name: {figure: value, "intervals": {figure: [low, high]}, "unavailable": reason}}}]}

Holds no outcome of a single query. Numbers have four decimals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .report import at, interval_of
from .results import SCHEMA, Results
from .standing import first_of, is_rival, not_better

KEPT: Mapping[str, tuple[str, ...]] = {
    "coverage": ("coverage",),
    "misled_rate": ("misled_rate",),
    "help_rate": ("help_rate",),
    "honest_abstention": ("honest_abstention",),
    "aurc": ("aurc",),
    "coverage_at_5": ("coverage_at_risk", "0.05"),
    "top1_has_match": ("top1_has_match",),
    "recall_at_10": ("recall_at_10",),
    "recall_at_50": ("recall_at_50",),
    "recall_at_100": ("recall_at_100",),
    "gain": ("copycat", "gain"),
    "break_even": ("copycat", "break_even"),
    "calibration_error": ("reliability", "calibration_error"),
    "tokens": ("tokens",),
    "p50_ms": ("p50_ms",),
    "p95_ms": ("p95_ms",),
}
PAIRED = ("risk_at_coverage", "aurc")


def figures_of(sets: Sequence[Results]) -> dict[str, Any]:
    """The figures of a results file's sets, ready for JSON."""
    first = sets[0]
    about = {name: first.get(name) for name in ("date", "command", "versions", "machine")}
    told = {"schema": SCHEMA, "about": {**about, "seed": first["data"]["seed"]}, "sets": [*map(_set, sets)]}
    found: dict[str, Any] = rounded(told)
    return found


def text_of(figures: Mapping[str, Any]) -> str:
    """The figures as JSON, a strategy a line, so that a change of one is a change of a line."""
    sets = ",\n".join(_lines(one) for one in figures["sets"])
    return f'{{"schema": {figures["schema"]},\n"about": {_json(figures["about"])},\n"sets": [\n{sets}\n]}}\n'


def _lines(one: Mapping[str, Any]) -> str:
    head = ",\n".join(f"{_json(name)}: {_json(value)}" for name, value in one.items() if name != "strategies")
    rows = ",\n".join(f" {_json(name)}: {_json(value)}" for name, value in one["strategies"].items())
    return f'{{{head},\n"strategies": {{\n{rows}\n}}}}'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _set(one: Results) -> dict[str, Any]:
    data, first = one["data"], first_of(one)
    return {
        "name": data["name"],
        "sha256": data["sha256"],
        "remembered": data["n_memory"],
        "asked": data["n_queries"],
        "prior": one["settings"].get("prior"),
        "risk": one["settings"].get("risk"),
        "families": one["families"]["by"] if one.get("families") else None,
        "not_better": [*not_better([one])],
        "paired": dict(_paired(one["paired"].get(first, {}))),
        "distraction": _distraction(one.get("distraction")),
        "strategies": {name: _strategy(figures) for name, figures in one["strategies"].items()},
    }


def _strategy(figures: Mapping[str, Any]) -> dict[str, Any]:
    if figures.get("unavailable"):
        return {"asked": 0, "unavailable": figures["unavailable"]}
    values = {name: at(figures, path) for name, path in KEPT.items()}
    ends = {name: interval_of(figures, path) for name, path in KEPT.items()}
    known = {name: value for name, value in values.items() if value is not None}
    intervals = {name: pair for name, pair in ends.items() if pair is not None and name in known}
    return {"asked": figures["counts"]["queries"], **known, "intervals": intervals}


def _paired(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, one in told.items():
        if is_rival(name):
            yield name, {figure: _verdict(one[figure]) for figure in PAIRED}


def _verdict(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told.get(name) for name in ("first", "second", "interval", "word", "queries")}


def _distraction(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    lines = {
        name: {figure: one[figure] for figure in ("success", "misled", "words")}
        for name, one in told["strategies"].items()
    }
    return {"planted": told["planted"], "remembered": told["remembered"], "cases": told["cases"], "strategies": lines}


def rounded(value: Any) -> Any:
    """Every number in it at four decimals."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {name: rounded(one) for name, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, (list, tuple)) else value
