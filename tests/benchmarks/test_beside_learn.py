"""What learning costs: the first time after everything was taken in, and again. The others have no such step."""

from __future__ import annotations

from typing import Any

import pytest

from .stores import Stores
from .systems import Telltale


@pytest.mark.parametrize("size", [1_000, 10_000, 100_000], ids=lambda size: f"{size:,}")
def test_beside_learning(benchmark: Any, figure: Any, stores: Stores, size: int) -> None:
    rows = figure("learn", Telltale, size)
    folder = stores.folder(Telltale, rows)
    with Telltale(folder) as system:
        learned = benchmark.pedantic(system.memory.learn, rounds=1)
    assert learned.episodes == rows
    first = stores.settled[folder]
    benchmark.extra_info["first_s"] = first
    if benchmark.enabled:
        benchmark.extra_info |= {
            "beside": "the first time",
            "beside_p50_ms": first * 1000,
            "said": f"{benchmark.stats.stats.median:.1f} s for {rows:,}",
            "aim": "under 30 s for 100,000 with two idle cores",
        }
