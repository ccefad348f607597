"""Opening stores and tenants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from telltale.memory import schema
from telltale.memory.embedders import load_embedder
from telltale.memory.errors import (
    BadTenantName,
    EmbedderMismatch,
    ReadOnly,
    SchemaTooNew,
    StoreIO,
    StoreMissing,
    UnknownEmbedder,
)
from telltale.memory.store import Store, TenantStore
from telltale.memory.table import Table
from telltale.memory.testing import HashingEmbedder, an_episode, put


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", "..", ".", ".hidden", "a\\b", "", "x" * 201, "a\nb", "nul\0", "ﬁnance", " padded", "a\u202eb"],
)
def test_a_bad_tenant_name_is_refused_and_makes_nothing(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadTenantName):
        store.tenant(name, embedder=HashingEmbedder())
    assert [path.name for path in tmp_path.rglob("*") if path.is_dir()] == ["store"]


def test_names_never_become_paths(store: Store, tmp_path: Path) -> None:
    for name in ("CON", "con", "-x", "équipe"):
        assert store.tenant(name, embedder=HashingEmbedder()).name == name
    assert store.tenants() == ["-x", "CON", "con", "équipe"]
    assert not [path for path in tmp_path.rglob("*") if path.name in store.tenants()]


def test_tenants_do_not_see_each_other(store: Store) -> None:
    mine, theirs = (store.tenant(name, embedder=HashingEmbedder()) for name in ("mine", "theirs"))
    put(mine, an_episode("canary"))
    assert (mine.count(), theirs.count()) == (1, 0)
    assert mine.key != theirs.key


def test_a_reopened_tenant_brings_its_own_embedder_back(tmp_path: Path) -> None:
    Store.open(tmp_path).tenant()
    assert Store.open(tmp_path).tenant().embedder is load_embedder()


@pytest.mark.parametrize("wanted", ["wordllama", HashingEmbedder(32)])
def test_another_embedder_than_the_tenants_is_told_with_both_names(tmp_path: Path, wanted: str) -> None:
    Store.open(tmp_path).tenant(embedder=HashingEmbedder(64))
    with pytest.raises(EmbedderMismatch, match=r"hashing:64.*(wordllama|hashing:32).*new tenant"):
        Store.open(tmp_path).tenant(embedder=wanted)


def test_an_embedder_that_is_not_installed_any_more_is_named(tmp_path: Path) -> None:
    Store.open(tmp_path).tenant(embedder=HashingEmbedder())
    with pytest.raises(UnknownEmbedder, match="hashing"):
        Store.open(tmp_path).tenant()


@pytest.mark.parametrize("options", [{"read_only": True}, {"create": False}])
def test_a_missing_store_is_told_and_not_made(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(StoreMissing, match="nowhere"):
        Store.open(tmp_path / "nowhere", **options)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("options", [{"read_only": True}, {"create": False}])
def test_a_missing_tenant_is_told_with_those_there_are(
    tenant: TenantStore, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(StoreMissing, match="default"):
        Store.open(tmp_path / "store", **options).tenant("other")


def test_a_path_that_cannot_be_a_folder_is_an_io_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreIO, match="file"):
        Store.open(tmp_path / "file" / "store")


def test_a_read_only_tenant_reads_and_refuses_to_write(tenant: TenantStore, tmp_path: Path) -> None:
    put(tenant, an_episode("refund"))
    reading = Store.open(tmp_path / "store", read_only=True).tenant(embedder=HashingEmbedder())
    assert [e.text for e in reading.episodes()] == ["refund"]
    with pytest.raises(ReadOnly):
        put(reading, an_episode("another"))
    reading.note_recall({"id": "r"})
    assert reading.recall_note("r") is None


def test_reading_goes_on_while_another_holds_the_writer_lock(tenant: TenantStore, tmp_path: Path) -> None:
    put(tenant, an_episode("refund"))
    other = Store.open(tmp_path / "store").tenant(embedder=HashingEmbedder())
    with tenant._lock.hold():
        assert other.count() == 1
        assert len(other.gather(other.embedder.embed(["refund"])[0], "refund").block) == 1


def test_a_store_of_a_later_version_is_refused(
    tenant: TenantStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 0)
    with pytest.raises(SchemaTooNew, match="upgrade"):
        Store.open(tmp_path / "store").tenant(embedder=HashingEmbedder())


def test_an_older_tenant_is_migrated_once_in_order(
    tenant: TenantStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    steps = [
        schema.Migration(version=3, why="", apply=lambda _: done.append(3)),
        schema.Migration(version=2, why="", apply=lambda _: done.append(2)),
    ]
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 3)
    with pytest.raises(ReadOnly, match="once for writing"):
        Store.open(tmp_path / "store", read_only=True).tenant(embedder=HashingEmbedder())
    for _ in range(2):
        assert Store.open(tmp_path / "store").tenant(embedder=HashingEmbedder()).row.schema == 3
    assert done == [2, 3]


def test_many_tenants_are_let_go_and_still_answer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telltale.memory.store.OPEN_TENANTS", 1)
    first = store.tenant("first", embedder=HashingEmbedder())
    put(first, an_episode("refund"))
    store.tenant("second", embedder=HashingEmbedder())
    put(first, replace(an_episode("refund"), text="again"))
    assert first.count() == 2


class LetGo:
    """A LanceDB table that another thread lets go of while it looks for the newest version."""

    def __init__(self, table: Table) -> None:
        self.table, self.handle = table, table.handle()

    def checkout_latest(self) -> None:
        self.table.close()
        self.handle.checkout_latest()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.handle, name)


def test_a_table_that_is_let_go_while_it_is_looked_at_is_not_taken_for_empty(tenant: TenantStore) -> None:
    put(tenant, an_episode("one"))
    table = tenant._memories.table
    table._handle, table._seen = LetGo(table), None
    assert tenant.count() == 1
