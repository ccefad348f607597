"""What asking costs with telltale, with LanceDB's bare query, and with other memories: one embedder, the same rows.

A recall is whole: embedding, searches, guard and rendering. The others embed and search. Figures are reported in
docs/benchmarks.md, never asserted.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from . import made_up
from .lineup import SYSTEMS
from .stores import Stores
from .systems import System

QUESTIONS = 200  # so that the p95 stands on ten of them
WARM_UP = 20


@pytest.mark.parametrize("kind", SYSTEMS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("size", [1_000, 10_000, 100_000], ids=lambda size: f"{size:,}")
def test_beside_recall(benchmark: Any, figure: Any, stores: Stores, kind: type[System], size: int) -> None:
    rows = figure("recall", kind, size)
    questions = itertools.cycle(made_up.rows(QUESTIONS, seed=7))
    with kind(stores.folder(kind, rows)) as system:
        found = benchmark.pedantic(
            system.find, setup=lambda: ((next(questions),), {}), rounds=QUESTIONS, warmup_rounds=WARM_UP
        )
    assert found
