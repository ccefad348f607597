"""The store by itself: putting a batch, and gathering from memory and from LanceDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from telltale.memory import memories
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import an_episode, put

BATCH = 500


@pytest.fixture
def tenant(tmp_path: Path) -> TenantStore:
    """A tenant with the default embedder."""
    return Store.open(tmp_path / "store").tenant()


def batch(number: int) -> list[Any]:
    return [
        an_episode(f"refund order {n} to the card it was paid with", trace_id=f"{number}-{n}") for n in range(BATCH)
    ]


def test_putting_five_hundred_new_episodes(benchmark: Any, tenant: TenantStore) -> None:
    batches = iter(range(1000))
    stored = benchmark.pedantic(lambda: put(tenant, *batch(next(batches))), rounds=5)
    assert len(stored.added) == BATCH


@pytest.mark.parametrize("limit", [memories.RESIDENT_ROWS, 0], ids=["in memory", "in LanceDB"])
def test_gathering_among_five_hundred(
    benchmark: Any, tenant: TenantStore, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(memories, "RESIDENT_ROWS", limit)
    put(tenant, *batch(0))
    vector = tenant.embedder.embed(["refund order 7"])[0]
    found = benchmark(tenant.gather, vector, "refund order 7")
    assert len(found.block) >= 25
