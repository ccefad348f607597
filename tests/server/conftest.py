"""A server over a real store in ``tmp_path``, and clients that speak to it without a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from starlette.testclient import TestClient

from telltale.server.app import make_app
from telltale.server.keys import Keys

HOME = "http://127.0.0.1:8700"
Serving = Callable[..., Any]


def run_of(task: str, tool: str) -> list[dict[str, Any]]:
    """Messages of a run in which one tool was called for one task."""
    call = {"id": "1", "type": "function", "function": {"name": tool, "arguments": "{}"}}
    asked, acted = {"role": "user", "content": task}, {"role": "assistant", "tool_calls": [call]}
    return [asked, acted, {"role": "tool", "tool_call_id": "1", "content": "done"}]


def refunds(count: int, source: str = "shop") -> list[dict[str, Any]]:
    """What /v1/remember/many takes: tickets in pairs that differ in what was paid with, and so in what was done."""
    ways = {"by credit card": "refund_to_card", "with a gift card": "refund_to_gift_card"}
    return [
        {"trace": run_of(f"Refund order {1800 + n}, it was paid {way}", tool), "outcome": "success", "source": source}
        for n in range(count)
        for way, tool in ways.items()
    ]


@pytest.fixture
def store(tmp_path: Path) -> str:
    """The address of a store that nothing is in yet."""
    return str(tmp_path / "store")


@pytest.fixture
def client(store: str) -> Iterator[TestClient]:
    """Somebody on the same machine, who needs no key."""
    with serving(store) as opened:
        yield opened


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that has learned from 30 pairs of refunds; not to be written to."""
    store = tmp_path_factory.mktemp("taught") / "store"
    with serving(str(store)) as opened:
        assert opened.post("/v1/remember/many", json=refunds(30)).json()["refused"] == 0
        assert ended(opened, opened.post("/v1/learn"))["state"] == "done"
    return store


@pytest.fixture
def learned(taught: Path, store: str) -> Iterator[TestClient]:
    """A client of a server over a copy of it."""
    copytree(taught, store)
    with serving(store) as opened:
        yield opened


@contextmanager
def serving(store: str, **options: Any) -> Iterator[TestClient]:
    """A client of a server that is closed again, as a stopped one is."""
    with TestClient(make_app(store, keys=Keys(store, fresh=0), **options), base_url=HOME) as opened:
        yield opened


def holding(client: TestClient, key: str) -> TestClient:
    """The same server, asked with a key."""
    return TestClient(client.app, base_url=HOME, headers={"Authorization": f"Bearer {key}"})


def key_of(store: str, tenant: str, *rights: str, **options: Any) -> str:
    """A new key."""
    return Keys(store).create(tenant, rights or ("read", "ingest", "approve", "admin"), **options)[0]


def ended(client: TestClient, started: Any) -> dict[str, Any]:
    """The job that ``started`` began, when it has ended."""
    assert started.status_code == 202, started.text
    found: dict[str, Any] = started.json()
    while found["ended"] is None:
        found = client.get(f"{started.headers['Location']}?wait=30").json()
    return found
