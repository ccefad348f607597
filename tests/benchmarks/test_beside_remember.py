"""What taking in costs, one by one and a thousand at once: with telltale, with LanceDB, and with other memories.

telltale and chromadb are given many at once in one call, LanceDB in one table; mem0 takes them one by one.
"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

import pytest

from . import made_up
from .lineup import MEMORIES
from .stores import Stores
from .systems import System

ONES = 60
TIMES = 3


@pytest.mark.parametrize("kind", MEMORIES, ids=lambda kind: kind.name)
def test_beside_remembering_one(
    benchmark: Any, figure: Any, stores: Stores, tmp_path: Path, kind: type[System]
) -> None:
    """Into a copy of a memory of a thousand."""
    filled = stores.folder(kind, figure("remember one", kind, 1_000))
    shutil.copytree(filled, tmp_path / "copy")
    new = made_up.rows(2 * ONES, seed=1)
    with kind(tmp_path / "copy") as system:
        benchmark.pedantic(system.remember, setup=lambda: (([next(new)],), {}), rounds=ONES, warmup_rounds=5)
        assert system.find(next(new))


@pytest.mark.parametrize("kind", MEMORIES, ids=lambda kind: kind.name)
def test_beside_remembering_a_thousand(benchmark: Any, figure: Any, tmp_path: Path, kind: type[System]) -> None:
    """Into an empty memory, a new one each time."""
    rows = list(made_up.rows(figure("remember a thousand", kind, 1_000), seed=1))
    numbers, opened = itertools.count(), []

    def empty() -> tuple[tuple[Any, ...], dict[str, Any]]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        opened.append(kind(folder))
        return (opened[-1],), {}

    try:
        benchmark.pedantic(lambda system: system.remember(rows), setup=empty, rounds=TIMES, warmup_rounds=1)
        assert opened[-1].find(rows[0])
    finally:
        for system in opened:
            system.close()
