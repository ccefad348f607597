"""What the tests of the writers share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[TenantStore]:
    """A fresh tenant whose embedder counts words."""
    store = Store.open(tmp_path / "store")
    yield store.tenant(embedder=HashingEmbedder())
    store.close()
