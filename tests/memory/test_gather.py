"""Gathering: the same answers from memory and from LanceDB, whatever was written, updated or moved meanwhile."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory import memories
from telltale.memory.postings import Postings
from telltale.memory.resident import best
from telltale.memory.store import Gathered, Store, TenantStore
from telltale.memory.testing import HashingEmbedder, an_episode, put
from telltale.memory.text import hashed
from telltale.memory.types import Outcome

VERBS = ("refund", "cancel", "exchange", "return", "track")
THINGS = ("lamp", "phone", "sofa", "mug", "plug", "watch", "coat", "router")


@pytest.fixture(params=["resident", "LanceDB"])
def anywhere(request: pytest.FixtureRequest, tenant: TenantStore, monkeypatch: pytest.MonkeyPatch) -> TenantStore:
    """A tenant of forty episodes, searched in memory or in LanceDB."""
    if request.param == "LanceDB":
        monkeypatch.setattr(memories, "RESIDENT_ROWS", 0)
    put(tenant, *(an_episode(f"{verb} the {thing} {n}") for n, (verb, thing) in enumerate(pairs())))
    return tenant


def pairs() -> list[tuple[str, str]]:
    return [(verb, thing) for verb in VERBS for thing in THINGS]


def gather(tenant: TenantStore, text: str, **options: Any) -> Gathered:
    return tenant.gather(tenant.embedder.embed([text])[0], text, **options)


def test_the_nearest_come_first_and_carry_every_guard_column(anywhere: TenantStore) -> None:
    found = gather(anywhere, "refund the lamp", k=5)
    (first,) = anywhere.episodes(found.block.ids[:1])
    assert first.text == "refund the lamp 0"
    assert found.dense_rank[:5].tolist() == [0, 1, 2, 3, 4]
    assert found.lexical_rank[0] == 0
    assert np.isfinite(found.lexical[found.lexical_rank >= 0]).all()
    assert np.isnan(found.lexical[found.lexical_rank < 0]).all()
    assert (found.block.keys[0], found.block.sources[0], found.block.given[0]) == ("refund", "desk", False)


def test_rows_are_distinct_and_cosines_exact(anywhere: TenantStore) -> None:
    found = gather(anywhere, "cancel the sofa or the mug", k=10)
    vector = anywhere.embedder.embed(["cancel the sofa or the mug"])[0]
    assert len(set(found.block.ids)) == len(found.block) >= 10
    assert np.allclose(found.dense, found.block.vectors @ vector, atol=1e-6)
    assert np.all(np.diff(found.dense[:10]) <= 0)


def test_each_search_can_be_asked_alone(anywhere: TenantStore) -> None:
    dense, lexical = (gather(anywhere, "return the watch", **{other: False}) for other in ("lexical", "dense"))
    assert (dense.lexical_rank == -1).all()
    assert (lexical.dense_rank == -1).all()
    assert lexical.block.ids[0] == dense.block.ids[0]


@pytest.mark.parametrize("text", ["", "?!", 'quoted" AND (', "зарплата", "zzz unheard of"])
def test_a_case_that_shares_no_word_still_has_dense_neighbours(anywhere: TenantStore, text: str) -> None:
    found = gather(anywhere, text, k=3)
    assert len(found.block) == 3
    assert (found.lexical_rank == -1).all()


def test_an_update_is_seen_at_once(anywhere: TenantStore) -> None:
    gather(anywhere, "refund the lamp")
    put(anywhere, an_episode("refund the lamp 0", outcome=Outcome.FAILURE))
    put(anywhere, an_episode("refund the lamp at once"))
    found = gather(anywhere, "refund the lamp", k=2)
    outcomes = {e.text: e.outcome for e in anywhere.episodes(found.block.ids)}
    assert outcomes["refund the lamp 0"] is Outcome.FAILURE
    assert "refund the lamp at once" in outcomes


def test_what_is_kept_in_memory_equals_what_is_on_disk_after_any_change(tenant: TenantStore, tmp_path: Path) -> None:
    rng = random.Random(1)
    put(tenant, *(an_episode(f"{verb} the {thing}", trace_id=f"{verb}{thing}") for verb, thing in pairs()))
    for turn in range(12):
        changed = [
            an_episode(f"{verb} the {thing}", trace_id=f"{verb}{thing}", answer=str(turn))
            for verb, thing in rng.sample(pairs(), 2)
        ]
        put(tenant, *changed, an_episode(f"{rng.choice(THINGS)} {turn}"))
        if turn % 5 == 4:
            tenant.forget(episode_ids=rng.sample(tenant.block().ids, 2))
        fresh = Store.open(tmp_path / "store", read_only=True).tenant(embedder=HashingEmbedder())
        kept, there = gather(tenant, "refund the lamp"), gather(fresh, "refund the lamp")
        assert tenant.block().ids == fresh.block().ids
        assert (kept.block.ids, kept.lexical.tolist()[:5]) == (there.block.ids, there.lexical.tolist()[:5])
        assert list(tenant.episodes()) == list(fresh.episodes())


def test_what_was_gathered_is_read_back_whole_in_the_order_asked(anywhere: TenantStore) -> None:
    ids = gather(anywhere, "track the router", k=4).block.ids[::-1]
    assert [e.id for e in anywhere.episodes([*ids, "unknown"])] == ids
    assert anywhere.block(ids).ids == sorted(ids)
    assert set(anywhere.facets(ids)) == set(ids)


def test_reading_goes_on_when_another_process_forgets_and_cleans_up(anywhere: TenantStore, tmp_path: Path) -> None:
    gather(anywhere, "refund the lamp")
    other = Store.open(tmp_path / "store").tenant(embedder=HashingEmbedder())
    gone = other.forget(episode_ids=gather(other, "refund the lamp", k=1).block.ids[:1])
    found = gather(anywhere, "refund the lamp", k=40)
    assert not set(gone) & set(found.block.ids)
    assert len(list(anywhere.episodes())) == len(pairs()) - 1


def test_a_sample_is_always_the_same_and_sorted(anywhere: TenantStore) -> None:
    some, again = anywhere.block(limit=10), anywhere.block(limit=10)
    assert some.ids == again.ids == sorted(some.ids)
    assert len(some) == 10
    assert len(anywhere.block(limit=1000)) == len(pairs())


@pytest.mark.parametrize("limit", [memories.RESIDENT_ROWS, -1])
def test_an_empty_tenant_gathers_nothing(tenant: TenantStore, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(memories, "RESIDENT_ROWS", limit)
    assert len(gather(tenant, "refund").block) == 0
    assert len(tenant.block()) == 0


def test_k_beyond_the_memory_gathers_all_of_it(anywhere: TenantStore) -> None:
    assert len(gather(anywhere, "refund", k=1000).block) == len(pairs())


@pytest.mark.parametrize("dimension", [256, 100])
def test_an_approximate_index_does_not_lose_rows_under_a_filter(
    store: Store, monkeypatch: pytest.MonkeyPatch, dimension: int
) -> None:
    monkeypatch.setattr(memories, "RESIDENT_ROWS", 0)
    monkeypatch.setattr("telltale.memory.maintain.INDEX_VECTORS_FROM", 500)
    rng, tenant = random.Random(0), store.tenant(embedder=HashingEmbedder(dimension))
    put(tenant, *(an_episode(" ".join(rng.choices(THINGS + VERBS, k=9)), trace_id=str(n)) for n in range(600)))
    tenant.maintain()
    exact, found = tenant.block(), gather(tenant, "refund the lamp", k=200, lexical=False)
    assert any(index.columns == ["vector"] for index in tenant._memories.table.handle().list_indices())
    assert len(found.block) == 200
    nearest = np.sort(exact.vectors @ tenant.embedder.embed(["refund the lamp"])[0])[::-1][:20]
    assert np.allclose(found.dense[:20], nearest, atol=1e-4)


@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), min_size=1, max_size=12),
    st.sets(st.sampled_from("abcdxy")),
)
def test_a_row_scores_only_for_words_it_shares(rows: list[list[str]], query: set[str]) -> None:
    scores = Postings([hashed(row) for row in rows]).scores(hashed(query))
    assert [score > 0 for score in scores.tolist()] == [bool(query & set(row)) for row in rows]


def test_a_rarer_word_and_a_shorter_row_score_higher() -> None:
    rows = [["refund", "lamp"], ["refund", "desk"], ["refund", "desk", "chair", "cable"]]
    lamp, desk, longer = Postings([hashed(row) for row in rows]).scores(hashed(["lamp", "desk"])).tolist()
    assert lamp > desk > longer


@given(st.lists(st.integers(-3, 3), max_size=20), st.integers(0, 25))
def test_the_best_are_the_highest_with_ties_by_position(values: list[int], k: int) -> None:
    expected = sorted(range(len(values)), key=lambda i: (-values[i], i))[:k]
    found = best(np.array(values, np.float32), k).tolist()
    assert [values[i] for i in found] == [values[i] for i in expected]
    assert found == sorted(found, key=lambda i: (-values[i], i))
