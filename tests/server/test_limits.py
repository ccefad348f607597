"""What is out of range, too often, too much at once, or comes from elsewhere (reliability 20, 32, 33, 36, 37)."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import Any

import pytest
from limits import parse
from starlette.testclient import TestClient

from telltale.server.problems import Problem
from telltale.server.workers import Workers

from .conftest import holding, key_of, serving

ASKED: dict[str, Any] = {"text": "Refund order 1"}
PROBLEM = {"type", "title", "status", "detail", "code", "hint"}


@pytest.mark.parametrize("k", [0, -1, 10**9])
def test_a_limit_out_of_range_is_told_with_the_range(client: TestClient, k: int) -> None:
    told = client.post("/v1/recall", json=ASKED | {"k": k}).json()
    assert (told["status"], told["code"], told["field"]) == (422, "BAD_LIMIT", "k")
    assert "=1" in told["detail"]


@pytest.mark.parametrize(
    ("changes", "expected", "field"),
    [
        ({"filter": {"a": 1}}, "UNKNOWN_FIELD", "filter"),
        ({"text": None}, "BAD_ARGUMENT", "text"),
        ({"text": " "}, "BAD_ARGUMENT", None),
        ({"risk": 1}, "BAD_ARGUMENT", "risk"),
        ({"k": "3"}, "BAD_LIMIT", "k"),
        ({"budget": 0}, "BAD_LIMIT", "budget"),
        ({"kinds": "' OR 1=1 --"}, "BAD_ARGUMENT", "kinds"),
    ],
)
def test_a_field_that_is_wrong_is_named(client: TestClient, changes: Any, expected: str, field: str | None) -> None:
    answer = client.post("/v1/recall", json=ASKED | changes)
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, told["code"], told.get("field")) == (422, expected, field)
    assert told.keys() - {"field"} == PROBLEM


@pytest.mark.parametrize("id_", ["' OR 1=1 --", "\\'", "a%00b", "O'Brien", "..%2f..%2fx", "%ff", "x" * 5_000])
def test_an_id_that_is_no_id_equals_nothing(client: TestClient, id_: str) -> None:
    assert client.get(f"/v1/episodes/{id_}").status_code == 404


@pytest.mark.parametrize(("verb", "path", "status"), [("GET", "/v1/nothing", 404), ("GET", "/v1/recall", 405)])
def test_unknown_routes_and_methods_are_problems_too(client: TestClient, verb: str, path: str, status: int) -> None:
    answer = client.request(verb, path)
    assert (answer.status_code, answer.json().keys()) == (status, PROBLEM)


def test_a_key_that_asks_too_often_waits_and_others_do_not(store: str) -> None:
    keys = [key_of(store, name) for name in ("ant", "bee")]
    with serving(store, rate=parse("3/hour")) as client:
        ant, bee = (holding(client, key) for key in keys)
        assert [ant.get("/v1/about").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
        assert bee.get("/v1/about").status_code == 200
        refused = ant.get("/v1/about")
        assert refused.json()["code"] == "RATE_LIMITED"
        assert int(refused.headers["Retry-After"]) > 0


def test_with_too_many_before_it_a_request_is_turned_away_and_the_next_is_served() -> None:
    async def crowd() -> tuple[list[Any], str]:
        workers, going = Workers("test", threads=1, waiting=2), Event()
        crowd = [asyncio.create_task(workers.do(going.wait, seconds=60)) for _ in range(5)]
        while not all(one.done() for one in crowd[3:]):  # noqa: ASYNC110 - its turns, not its time
            await asyncio.sleep(0)
        going.set()
        found = await asyncio.gather(*crowd, return_exceptions=True)
        return found, await workers.do(lambda: "served", seconds=60)

    found, after = asyncio.run(crowd())
    turned_away = [one for one in found if isinstance(one, Problem)]
    assert (found.count(True), after) == (3, "served")
    assert [(one.status_code, one.code) for one in turned_away] == [(503, "BUSY")] * 2
    assert all(one.headers and one.headers["Retry-After"] for one in turned_away)


def test_what_takes_too_long_is_given_up_and_keeps_its_place_until_it_ends() -> None:
    async def slow() -> tuple[str, int, int]:
        workers, going = Workers("test", threads=1, waiting=0), Event()
        try:
            await workers.do(going.wait, seconds=0.01)
        except Problem as problem:
            busy = workers.busy
            going.set()
            while workers.busy:  # noqa: ASYNC110
                await asyncio.sleep(0)
            return problem.code, busy, workers.busy
        raise AssertionError

    assert asyncio.run(slow()) == ("TIMEOUT", 1, 0)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "127.0.0.1@evil.example"])
def test_another_name_in_host_is_misdirected(client: TestClient, host: str) -> None:
    answer = client.get("/v1/about", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "MISDIRECTED")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9", "http://[", ""])
def test_a_page_of_another_site_may_not_ask(client: TestClient, origin: str) -> None:
    answer = client.post("/v1/recall", json=ASKED, headers={"Origin": origin})
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_its_own_page_may_ask_but_no_other_is_invited(client: TestClient) -> None:
    answer = client.post("/v1/recall", json=ASKED, headers={"Origin": "http://127.0.0.1:8700"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert client.options("/v1/recall", headers={"Access-Control-Request-Method": "POST"}).status_code == 405
