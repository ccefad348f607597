"""What was acknowledged is there: flushed files, kill -9, one writer at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import pytest

from telltale.memory.durable import WriterLock
from telltale.memory.errors import StoreBusy, StoreIO
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder, an_episode, put


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The paths that were flushed to disk since the test began."""
    seen: set[str] = set()
    fsync = os.fsync

    def recording(handle: int) -> None:
        fsync(handle)
        seen.add(str(Path(f"/proc/self/fd/{handle}").readlink()))

    monkeypatch.setattr(os, "fsync", recording)
    return seen


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_every_file_and_folder_of_a_commit_is_flushed_before_it_is_acknowledged(
    flushed: set[str], tenant: TenantStore, tmp_path: Path
) -> None:
    for number in range(2):
        put(tenant, an_episode(f"refund {number}"))
        tenant.save("guard", b"numbers")
        kept = [path for path in (tmp_path / "store").rglob("*") if path.suffix != ".lock"]
        assert {str(path) for path in kept} <= flushed


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_file_that_was_flushed_is_not_flushed_again(flushed: set[str], tenant: TenantStore) -> None:
    put(tenant, an_episode("refund"))
    before = {path for path in flushed if "/data/" in path}
    flushed.clear()
    put(tenant, an_episode("cancel"))
    assert before
    assert not before & flushed


def test_a_flush_that_fails_is_an_io_error(tenant: TenantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StoreIO, match="not acknowledged"):
        put(tenant, an_episode("refund"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_was_written_and_never_flushed_is_flushed_before_it_is_acknowledged_as_unchanged(
    flushed: set[str], tenant: TenantStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as for_now:
        for_now.setattr(os, "fsync", no_space)
        with pytest.raises(StoreIO):
            put(tenant, an_episode("refund"))
    flushed.clear()
    assert put(tenant, an_episode("refund")).unchanged == tenant.ids()
    (commit,) = (tmp_path / "store").rglob("memories.lance/data")
    assert {str(path) for path in commit.iterdir()} <= flushed


def test_a_killed_process_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    for turn, kept in enumerate((3, 6)):
        command = [sys.executable, str(Path(__file__).with_name("put_one_by_one.py")), str(tmp_path), str(turn)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            acknowledged |= {process.stdout.readline().strip() for _ in range(kept)}
            process.kill()
            acknowledged |= set(process.stdout.read().split("\n")[:-1])
    tenant = Store.open(tmp_path).tenant(embedder=HashingEmbedder())
    stored = [episode.id for episode in tenant.episodes()]
    assert acknowledged <= set(stored)
    assert len(stored) == len(set(stored)) <= len(acknowledged) + 2
    assert tenant.check() == []
    assert put(tenant, an_episode("refund order 0", trace_id="0-0")).added == []


def test_a_writer_waits_for_another_and_says_so_when_it_takes_too_long(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with WriterLock(path).hold(), pytest.raises(StoreBusy, match="another writer"), WriterLock(path).hold(seconds=0.05):
        pass
    with WriterLock(path).hold(seconds=0.05):
        pass


def test_the_lock_is_reentrant_within_a_thread_and_exclusive_between_threads(tmp_path: Path) -> None:
    lock, entered = WriterLock(tmp_path / "lock"), Event()

    def other() -> None:
        with lock.hold():
            entered.set()

    with lock.hold(), lock.hold():
        thread = Thread(target=other)
        thread.start()
        assert not entered.wait(0.05)
    thread.join(timeout=10)
    assert entered.is_set()


def test_a_lock_that_cannot_be_made_is_an_io_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreIO, match="writable"), WriterLock(tmp_path / "file" / "lock").hold():
        pass


def test_writing_without_a_path_still_takes_turns_between_threads() -> None:
    lock = WriterLock(None)
    with ThreadPoolExecutor(1) as another, lock.hold(), pytest.raises(StoreBusy):
        another.submit(take, lock).result(timeout=10)
    take(lock)


def take(lock: WriterLock) -> None:
    with lock.hold(seconds=0.05):
        pass


def no_space(handle: int) -> None:
    raise OSError(28, f"No space left on device {handle}")
