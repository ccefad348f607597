"""Folders that systems have filled with the same made-up rows, each once a run, and what filling took."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from telltale.memory.embedders import load_embedder

from . import made_up
from .systems import System


class Stores:
    """Filled folders below one; nothing in them is open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settled: dict[Path, float] = {}  # seconds that putting in order took

    def folder(self, kind: type[System], size: int) -> Path:
        """The folder of ``kind`` with the first ``size`` rows, filled the first time it is asked for."""
        folder = self._folder / f"{kind.kept or kind.name}-{size}"
        if folder not in self.settled:
            folder.mkdir()
            with kind(folder) as system:
                system.fill(*embedded(size))
                start = perf_counter()
                system.settle()
                self.settled[folder] = perf_counter() - start
        return folder


@cache
def embedded(size: int) -> tuple[Sequence[dict[str, Any]], Any]:
    """The first ``size`` made-up rows and their vectors, ``(size, 256)``."""
    rows = list(made_up.rows(size, seed=0))
    return rows, load_embedder().embed([row["text"] for row in rows])
