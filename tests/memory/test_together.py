"""What many threads write at once is one commit, and each of them is answered as if it had been alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from telltale.memory.durable import WriterLock
from telltale.memory.errors import BadArgument, EmbedderFailed, QuotaExceeded, StoreBusy, StoreIO
from telltale.memory.quota import Quota
from telltale.memory.store import TenantStore
from telltale.memory.testing import an_episode, put
from telltale.memory.together import Together
from telltale.memory.types import Outcome

MANY = 16


def at_once(lock: Path, work: Callable[[int], Any]) -> list[Future[Any]]:
    """What each of many threads came to that began while somebody else had the lock."""
    ready = Barrier(MANY + 1)

    def one(number: int) -> Any:
        ready.wait()
        return work(number)

    with ThreadPoolExecutor(MANY) as threads:
        with WriterLock(lock).hold():
            asked = [threads.submit(one, number) for number in range(MANY)]
            ready.wait()
        return asked


@pytest.fixture
def lock(tenant: TenantStore) -> Path:
    """The tenant's lock."""
    assert tenant.place.folder
    return tenant.place.folder / "writer.lock"


def test_runs_that_wait_for_the_same_lock_are_stored_in_fewer_commits(tenant: TenantStore, lock: Path) -> None:
    before = tenant.changed()
    stored = [one.result() for one in at_once(lock, lambda n: put(tenant, an_episode(f"refund {n}")))]
    assert sorted(id_ for one in stored for id_ in one.added) == tenant.ids()
    assert [len(one.added) for one in stored] == [1] * MANY
    assert tenant.changed() - before < MANY
    assert tenant.check() == []


def test_the_same_run_of_many_is_added_by_one_and_keeps_what_each_of_them_knows(
    tenant: TenantStore, lock: Path
) -> None:
    known = [{"outcome": Outcome.UNKNOWN, "said_by": ""}] * (MANY - 1) + [{"outcome": Outcome.SUCCESS}]
    asked = at_once(lock, lambda n: put(tenant, an_episode("refund", trace_id="1", **known[n])))
    assert sum(len(one.result().added) for one in asked) == 1
    (stored,) = tenant.episodes()
    assert stored.outcome is Outcome.SUCCESS


def test_who_finds_no_room_is_refused_and_the_others_are_stored(tenant: TenantStore, lock: Path) -> None:
    tenant.quota = Quota(episodes=5)
    asked = at_once(lock, lambda n: put(tenant, an_episode(f"refund {n}")))
    refused = [one.exception() for one in asked if one.exception()]
    assert [type(error) for error in refused] == [QuotaExceeded] * (MANY - 5)
    assert sorted(id_ for one in asked if not one.exception() for id_ in one.result().added) == tenant.ids()


def test_what_cannot_be_stored_fails_no_other(tenant: TenantStore, lock: Path) -> None:
    def store(number: int) -> Any:
        if number % 8 == 1:
            return tenant.put([an_episode("refund", id="x")], np.zeros((1, 3), np.float32))
        return put(tenant, an_episode("refund \ud800" if number % 8 == 2 else f"refund {number}"))

    errors = [type(one.exception()) for one in at_once(lock, store)]
    assert errors == [type(None), EmbedderFailed, BadArgument, *[type(None)] * 5] * 2
    assert tenant.count() == MANY - 4


def test_who_is_told_that_another_writes_is_not_written_later(tmp_path: Path) -> None:
    written: list[int] = []
    ours, theirs = WriterLock(tmp_path / "lock"), WriterLock(tmp_path / "lock")
    together: Together[int, int] = Together(ours, lambda: ours.hold(0.05), lambda items: [*map(kept(written), items)])
    with theirs.hold(), pytest.raises(StoreBusy):
        together.do(1)
    assert together.do(2) == 2
    assert written == [2]


def test_a_writer_that_is_stopped_leaves_nobody_waiting(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "lock")

    def stopped(items: Sequence[int]) -> list[int]:
        raise KeyboardInterrupt

    together: Together[int, int] = Together(lock, lock.hold, stopped)

    def ask(number: int) -> BaseException | None:
        with suppress(KeyboardInterrupt):
            try:
                together.do(number)
            except StoreIO as error:
                return error
        return None

    answers = [one.result() for one in at_once(tmp_path / "lock", ask)]
    assert None in answers
    assert {type(answer) for answer in answers} == {type(None), StoreIO}


def kept(written: list[int]) -> Callable[[int], int]:
    """Writes down what it is given, and gives it back."""

    def keep(item: int) -> int:
        written.append(item)
        return item

    return keep
