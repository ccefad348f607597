"""Storing episodes: what is told again changes nothing, what comes later is added to what is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telltale.memory.errors import BadArgument, EmbedderFailed
from telltale.memory.rows import block_of, episode_row, episodes_of, to_arrow
from telltale.memory.schema import memories
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder, an_episode, put
from telltale.memory.types import (
    Boundary,
    Condition,
    Episode,
    Outcome,
    Parameter,
    Skill,
    SkillStep,
    Status,
    Step,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
JSON = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1e9, 1e9) | TEXT, max_size=3)
STEPS = st.builds(Step, tool=TEXT, arguments=JSON, observation=TEXT, error=TEXT, read_only=st.none() | st.booleans())
EPISODES = st.builds(
    Episode,
    text=TEXT, context=JSON, steps=st.lists(STEPS, max_size=3).map(tuple), answer=TEXT,
    outcome=st.sampled_from(Outcome), score=st.none() | st.floats(0, 1), said_by=TEXT, label=TEXT, signature=TEXT,
    trace_id=TEXT, task_index=st.integers(0, 99), format=TEXT, source=TEXT, time=st.none() | st.floats(0, 2e9), id=TEXT,
)  # fmt: skip


@given(EPISODES)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_an_episode_comes_back_as_it_was_stored(episode: Episode) -> None:
    row = episode_row(episode, b"k" * 32, 0)
    stored = row | {"tenant": "t", "vector": np.zeros(4, np.float32), "written": 0.0, "checksum": b"c" * 16}
    table = to_arrow([stored], memories(4))
    assert episodes_of(table) == [episode]
    assert block_of(table).keys == [episode.key]


def test_putting_again_changes_nothing(tenant: TenantStore) -> None:
    first = put(tenant, an_episode("refund"), an_episode("cancel"))
    version = tenant.changed()
    again = put(tenant, an_episode("refund"), an_episode("cancel"))
    assert (again.unchanged, again.added, again.updated) == (first.added, [], [])
    assert tenant.changed() == version


def test_an_outcome_that_comes_later_updates_the_row(tenant: TenantStore) -> None:
    put(tenant, an_episode("refund", outcome=Outcome.UNKNOWN))
    later = put(tenant, an_episode("refund", outcome=Outcome.FAILURE, score=0.2, said_by="outcomes file"))
    (stored,) = tenant.episodes()
    assert later.updated == [stored.id]
    assert (stored.outcome, stored.score, stored.said_by) == (Outcome.FAILURE, 0.2, "outcomes file")


def test_what_is_left_unsaid_takes_nothing_back(tenant: TenantStore) -> None:
    put(tenant, an_episode("refund", label="refund_card", time=5.0))
    again = put(tenant, an_episode("refund", outcome=Outcome.UNKNOWN, said_by="", source=""))
    (stored,) = tenant.episodes()
    assert (again.updated, len(again.unchanged)) == ([], 1)
    assert (stored.outcome, stored.label, stored.time, stored.source) == (Outcome.SUCCESS, "refund_card", 5.0, "desk")


def test_the_same_trace_from_another_place_changes_nothing(tenant: TenantStore) -> None:
    put(tenant, an_episode("refund"))
    assert put(tenant, an_episode("refund", source="elsewhere", time=9.0)).updated == []


def test_copies_in_one_batch_are_one_row_with_all_that_was_said(tenant: TenantStore) -> None:
    stored = put(tenant, an_episode("refund"), an_episode("refund", outcome=Outcome.UNKNOWN))
    assert len(stored.added) == tenant.count() == 1
    assert next(tenant.episodes()).outcome is Outcome.SUCCESS


def test_a_newer_redaction_updates_and_does_not_add(tenant: TenantStore) -> None:
    episode = replace(an_episode("refund"), id="1" * 32)
    vectors = tenant.embedder.embed(["refund"])
    tenant.put([episode], vectors, redaction_version=1)
    assert tenant.put([episode], vectors, redaction_version=2).updated == [episode.id]
    assert tenant.count() == 1


def test_another_process_sees_a_put_at_once(tenant: TenantStore, tmp_path: Path) -> None:
    other = Store.open(tmp_path / "store").tenant(embedder=HashingEmbedder())
    seen = other.changed()
    for number in range(3):
        put(tenant, an_episode(f"refund {number}"))
        assert len(other.block()) == number + 1
    assert other.changed() > seen


@pytest.mark.parametrize("fields", [{"text": "\ud800"}, {"context": {"a": float("nan")}}, {"context": {"a": object()}}])
def test_what_cannot_be_stored_is_refused_and_nothing_is_stored(tenant: TenantStore, fields: dict[str, Any]) -> None:
    with pytest.raises(BadArgument):
        put(tenant, an_episode("fine"), replace(an_episode("bad", id="1" * 32), **fields))
    assert tenant.count() == 0


@pytest.mark.parametrize("vectors", [np.full((1, 256), np.nan), np.zeros((1, 3)), np.zeros((2, 256))])
def test_vectors_of_another_shape_or_with_nan_are_refused(tenant: TenantStore, vectors: np.ndarray) -> None:
    with pytest.raises(EmbedderFailed, match="shape"):
        tenant.put([an_episode("refund", id="1" * 32)], vectors.astype(np.float32))


def test_keys_are_the_distinct_labels_and_signatures_and_load_no_vectors(tenant: TenantStore) -> None:
    assert tenant.keys() == []
    episodes = [an_episode("a", label="refund"), an_episode("b", label="refund"), an_episode("c", signature="cancel")]
    put(tenant, *episodes, an_episode("d", signature=""))
    assert tenant._memories._resident is None
    assert tenant.keys() == sorted(set(tenant.block().keys)) == ["", "cancel", "refund"]


def test_nothing_put_is_nothing_stored(tenant: TenantStore) -> None:
    assert put(tenant).added == []
    assert list(tenant.episodes()) == []


def test_skills_live_beside_episodes_and_are_not_episodes(tenant: TenantStore) -> None:
    put(tenant, an_episode("refund"))
    gift = Condition(kind="choice:payment", value="gift card", seen=4, of=4)
    skill = Skill(
        name="refund", procedure="refund", when_to_use="a refund is due", id="s" * 32, evidence=("e",), tags=("money",),
        steps=(SkillStep(tool="refund", arguments={"order": "{order}"}, when=(gift,), seen_in=3, spans=("e#1",)),),
        parameters={"order": Parameter(told="the task", reference="task:identifier:order:0", examples=('"W1"',))},
        boundaries=(Boundary(text="when paid by card", condition=gift, instead="refund_card"),), preconditions=(gift,),
    )  # fmt: skip
    vectors = tenant.embedder.embed([skill.when_to_use])
    assert tenant.put_skills([skill], vectors).added == [skill.id]
    active = replace(skill, status=Status.ACTIVE)
    assert tenant.put_skills([active], vectors).updated == [skill.id]
    assert tenant.skills() == tenant.skills(status="active") == [active]
    assert tenant.skills(status="candidate") == []
    assert (tenant.count(), tenant.count("skill"), len(tenant.block())) == (1, 1, 1)
