"""Many tenants in one store: the first recall of one that is closed, and a recall of one that is open.

What ten thousand cost in memory and files, ``python tests/memory/many_tenants.py`` says.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telltale.memory.testing import an_episode, put
from telltale.tenancy import Tenants, open_store

MANY = 100


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[Tenants]:
    """A hundred memories of five episodes, a few of them open."""
    with open_store(tmp_path / "store", most_open=8) as opened:
        for number in range(MANY):
            with opened._store.lent(f"t{number}") as tenant:
                put(tenant, *(an_episode(f"refund order {n} to the card", trace_id=str(n)) for n in range(5)))
        yield opened


@pytest.mark.parametrize("among", [MANY, 4], ids=["closed", "open"])
def test_recalling_from_one_of_a_hundred(benchmark: Any, tenants: Tenants, among: int) -> None:
    names = itertools.cycle(f"t{number}" for number in range(among))

    def recall() -> Any:
        with tenants.memory(next(names)) as memory:
            return memory.recall("refund order 3 to the card")

    found = benchmark.pedantic(recall, rounds=200, warmup_rounds=among, iterations=1)
    assert found.verdicts


def test_making_a_tenant(benchmark: Any, tenants: Tenants) -> None:
    numbers = itertools.count(MANY)
    benchmark.pedantic(lambda: tenants.create(f"t{next(numbers)}"), rounds=50)
    assert len(tenants.names()) > MANY
