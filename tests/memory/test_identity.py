"""Ids: the same for the same run in one tenant, unrelated across tenants, deaf to what comes later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.canonical import from_json, to_json
from telltale.memory.errors import BadArgument
from telltale.memory.identity import duplicate_hash, episode_id, new_id
from telltale.memory.testing import an_episode
from telltale.memory.types import Outcome

KEY = b"k" * 32

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.parametrize(
    "later", [{"outcome": Outcome.FAILURE}, {"source": "other.jsonl"}, {"time": 5.0}, {"label": "refund_card"}]
)
def test_an_id_does_not_depend_on_outcome_source_time_or_label(later: dict[str, Any]) -> None:
    episode = an_episode("refund order 1832")
    assert episode_id(KEY, replace(episode, **later)) == episode_id(KEY, episode)


@pytest.mark.parametrize(
    "other", [{"text": "refund order 1833"}, {"context": {"a": 1}}, {"steps": ()}, {"answer": "."}]
)
def test_an_episode_without_a_trace_id_is_known_by_its_content(other: dict[str, Any]) -> None:
    episode = an_episode("refund order 1832")
    assert episode_id(KEY, replace(episode, **other)) != episode_id(KEY, episode)
    assert duplicate_hash(KEY, replace(episode, **other)) != duplicate_hash(KEY, episode)


def test_a_trace_id_and_the_tasks_index_make_the_id_whatever_the_content() -> None:
    episode = an_episode("refund", trace_id="t1", task_index=2)
    assert episode_id(KEY, replace(episode, text="refund, redacted anew")) == episode_id(KEY, episode)
    assert episode_id(KEY, replace(episode, task_index=3)) != episode_id(KEY, episode)
    assert episode_id(KEY, replace(episode, format="tau_bench")) != episode_id(KEY, episode)


def test_two_tenants_give_the_same_episode_unrelated_ids() -> None:
    assert episode_id(KEY, an_episode("refund")) != episode_id(b"j" * 32, an_episode("refund"))


def test_fresh_ids_differ() -> None:
    assert new_id() != new_id()


@given(VALUES)
def test_json_gives_back_what_went_in(value: object) -> None:
    assert from_json(to_json(value)) == value


def test_equal_maps_give_equal_bytes_in_whatever_order() -> None:
    assert to_json({"b": 1, "a": {"d": 2, "c": 3}}) == to_json({"a": {"c": 3, "d": 2}, "b": 1})


@pytest.mark.parametrize("value", [float("nan"), {"a": [float("inf")]}, 2**65, "\ud800", object(), {1: 2}])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(BadArgument, match="expected"):
        to_json({"value": value})
