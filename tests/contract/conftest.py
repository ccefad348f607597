"""The places that a memory can be in, and both ways to call it: what is said of one is said of all.

A folder, a bucket behind a server that speaks S3, and a server of telltale, each real and on this machine's own
address; called as it is, and awaited.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import secrets
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

import telltale
from telltale import Episode, Outcome
from telltale.server.app import make_app
from telltale.server.keys import RIGHTS, Keys

Memory = Any  # a telltale.AgentMemory, or what awaits one
BUCKET = "contract"
PAIRS = 8


@dataclass(frozen=True)
class Place:
    """Somewhere that a memory can be, and how it is called there."""

    address: str
    options: dict[str, Any]
    runner: asyncio.Runner | None = None  # None: as it is; else awaited

    @contextmanager
    def opened(self, **options: Any) -> Iterator[Memory]:
        """The memory there."""
        given = self.options | options
        if self.runner is None:
            with telltale.open(self.address, **given) as memory:
                yield memory
            return
        waited = Waited(self.runner.run(telltale.AsyncAgentMemory.open(self.address, **given)), self.runner)
        yield waited
        waited.close()


class Waited:
    """Calls that are awaited, for tests that do not say ``await``."""

    def __init__(self, awaited: Any, runner: asyncio.Runner) -> None:
        self._awaited, self._runner = awaited, runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._awaited, name)
        if not inspect.iscoroutinefunction(found):
            return found
        return lambda *args, **named: self._runner.run(found(*args, **named))

    @contextmanager
    def run(self, *args: Any, **named: Any) -> Iterator[Any]:
        """A run, entered and left with ``async with``."""
        run = self._awaited.run(*args, **named)
        self._runner.run(run.__aenter__())
        yield Waited(run, self._runner)
        self._runner.run(run.__aexit__(None, None, None))


def refunds(count: int, source: str = "shop") -> list[Episode]:
    """Tickets in pairs that differ in what was paid with, and so in what was done."""
    ways = {"by credit card": "refund_to_card", "with a gift card": "refund_to_gift_card"}
    return [
        Episode(text=f"Refund order {1800 + n}, it was paid {way}", label=label, outcome=Outcome.SUCCESS, source=source)
        for n in range(count)
        for way, label in ways.items()
    ]


@pytest.fixture(scope="session")
def speaks_s3() -> Iterator[str]:
    """The address of a server that speaks S3."""
    server = pytest.importorskip("moto.server", reason="needs moto[server]")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    speaking = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    speaking.start()
    host, port = speaking.get_host_and_port()
    yield f"http://{host}:{port}"
    speaking.stop()


@pytest.fixture(scope="session")
def bucket(speaks_s3: str) -> Iterator[str]:
    """The address of an empty bucket, which the environment leads to."""
    with pytest.MonkeyPatch.context() as environment:
        named = {"ENDPOINT": speaks_s3, "ACCESS_KEY_ID": "me", "SECRET_ACCESS_KEY": "mine"}
        for name, value in (named | {"REGION": "us-east-1", "ALLOW_HTTP": "true"}).items():
            environment.setenv(f"AWS_{name}", value)
        urllib.request.urlopen(urllib.request.Request(f"{speaks_s3}/{BUCKET}", method="PUT")).close()
        yield f"s3://{BUCKET}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server, and of its store."""
    store = str(tmp_path_factory.mktemp("served") / "store")
    Keys(store).create("nobody", ("read",))  # from now on only with a key
    with serving(make_app(store, keys=Keys(store, fresh=0))) as address:
        yield address, store


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of an application that is served over a socket."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on"))
    socket = server.config.bind_socket()
    running = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    running.start()
    socket.listen()
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    running.join(30)


WRITING = {"test_writing.py", "test_tenants.py", "test_sharing.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where time is short, nothing is awaited in a bucket, and writing in a folder alone: threads are the same."""
    for item in items:
        writes = item.path.name in WRITING and "folder" not in item.name
        if "awaited" in item.name and ("bucket" in item.name or writes):
            item.add_marker(pytest.mark.long)


@pytest.fixture(params=["folder", "bucket", "server"])
def where(request: pytest.FixtureRequest) -> str:
    """Which kind of place."""
    return str(request.param)


@pytest.fixture(params=["called", "awaited"])
def runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner | None]:
    """How it is called."""
    if request.param == "called":
        yield None
        return
    with asyncio.Runner() as running:
        yield running


def place(where: str, request: pytest.FixtureRequest, runner: asyncio.Runner | None) -> Place:
    """A place of that kind that nothing is in yet."""
    name = f"t{secrets.token_hex(6)}"
    if where == "folder":
        return Place(str(request.getfixturevalue("tmp_path_factory").mktemp("store") / name), {}, runner)
    if where == "bucket":
        return Place(f"{request.getfixturevalue('bucket')}/{name}", {}, runner)
    address, store = request.getfixturevalue("server")
    return Place(address, {"api_key": Keys(store).create(name, RIGHTS)[0]}, runner)


@pytest.fixture
def empty(where: str, request: pytest.FixtureRequest, runner: asyncio.Runner | None) -> Place:
    """A place that nothing is in yet."""
    return place(where, request, runner)


@pytest.fixture
def memory(empty: Place) -> Iterator[Memory]:
    """A memory that nothing is in yet."""
    with empty.opened() as opened:
        yield opened


_taught: dict[str, Place] = {}


@pytest.fixture
def taught(where: str, request: pytest.FixtureRequest, runner: asyncio.Runner | None) -> Iterator[Memory]:
    """A memory that has learned from 8 pairs of refunds and made skills of them; not to be changed."""
    if where not in _taught:
        _taught[where] = place(where, request, None)
        with _taught[where].opened() as teaching:
            teaching.remember(refunds(PAIRS))
            teaching.learn()
            teaching.distill()
    there = _taught[where]
    with Place(there.address, there.options, runner).opened() as opened:
        yield opened
