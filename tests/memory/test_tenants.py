"""Many tenants in one store: open while they are asked for, called, limited and taken away."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from telltale.memory import removal
from telltale.memory import store as store_module
from telltale.memory.errors import BadArgument, BadTenantName, QuotaExceeded, ReadOnly, StoreBusy, StoreMissing
from telltale.memory.forget import INTENT
from telltale.memory.quota import Quota
from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder, an_episode, put

CANARY = "canary71c2"
PROCESS = Path("/proc/self")


def texts(store: Store, name: str) -> list[str]:
    return sorted(episode.text for episode in store.tenant(name).episodes())


def holds(folder: Path, text: str) -> list[str]:
    """The files below ``folder`` whose bytes hold ``text``."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


# ---- opened on demand ------------------------------------------------------------------------------------------------


def test_at_most_so_many_are_open_and_those_used_least_lately_are_closed(tmp_path: Path) -> None:
    store = Store.open(tmp_path, most_open=3)
    for name in "abcda":
        put(store.tenant(name, embedder=HashingEmbedder()), an_episode(name))
    assert [name for name in "abcd" if store._open.get(name)] == ["a", "c", "d"]
    assert texts(store, "b") == ["b"]


def test_one_that_is_on_loan_is_not_closed_until_it_is_given_back(tmp_path: Path) -> None:
    store = Store.open(tmp_path, most_open=1)
    with store.lent("a", embedder=HashingEmbedder()) as tenant:
        for name in "bcd":
            store.tenant(name, embedder=HashingEmbedder())
        assert store.tenant("a") is tenant
    store.tenant("b")
    assert store.tenant("a") is not tenant


def test_many_threads_on_more_tenants_than_are_open_lose_nothing(tmp_path: Path) -> None:
    store = Store.open(tmp_path, most_open=2)

    def work(number: int) -> None:
        with store.lent(f"t{number % 5}", embedder=HashingEmbedder()) as tenant:
            put(tenant, an_episode(f"run {number}"))
            tenant.gather(tenant.embedder.embed(["run"])[0], "run")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(60)))
    assert [len(texts(store, f"t{number}")) for number in range(5)] == [12] * 5
    assert len(store._open) == 2


def test_a_hundred_tenants_leave_files_threads_and_memory_as_they_were(tmp_path: Path) -> None:
    if not PROCESS.is_dir():
        pytest.skip("counts what Linux tells of a process")
    store = Store.open(tmp_path, most_open=8)

    def visit(number: int) -> None:
        tenant = store.tenant(f"t{number}", embedder=HashingEmbedder())
        put(tenant, an_episode(f"refund for {number}"))
        tenant.gather(tenant.embedder.embed(["refund"])[0], "refund")
        tenant.note_recall({"id": str(number)})

    def held() -> tuple[int, int, int]:
        files, threads = (len([*PROCESS.joinpath(name).iterdir()]) for name in ("fd", "task"))
        pages = int(PROCESS.joinpath("statm").read_text().split()[1])
        return files, threads, pages * 4096 >> 20

    for number in range(40):
        visit(number)
    early = held()
    for number in range(100):
        visit(number)
    assert all(late - before <= more for late, before, more in zip(held(), early, (8, 16, 100), strict=True))


def test_one_that_cannot_be_opened_yet_keeps_nobody_from_another(tmp_path: Path) -> None:
    first, store = Store.open(tmp_path), Store.open(tmp_path)
    held = first.tenant("a", embedder=HashingEmbedder())
    put(held, an_episode("one"))
    held.set_meta(INTENT, '["0"]')  # a forgetting that was cut short: whoever opens the tenant waits for its lock
    with ThreadPoolExecutor(2) as threads:
        with held._lock.hold():
            waiting = [threads.submit(store.tenant, "a", embedder=HashingEmbedder()) for _ in range(2)]
            assert texts(store, "b") == []
            assert not any(one.done() for one in waiting)
        assert waiting[0].result(60) is waiting[1].result(60)


# ---- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "..", ".h", "a\x00b", "x" * 300, "\uff41nt", "ant ", "", "/x", "e\u0301"]
)
def test_a_name_that_could_be_a_path_or_reads_like_another_makes_nothing(
    store: Store, name: str, tmp_path: Path
) -> None:
    with pytest.raises(BadTenantName):
        store.tenant(name)
    store.tenant("ant", embedder=HashingEmbedder())
    with pytest.raises(BadTenantName):
        store.rename("ant", name)
    assert store.tenants() == ["ant"]
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_names_that_look_alike_are_tenants_of_their_own(store: Store) -> None:
    twins = ["-x", "CON", "con", "ant", "\u0430nt", "é", "e"]
    for name in twins:
        put(store.tenant(name, embedder=HashingEmbedder()), an_episode(f"said by {name}"))
    assert {name: texts(store, name) for name in twins} == {name: [f"said by {name}"] for name in twins}


def test_a_renamed_tenant_keeps_what_it_holds(store: Store) -> None:
    put(store.tenant("old", embedder=HashingEmbedder()), an_episode("kept"))
    store.rename("old", "new")
    assert (store.tenants(), texts(store, "new")) == (["new"], ["kept"])


def test_renaming_refuses_a_name_that_is_taken_and_a_tenant_that_is_not_there_or_at_work(store: Store) -> None:
    for name in ("a", "b"):
        store.tenant(name, embedder=HashingEmbedder())
    with pytest.raises(BadArgument, match="already"):
        store.rename("a", "b")
    with pytest.raises(StoreMissing):
        store.rename("c", "d")
    with store.lent("a"), pytest.raises(StoreBusy):
        store.rename("a", "c")
    assert store.tenants() == ["a", "b"]


def test_a_name_that_another_process_gave_to_another_tenant_reaches_that_one(store: Store) -> None:
    elsewhere = Store.open(store.address)
    put(store.tenant("a", embedder=HashingEmbedder()), an_episode("first"))
    assert [episode.text for episode in elsewhere.tenant("a", embedder=HashingEmbedder()).episodes()] == ["first"]
    store.rename("a", "b")
    put(store.tenant("a"), an_episode("second"))
    assert texts(elsewhere, "a") == ["second"]
    store.delete("a")
    put(store.tenant("a"), an_episode("third"))
    assert texts(elsewhere, "a") == ["third"]
    assert texts(elsewhere, "b") == ["first"]


# ---- deleted ---------------------------------------------------------------------------------------------------------


def test_deleting_takes_every_byte_and_leaves_the_others(store: Store, tmp_path: Path) -> None:
    for name in ("other", CANARY):
        tenant = store.tenant(name, embedder=HashingEmbedder())
        put(tenant, an_episode(f"refund for {name}"))
        tenant.note_recall({"id": name})
        tenant.set_meta("note", name)
    assert holds(tmp_path, CANARY)
    store.delete(CANARY)
    assert (holds(tmp_path, CANARY), store.tenants()) == ([], ["other"])
    assert texts(store, "other") == ["refund for other"]


def test_whoever_still_holds_a_deleted_tenant_cannot_bring_it_back(store: Store, tmp_path: Path) -> None:
    tenant = store.tenant("a", embedder=HashingEmbedder())
    put(tenant, an_episode("gone"))
    store.delete("a")
    with pytest.raises(StoreMissing, match="deleted"):
        put(tenant, an_episode("late"))
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == ["store.lock", "tenants.lance"]
    assert texts(store, "a") == []


@pytest.mark.parametrize("survives", ["everything", "the row"])
def test_a_deletion_that_was_cut_short_is_finished_when_the_store_is_next_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survives: str
) -> None:
    store = Store.open(tmp_path)
    put(store.tenant(CANARY, embedder=HashingEmbedder()), an_episode(CANARY))

    def killed(*place: Any) -> None:
        if survives == "the row":
            removal.remove(*place)
        raise KeyboardInterrupt

    monkeypatch.setattr(store_module, "remove", killed)
    with pytest.raises(KeyboardInterrupt):
        store.delete(CANARY)
    monkeypatch.undo()
    assert store.tenants() == []
    assert Store.open(tmp_path, create=False).tenants() == []
    assert (holds(tmp_path, CANARY), sorted(path.name for path in tmp_path.iterdir())) == (
        [],
        ["store.lock", "tenants.lance"],
    )


def test_deleting_asks_for_a_tenant_that_is_there_free_and_writable(store: Store, tmp_path: Path) -> None:
    store.tenant("a", embedder=HashingEmbedder())
    with pytest.raises(StoreMissing):
        store.delete("b")
    with store.lent("a"), pytest.raises(StoreBusy):
        store.delete("a")
    with pytest.raises(ReadOnly):
        Store.open(tmp_path / "store", read_only=True).delete("a")
    assert store.tenants() == ["a"]


# ---- limited ---------------------------------------------------------------------------------------------------------


def test_a_batch_over_the_quota_is_refused_whole_and_what_was_there_stays(store: Store) -> None:
    tenant = store.tenant(embedder=HashingEmbedder())
    tenant.quota = Quota(episodes=2)
    put(tenant, an_episode("one"))
    with pytest.raises(QuotaExceeded, match="would hold 3 episodes and may hold 2"):
        put(tenant, an_episode("two"), an_episode("three"))
    assert texts(store, "default") == ["one"]
    put(tenant, an_episode("one"), an_episode("two", source="elsewhere"))
    tenant.forget(source="elsewhere")
    put(tenant, an_episode("three"))


def test_bytes_are_limited_too_and_a_quota_holds_for_every_process_until_it_is_lifted(store: Store) -> None:
    tenant = store.tenant(embedder=HashingEmbedder())
    put(tenant, an_episode("one"))
    Store.open(store.address).tenant(embedder=HashingEmbedder()).quota = Quota(size=20_000)
    with pytest.raises(QuotaExceeded, match="bytes"):
        put(tenant, *(an_episode(f"refund {number}") for number in range(20)))
    tenant.quota = Quota()
    put(tenant, *(an_episode(f"refund {number}") for number in range(20)))
    assert (tenant.count(), tenant.quota) == (21, Quota())


@pytest.mark.parametrize("limit", [-1, 1.5, True, "7"])
def test_a_quota_is_a_whole_number(limit: object) -> None:
    with pytest.raises(BadArgument, match="quota"):
        Quota(episodes=limit)  # type: ignore[arg-type]


def test_a_process_killed_while_it_deletes_leaves_nothing_behind(tmp_path: Path) -> None:
    put(Store.open(tmp_path).tenant(CANARY, embedder=HashingEmbedder()), an_episode(CANARY))
    dies = f"""
import os, shutil
from telltale.memory.store import Store
shutil.rmtree = lambda folder: (os.remove(os.path.join(folder, "writer.lock")), os._exit(9))
Store.open({str(tmp_path)!r}).delete({CANARY!r})
"""
    assert subprocess.run([sys.executable, "-c", dies], check=False).returncode == 9
    assert holds(tmp_path, CANARY)
    assert Store.open(tmp_path).tenants() == []
    assert not holds(tmp_path, CANARY)


def test_notes_that_closed_tenants_could_not_write_stay_counted(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", most_open=1)
    for name in ("a", "b"):
        tenant = store.tenant(name, embedder=HashingEmbedder())
        (tmp_path / "store" / tenant.id / "recalls.lance").write_text("in the way")
        tenant.note_recall({"id": "r"})
    store.close()
    assert store.dropped_notes == 2
