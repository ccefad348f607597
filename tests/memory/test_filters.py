"""A value in a filter equals itself alone, and too much of it is asked for in parts (reliability 19 and 20)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from telltale.memory.errors import EmbedderFailed
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder, an_episode, put

HOSTILE = [
    "' OR 1=1 --",
    "\\'",
    "'",
    "''",
    '"',
    "O'Brien",
    "a\x00b",
    "%",
    "_",
    "\uff07",
    "a' OR id != '",
    ") OR (true",
    "",
    " ",
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(HOSTILE)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> TenantStore:
    """A tenant with a document under every hostile name."""
    tenant = Store.open(tmp_path_factory.mktemp("store")).tenant(embedder=HashingEmbedder())
    tenant._documents["recalls"].append({name: f"<{name}>".encode() for name in HOSTILE})
    return tenant


@given(texts)
@settings(max_examples=200, deadline=None)
def test_a_name_finds_what_is_kept_under_it_and_nothing_else(kept: TenantStore, name: str) -> None:
    found = kept._documents["recalls"].get(name)
    assert found == (f"<{name}>".encode() if name in HOSTILE else None)


@given(st.lists(texts, max_size=8))
@settings(max_examples=60, deadline=None)
def test_ids_find_the_episodes_that_have_them(kept: TenantStore, ids: Sequence[str]) -> None:
    assert list(kept.episodes(ids)) == []


@pytest.mark.parametrize("name", ["' OR 1=1 --", "O'Brien", "a' OR name != '", "%", "_"])
def test_a_tenants_name_reaches_that_tenant_alone(store: Store, name: str) -> None:
    put(store.tenant("other", embedder=HashingEmbedder()), an_episode("other"))
    put(store.tenant(name, embedder=HashingEmbedder()), an_episode(name))
    store.rename(name, f"{name}2")
    assert [episode.text for episode in store.tenant(f"{name}2").episodes()] == [name]
    store.delete(f"{name}2")
    assert store.tenants() == ["other"]
    assert [episode.text for episode in store.tenant("other").episodes()] == ["other"]


@pytest.mark.parametrize("source", ["' OR 1=1 --", "O'Brien", "%"])
def test_forgetting_a_source_takes_that_source_alone(tenant: TenantStore, source: str) -> None:
    put(tenant, an_episode("kept", source="desk"), an_episode("gone", source=source))
    assert len(tenant.forget(source=source)) == 1
    assert [episode.text for episode in tenant.episodes()] == ["kept"]


def test_twenty_thousand_ids_are_asked_for_in_parts(tenant: TenantStore) -> None:
    put(tenant, an_episode("one"))
    assert len(list(tenant.episodes([f"{number:032x}" for number in range(20_000)] + tenant.ids()))) == 1


@pytest.mark.parametrize("vectors", [np.full((1, 256), np.nan), np.zeros((1, 255)), np.zeros((2, 256)), np.zeros(256)])
def test_vectors_that_are_none_are_refused_and_nothing_is_stored(
    tenant: TenantStore, vectors: NDArray[np.float64]
) -> None:
    with pytest.raises(EmbedderFailed):
        tenant.put([an_episode("one", id="a" * 32)], vectors.astype(np.float32))
    assert tenant.count() == 0
