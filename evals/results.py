"""An evaluation's results as one object ready for JSON: schema 1, of one set or of several. Measures nothing.

    {"schema": 1, "data": {...}, "versions": {...}, "machine": {...}, "date": "2026-11-25", "command": "...",
     "settings": {...}, "strategies": {name: figures},
     "families": {"by": "plan", "of": "0 0 1"} or null, "paired": {"telltale": {"dense": {figure: verdict}}}}

Several sets stand in one object as {"schema": 1, "sets": [one such object each]}.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from telltale import BadArgument

from .curve import Ints
from .families import Families
from .outcomes import Outcomes, unpacked
from .paired import as_json, compared

SCHEMA = 1
REFERENCE = "telltale"
_VERSIONED = (
    *("telltale-memory", "lancedb", "numpy", "scikit-learn", "wordllama"),
    *("chromadb", "fastembed", "langgraph", "mem0ai"),
)
Results = Mapping[str, Any]


def results(
    strategies: Mapping[str, Mapping[str, Any]],
    *,
    data: Mapping[str, Any],
    command: str,
    families: Families | None = None,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One object: schema number, data, versions, machine, command, and the figures by strategy.

    ``paired`` holds telltale (else the last strategy) against each other one, on the same queries.
    """
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "data": dict(data),
        "versions": {"python": platform.python_version(), **_versions()},
        "machine": {"system": platform.system(), "kind": platform.machine(), "cores": os.cpu_count()},
        "date": datetime.now(UTC).date().isoformat(),
        "command": command,
        "settings": dict(settings or {}),
        "strategies": {name: dict(figures) for name, figures in strategies.items()},
        "families": {"by": families.by, "of": " ".join(map(str, families.of.tolist()))} if families else None,
    }
    return found | {"paired": _paired(found)}


def together(sets: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of one set its own object, of several one that holds them all."""
    return sets[0] if len(sets) == 1 else {"schema": SCHEMA, "sets": list(sets)}


def read_results(path: Path) -> list[Results]:
    """The sets of a results file.

    Raises ``BadArgument`` for a file that cannot be read or that no ``telltale eval --json`` wrote.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadArgument(f"{path}: {error}; give a file that `telltale eval --json` wrote") from error
    sets = found.get("sets", [found]) if isinstance(found, dict) else []
    if not sets or not all(isinstance(one, dict) and one.get("schema") == SCHEMA for one in sets):
        raise BadArgument(f"{path}: no results of schema {SCHEMA}; give a file that `telltale eval --json` wrote")
    return sets


def groups_of(result: Results) -> Ints | None:
    """The families of a set's queries by number; ``None`` where each is on its own."""
    families = result.get("families")
    return np.array(families["of"].split(), dtype=np.int64) if families else None


def outcomes_of(figures: Mapping[str, Any]) -> Outcomes | None:
    """A strategy's outcomes query by query; ``None`` where its file holds none, as older ones do not."""
    return unpacked(figures["per_query"]) if figures.get("per_query") else None


def _paired(result: Results) -> dict[str, Any]:
    told = {name: outcomes_of(figures) for name, figures in result["strategies"].items()}
    known = {name: one for name, one in told.items() if one is not None and len(one.right)}
    if len(known) < 2:
        return {}
    first = REFERENCE if REFERENCE in known else list(known)[-1]
    groups = groups_of(result)
    return {
        first: {
            name: {figure: as_json(one) for figure, one in compared(known[first], other, groups).items()}
            for name, other in known.items()
            if name != first
        }
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in _VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
