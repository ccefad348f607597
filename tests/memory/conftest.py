"""What the tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A fresh store in ``tmp_path / "store"``."""
    opened = Store.open(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def tenant(store: Store) -> TenantStore:
    """A fresh tenant whose embedder counts words."""
    return store.tenant(embedder=HashingEmbedder())
