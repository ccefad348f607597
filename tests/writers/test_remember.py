"""One trace that is in memory already, in any shape, through the same stages as a file's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from telltale.memory.errors import BadArgument, RecordError
from telltale.memory.store import TenantStore
from telltale.memory.types import Episode, Outcome, Step, Trace, Turn
from telltale.writers.ingest import remember

MESSAGES: list[dict[str, Any]] = [
    {"role": "user", "content": "Refund order 7 to my card"},
    {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "refund", "arguments": '{"order": 7}'}}]},
    {"role": "tool", "tool_call_id": "c", "content": "ok"},
    {"role": "assistant", "content": "Refunded."},
]
EPISODE = Episode(text="Cancel order 8", steps=(Step(tool="cancel_order", arguments={"order": 8}),))


class Message:
    """What a provider's package hands out instead of a dictionary."""

    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def model_dump(self) -> dict[str, Any]:
        return self._fields


def stored(tenant: TenantStore, ids: list[str]) -> list[Episode]:
    return list(tenant.episodes(ids))


def test_messages_become_a_signed_episode_with_what_the_caller_says(tenant: TenantStore) -> None:
    said: dict[str, Any] = {"outcome": "success", "score": 0.9, "procedure": "refund to card", "source": "desk"}
    (episode,) = stored(tenant, remember(MESSAGES, tenant, context={"channel": "chat"}, trace_id="t1", **said))
    assert (episode.text, episode.signature, episode.answer) == ("Refund order 7 to my card", "refund", "Refunded.")
    assert (episode.outcome, episode.score, episode.said_by) == (Outcome.SUCCESS, 0.9, "caller")
    assert (episode.label, episode.source, episode.trace_id) == ("refund to card", "desk", "t1")
    assert episode.context == {"channel": "chat"}


@pytest.mark.parametrize(
    "value",
    [
        json.dumps(MESSAGES),
        {"messages": MESSAGES},
        [Message(**message) for message in MESSAGES],
        tuple(MESSAGES),
        Trace(
            trace_id="",
            format="openai",
            turns=(Turn(role="user", text="Refund order 7 to my card"), Turn(role="assistant", text="Refunded.")),
        ),
    ],
    ids=["text", "object", "provider's objects", "tuple", "trace"],
)
def test_every_shape_of_a_trace_is_taken(value: Any, tenant: TenantStore) -> None:
    (episode,) = stored(tenant, remember(value, tenant))
    assert (episode.text, episode.answer) == ("Refund order 7 to my card", "Refunded.")


def test_the_same_again_adds_nothing_and_a_later_outcome_updates(tenant: TenantStore) -> None:
    first = remember(MESSAGES, tenant)
    assert remember(MESSAGES, tenant) == remember({"messages": MESSAGES}, tenant, outcome="failure") == first
    assert remember(MESSAGES, tenant) == first
    assert [episode.outcome for episode in tenant.episodes()] == [Outcome.FAILURE]


def test_episodes_are_taken_as_they_are_but_signed_and_named(tenant: TenantStore) -> None:
    ids = remember([EPISODE, replace(EPISODE, text="Cancel order 9")], tenant, source="desk")
    found = stored(tenant, ids)
    assert [(episode.text, episode.signature, episode.source) for episode in found] == [
        ("Cancel order 8", "cancel_order", "desk"),
        ("Cancel order 9", "cancel_order", "desk"),
    ]
    assert remember(EPISODE, tenant) == ids[:1]


def test_episodes_under_one_trace_id_stay_apart(tenant: TenantStore) -> None:
    assert len(remember([EPISODE, replace(EPISODE, text="Cancel order 9")], tenant, trace_id="t")) == 2


def test_records_of_a_list_are_all_taken_and_queries_left_out(tenant: TenantStore) -> None:
    rows = [{"text": "a", "plan": "b"}, {"text": "c", "plan": "b", "split": "query"}, {"text": "d", "plan": "e"}]
    assert [episode.text for episode in stored(tenant, remember(rows, tenant))] == ["a", "d"]


def test_secrets_are_gone_before_anything_is_stored(tenant: TenantStore) -> None:
    secret = "ghp_" + "a1B2" * 9
    (episode,) = stored(tenant, remember([{"role": "user", "content": f"Use {secret} to log in"}], tenant))
    assert secret not in repr(episode)
    assert "[secret:github-token:" in episode.text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ([], "EMPTY_TRACE"),
        ({"messages": []}, "EMPTY_TRACE"),
        ([{"role": "assistant", "content": "Hello?"}], "NO_TASK"),
        (Episode(text=" "), "NO_TASK"),
        ({"x": 1}, "UNKNOWN_FORMAT"),
        ("no JSON", "UNKNOWN_FORMAT"),
        ([{"role": "user", "content": "a", "score": float("nan")}], "BAD_NUMBER"),
        ([{"role": "user", "content": "a\ud800"}], "BAD_TEXT"),
        ([{"role": "user", "content": object()}], "BAD_FIELD"),
        ('[{"role": "user", "role": "user", "content": "a"}]', "DUPLICATE_KEY"),
        (b'[{"role": "user", "content": "caf\xe9"}]', "BAD_TEXT"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_taken_is_refused_with_its_code_and_nothing_is_stored(
    value: Any, code: str, tenant: TenantStore
) -> None:
    with pytest.raises(RecordError) as refused:
        remember(value, tenant)
    assert (refused.value.code, tenant.count()) == (code, 0)


@pytest.mark.parametrize("said", [{"outcome": "fine"}, {"score": 2}, {"score": -0.1}])
def test_an_outcome_or_score_that_cannot_be_meant_is_refused(said: dict[str, Any], tenant: TenantStore) -> None:
    with pytest.raises(BadArgument, match="expected"):
        remember(MESSAGES, tenant, **said)


def test_one_trace_id_for_two_traces_is_refused(tenant: TenantStore) -> None:
    with pytest.raises(BadArgument, match="one by one"):
        remember([{"messages": MESSAGES}, {"messages": MESSAGES}], tenant, trace_id="t")


def test_an_outcome_can_be_told_as_a_guess_and_then_counts_as_unverified(tenant: TenantStore) -> None:
    remember(MESSAGES, tenant, outcome="success", said_by="signal:the agent itself")
    (episode,) = tenant.episodes()
    assert (episode.outcome, episode.guessed) == (Outcome.SUCCESS, True)
