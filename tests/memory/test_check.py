"""Verifying, and keeping in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from telltale.memory.errors import StoreCorrupt
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder, an_episode, put


def data_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("memories.lance/data/*.lance"))


def reopened(tmp_path: Path) -> TenantStore:
    return Store.open(tmp_path / "store").tenant(embedder=HashingEmbedder())


@pytest.fixture
def two_fragments(tenant: TenantStore) -> TenantStore:
    put(tenant, *(an_episode(f"refund order {n}") for n in range(20)))
    put(tenant, an_episode("cancel the lamp"))
    return tenant


def test_a_sound_tenant_has_no_problems(two_fragments: TenantStore) -> None:
    assert two_fragments.check() == []


def test_a_flipped_byte_is_found_with_the_row_it_spoils(two_fragments: TenantStore, tmp_path: Path) -> None:
    two_fragments.close()
    for file in data_files(tmp_path):
        file.write_bytes(file.read_bytes().replace(b"cancel the lamp", b"cancel the ramp"))
    (problem,) = reopened(tmp_path).check()
    (spoilt,) = [e.id for e in reopened(tmp_path).episodes() if "ramp" in e.text]
    assert problem.ids == (spoilt,)
    assert "checksum" in problem.what


def test_flipped_bytes_anywhere_in_a_vector_are_found(two_fragments: TenantStore, tmp_path: Path) -> None:
    vector = two_fragments.embedder.embed(["cancel the lamp"])[0].tobytes()
    two_fragments.close()
    for file in data_files(tmp_path):
        file.write_bytes(file.read_bytes().replace(vector, vector[:-1] + b"\x01"))
    assert len(reopened(tmp_path).check()) == 1


@pytest.mark.parametrize("spoil", ["cut", "remove"])
def test_a_spoilt_file_is_named_and_other_tenants_are_served(
    two_fragments: TenantStore, store: Store, tmp_path: Path, spoil: str
) -> None:
    file = data_files(tmp_path)[0]
    two_fragments.close()
    other = store.tenant("other", embedder=HashingEmbedder())
    put(other, an_episode("refund"))
    if spoil == "cut":
        file.write_bytes(file.read_bytes()[:100])
    else:
        file.unlink()
    assert any(file.name in problem.what for problem in reopened(tmp_path).check())
    with pytest.raises(StoreCorrupt, match="telltale check"):
        list(reopened(tmp_path).episodes())
    assert other.check() == []


def test_many_small_writes_are_merged_and_stay_readable(tenant: TenantStore, tmp_path: Path) -> None:
    for number in range(40):
        put(tenant, an_episode(f"refund order {number}"))
    reading = reopened(tmp_path)
    assert len(reading.block()) == 40
    tenant.maintain()
    assert tenant._memories.table.handle().stats()["fragment_stats"]["num_fragments"] == 1
    assert len(reading.block()) == len(tenant.block()) == 40
    assert tenant.check() == []


def test_maintaining_what_is_in_order_changes_nothing(two_fragments: TenantStore) -> None:
    two_fragments.maintain()
    version = two_fragments.changed()
    two_fragments.maintain()
    assert two_fragments.changed() == version
