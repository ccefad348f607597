"""MCP at a server: the tools work on the memory of the key, and on no other."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.testclient import TestClient

from telltale.server.keys import Keys

from .conftest import HOME, holding, key_of, run_of, serving
from .test_stop import started

CASE = "Refund order 12, it was paid with a gift card"


def call(port: int, key: str, tool: str, arguments: dict[str, Any]) -> Any:
    """What the tool answers to somebody with that key."""

    async def ask() -> Any:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
            speaking = streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)
            async with Client(speaking) as client:
                return await client.call_tool(tool, arguments)

    return asyncio.run(ask())


def test_an_agent_remembers_and_recalls_with_its_key_alone(store: str) -> None:
    ant, bee, reader = key_of(store, "ant"), key_of(store, "bee"), key_of(store, "ant", "read")
    with started(store) as (_, port):
        taken = call(port, ant, "remember", {"messages": run_of(CASE, "refund")})
        assert not taken.is_error
        said = [call(port, key, "recall", {"task": CASE}).structured_content["reason"] for key in (reader, bee)]
        forbidden = call(port, reader, "remember", {"messages": run_of(CASE, "refund")})
    assert ["empty memory" in reason for reason in said] == [False, True]
    assert forbidden.is_error
    assert "FORBIDDEN" in forbidden.content[0].text


def test_every_change_over_mcp_has_a_line_with_who_did_it(store: str) -> None:
    key = key_of(store, "ant")
    with started(store) as (_, port):
        ids = call(port, key, "remember", {"messages": run_of(CASE, "refund")}).structured_content["episodes"]
        found = call(port, key, "recall", {"task": CASE}).structured_content
        call(port, key, "feedback", {"recall": found["recall"], "helped": ids})
        wrong = call(port, key, "feedback", {"recall": "0" * 32, "helped": ids})
    told = [orjson.loads(line) for line in (Path(store) / "audit.jsonl").read_bytes().splitlines()]
    assert wrong.is_error
    assert [line["what"] for line in told] == ["mcp remember", "mcp feedback"]
    assert {(line["tenant"], line["actor"]) for line in told} == {("ant", key.split("_")[1])}


def test_an_operators_key_opens_no_memory_over_mcp(store: str) -> None:
    key = Keys(store).create_operator()[0]
    with started(store) as (_, port):
        for tool, asked in (("recall", {"task": CASE}), ("remember", {"messages": run_of(CASE, "refund")})):
            answer = call(port, key, tool, asked)
            assert answer.is_error
            assert "FORBIDDEN" in answer.content[0].text


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer tt_0"}])
def test_without_a_key_nobody_speaks_to_it(store: str, headers: dict[str, str]) -> None:
    key_of(store, "ant")
    with serving(store) as client:
        assert (
            client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers).status_code
            == 401
        )


@pytest.mark.parametrize(
    ("name", "value", "status"), [("Host", "evil.example", 421), ("Origin", "http://evil.example", 403)]
)
def test_a_page_of_another_site_does_not_reach_it(client: TestClient, name: str, value: str, status: int) -> None:
    assert client.post("/mcp", json={}, headers={name: value}).status_code == status


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'{"jsonrpc": "2.0", "id": 1, "method": "nothing"}', b"x" * 10_000]
)
def test_what_is_no_call_ends_nothing(store: str, body: bytes) -> None:
    key = key_of(store, "ant")
    with serving(store) as client:
        asking = holding(client, key)
        kinds = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        assert asking.post("/mcp", content=body, headers=kinds).status_code < 500
        assert asking.get(f"{HOME}/v1/about").status_code == 200
