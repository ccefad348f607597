"""A request that is sent again is answered as before (reliability 13)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.testclient import TestClient

from telltale.memory import schema
from telltale.memory.place import place_of
from telltale.server.beside import table_at

from .conftest import holding, key_of, refunds, serving

ONE, OTHER = refunds(1)


def sent(client: TestClient, body: Any, key: str, path: str = "/v1/remember") -> Any:
    return client.post(path, json=body, headers={"Idempotency-Key": key})


def test_the_same_again_gets_the_same_answer_even_after_a_restart(store: str) -> None:
    with serving(store) as client:
        first = sent(client, ONE, "a")
        client.post("/v1/forget", json={"everything": True})
        assert sent(client, ONE, "a").text == first.text
        assert client.get("/v1/about").json()["episodes"] == 0  # answered, not done again
    with serving(store) as client:
        assert sent(client, ONE, "a").text == first.text


def test_another_body_under_the_same_key_is_refused_even_after_a_restart(store: str) -> None:
    with serving(store) as client:
        sent(client, ONE, "a")
    with serving(store) as client:
        refused = sent(client, OTHER, "a")
        assert (refused.status_code, refused.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")
        assert sent(client, OTHER, "b").status_code == 200


def test_what_was_refused_may_be_mended_under_a_new_key_and_is_refused_again_under_the_old(client: TestClient) -> None:
    nothing = {"trace": [{"role": "assistant", "content": "Hello"}]}
    assert [sent(client, nothing, "a").status_code for _ in range(2)] == [422, 422]
    assert sent(client, ONE, "b").status_code == 200


def test_eight_at_once_are_one(client: TestClient) -> None:
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: sent(client, [ONE, OTHER], "a", "/v1/remember/many").text, range(8)))
    assert len(set(answers)) == 1
    assert client.get("/v1/about").json()["episodes"] == 2


def test_many_at_once_under_keys_of_their_own_share_commits_and_are_each_answered_as_before(
    client: TestClient, store: str
) -> None:
    kept = table_at(place_of(store), "requests", schema.documents)
    sent(client, ONE, "a")
    before = kept.version()
    with ThreadPoolExecutor(16) as senders:
        answers = list(senders.map(lambda n: sent(client, refunds(n + 1)[-1], str(n)).text, range(16)))
    assert kept.version() - before < 2 * 16
    assert len(set(answers)) == 16
    assert [sent(client, refunds(n + 1)[-1], str(n)).text for n in range(16)] == answers


def test_the_same_key_of_two_tenants_is_two_keys(store: str) -> None:
    keys = [key_of(store, name) for name in ("ant", "bee")]
    with serving(store) as client:
        answers = [sent(holding(client, key), body, "a") for key, body in zip(keys, (ONE, OTHER), strict=True)]
    assert [answer.status_code for answer in answers] == [200, 200]
