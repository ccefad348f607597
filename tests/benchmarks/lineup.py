"""All that is measured beside each other, and what of it can be had here."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from .peers import Chroma, Mem0
from .systems import Hybrid, LanceDB, Nothing, System, Telltale

SYSTEMS: Sequence[type[System]] = (Telltale, LanceDB, Hybrid, Chroma, Mem0, Nothing)
KEPT = tuple(kind for kind in SYSTEMS if kind is not Hybrid)  # each folder once
MEMORIES = tuple(kind for kind in KEPT if kind is not Nothing)


def missing(kind: type[System], size: int) -> str:
    """Why ``kind`` with so many rows cannot be had here; empty where it can."""
    if absent := [module for module in kind.needs if find_spec(module) is None]:
        return f"{kind.name} needs {' and '.join(absent)}: pip install 'telltale-memory[eval-peers]'"
    if kind.most is not None and size > kind.most:
        return f"Qdrant within the process says itself that it is not for more than {kind.most:,} points"
    return ""
