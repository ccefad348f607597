"""Rows of a large tenant that are kept: bounded, the longest unseen let go first, and never out of date."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.memory import memories, search
from telltale.memory.kept import Kept
from telltale.memory.memories import beside
from telltale.memory.store import Gathered, TenantStore
from telltale.memory.testing import an_episode, put
from telltale.memory.types import Outcome

TASKS = [f"{verb} the {thing}" for verb in ("refund", "cancel", "track") for thing in ("lamp", "sofa", "mug", "coat")]


@pytest.fixture
def large(tenant: TenantStore, monkeypatch: pytest.MonkeyPatch) -> TenantStore:
    """A tenant that is searched in LanceDB."""
    monkeypatch.setattr(memories, "RESIDENT_ROWS", 0)
    put(tenant, *(an_episode(task) for task in TASKS))
    return tenant


def gather(tenant: TenantStore, text: str, k: int = 5) -> Gathered:
    return tenant.gather(tenant.embedder.embed([text])[0], text, k=k)


def test_what_was_not_looked_at_for_the_longest_goes_first_and_the_bound_holds() -> None:
    kept = Kept(3_000)
    for place in range(5):
        kept.add({place: (b"x" * 100, b"y" * 500)})
        assert kept.of([0]) or place > 0
        assert kept.size <= 3_000
    assert list(kept.of(range(5))) == [0, 3, 4]


def test_a_row_larger_than_the_bound_is_given_back_but_not_kept() -> None:
    kept = Kept(1_000)
    assert kept.add({1: (b"x" * 2_000,)}) == {1: (b"x" * 2_000,)}
    assert (kept.of([1]), kept.size) == ({}, 0)


def test_nothing_fits_while_it_is_not_known_how_large_rows_are() -> None:
    kept = Kept(1_000)
    assert not kept.fits(1)
    kept.add({1: (b"x" * 40,)})
    assert (kept.fits(2), kept.fits(3)) == (True, False)


@pytest.mark.parametrize("often", [1, 1_000])
@pytest.mark.parametrize("most", [0, search.GUARD_BYTES])
def test_however_much_is_kept_the_answers_are_the_same(
    large: TenantStore, monkeypatch: pytest.MonkeyPatch, often: int, most: int
) -> None:
    monkeypatch.setattr(memories, "OFTEN", often)
    monkeypatch.setattr(large._memories._taken, "guards", Kept(most))
    first = [gather(large, task) for task in TASKS]
    beside().submit(int).result()
    for before, task in zip(first, TASKS, strict=True):
        found = gather(large, task)
        assert found.block.ids == before.block.ids
        assert found.dense.tobytes() == before.dense.tobytes()
        assert np.array_equal(found.block.vectors, before.block.vectors)
        assert [e.id for e in large.episodes(found.block.ids)] == found.block.ids


def test_all_rows_are_kept_once_a_tenant_was_asked_often(large: TenantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "OFTEN", 1)
    gather(large, TASKS[0], k=1)
    beside().submit(int).result()
    assert large._memories._current().places().tolist() == sorted(large._memories._taken.guards._rows)
    assert large.held > len(TASKS) * 1_000


def test_what_was_updated_or_forgotten_is_not_answered_from_what_is_kept(large: TenantStore) -> None:
    ids = gather(large, TASKS[0], k=12).block.ids
    assert len(list(large.episodes(ids))) == len(TASKS)
    (gone,) = large.forget(episode_ids=ids[:1])
    put(large, an_episode(TASKS[1], outcome=Outcome.FAILURE))
    found = {episode.id: episode for episode in large.episodes([*ids, "unknown"])}
    assert found.keys() == {*ids} - {gone}
    assert [e.text for e in found.values() if e.outcome is Outcome.FAILURE] == TASKS[1:2]
    assert gone not in gather(large, TASKS[0], k=12).block.ids


def test_more_episodes_than_an_answer_shows_are_read_without_keeping_them(
    large: TenantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memories, "FEW", 3)
    ids = gather(large, TASKS[0], k=12).block.ids
    assert len(list(large.episodes(ids))) == len(ids)
    assert large._memories._taken.wholes.size == 0
