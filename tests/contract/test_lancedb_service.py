"""LanceDB's own service (``db://``): all tenants in the same tables, no files, no upkeep; at a stand-in's seam."""

from __future__ import annotations

import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

import telltale
from telltale.cli import main
from telltale.memory.errors import StoreIO, StoreMissing, UsageError
from telltale.memory.testing import HashingEmbedder, an_episode, put
from telltale.server.app import make_app
from telltale.server.keys import Keys

from .conftest import refunds
from .lancedb_service import KEY, Service, serving

CASE = "Refund order 7, it was paid by credit card"
RUN = [{"role": "user", "content": "Refund order 1832"}, {"role": "assistant", "content": "Refunded."}]
Opener = Callable[..., Any]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[str, Service]]:
    """The address of a stand-in for the service, and what it holds."""
    with serving(tmp_path / "service") as found:
        yield found


@pytest.fixture
def opened(service: tuple[str, Service]) -> Opener:
    """Opens a memory there."""

    def opener(tenant: str = "default", **given: Any) -> Any:
        there = {"host_override": service[0]}
        how: dict[str, Any] = {"embedder": HashingEmbedder(), "api_key": KEY, "storage_options": there} | given
        return telltale.open("db://project", tenant, **how)

    return opener


def test_a_memory_is_taught_asked_and_made_to_forget_as_elsewhere(opened: Opener, service: tuple[str, Service]) -> None:
    with opened() as memory:
        first = memory.remember(refunds(8))
        assert memory.remember(refunds(8)) == first
        assert memory.learn().episodes == 16
        assert [skill.name for skill in memory.distill()] == ["refund-to-card", "refund-to-gift-card"]
        found = memory.recall(CASE)
        memory.feedback(found.id, outcome="success")
        assert {verdict.candidate.procedure for verdict in found.verdicts} == {"refund_to_card", "refund_to_gift_card"}
        assert memory.check() == []
        gone = memory.forget(episode_id=first[0])
        assert (list(gone), gone.later, len(list(memory.episodes()))) == (first[:1], True, 15)
        assert "its bytes go when the service cleans up old versions of the tables" in gone.told()
        assert memory.check() == []
    with opened(read_only=True) as memory:
        assert len(list(memory.episodes())) == 15
    assert all(name.startswith("telltale_") for name in service[1].tables())


def test_tenants_share_tables_and_see_nothing_of_each_other(opened: Opener, service: tuple[str, Service]) -> None:
    for name in ("a", "b"):
        with opened(name) as memory:
            memory.remember(refunds(4, source=name))
            memory.learn()
    with opened("a") as memory:
        memory.learn()  # puts procedures in place of all: of its own alone
        assert {episode.source for episode in memory.episodes()} == {"a"}
        assert memory.forget(everything=True)
    with opened("b") as memory:
        assert len(list(memory.episodes())) == 8
        assert memory.recall(CASE).verdicts
        assert memory.check() == []
    owners = Counter(service[1].table("telltale_procedures").to_arrow().column("tenant").to_pylist())
    assert list(owners.values()) == [2]


def test_the_same_ids_of_two_tenants_are_two_rows(service: tuple[str, Service], tmp_path: Path) -> None:
    many = telltale.open_store("db://project", api_key=KEY, storage_options={"host_override": service[0]})
    store = many._store
    put(store.tenant("a", embedder=HashingEmbedder()), an_episode("refund"), an_episode("invoice"))
    many.export("a", tmp_path / "a.zip")
    store.restore(tmp_path / "a.zip", "b", embedder=HashingEmbedder())
    a, b = store.tenant("a"), store.tenant("b")
    assert a.ids() == b.ids() == sorted(a.ids())
    many.rename("a", "old")
    many.delete("old")
    assert (many.names(), b.count(), b.check()) == (["b"], 2, [])
    assert service[1].table("telltale_memories_256").count_rows() == 2


def test_a_memory_too_large_to_be_held_is_searched_by_the_service(
    opened: Opener, service: tuple[str, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telltale.memory.memories.RESIDENT_ROWS", 4)
    with opened("other") as memory:
        memory.remember(refunds(4))
    with opened() as memory:
        memory.remember(refunds(4))
        found = memory.candidates(CASE)
        assert {candidate.procedure for candidate in found} == {"refund_to_card", "refund_to_gift_card"}
        memory.forget(source="shop")
        assert list(memory.candidates(CASE)) == []


def test_an_answer_that_was_lost_doubles_nothing(opened: Opener, service: tuple[str, Service]) -> None:
    with opened() as memory:
        memory.remember(refunds(1))
        found = memory.recall(CASE)
        service[1].failing += ["merge_insert"] * 2
        memory.feedback(found.id, outcome="success")
        service[1].failing += ["merge_insert"]
        memory.remember(refunds(2))
        assert (len(list(memory.episodes())), memory.check()) == (4, [])
    assert service[1].table("telltale_feedback").count_rows() == 1
    assert "insert" not in service[1].calls


def test_four_writers_of_the_same_keys_at_once_double_none(opened: Opener) -> None:
    memories = [opened() for _ in range(4)]
    meet = threading.Barrier(4)

    def remember(memory: Any) -> list[list[str]]:
        return [(meet.wait(), memory.remember(refunds(number)))[1] for number in (1, 2, 3)]

    with ThreadPoolExecutor(4) as writers:
        told = list(writers.map(remember, memories))
    assert told == [told[0]] * 4
    assert (len(list(memories[0].episodes())), memories[0].check()) == (6, [])


def test_a_service_that_keeps_no_declared_keys_is_not_written_to(opened: Opener, service: tuple[str, Service]) -> None:
    service[1].keeps_keys = False
    with pytest.raises(StoreIO, match="rows could be doubled, and nothing was written"):
        opened()
    assert "merge_insert" not in service[1].calls


def test_a_key_that_is_not_known_is_an_error_that_does_not_tell_it(opened: Opener) -> None:
    wrong = KEY[::-1]
    with pytest.raises(StoreIO, match="credentials were not accepted") as raised:
        opened(api_key=wrong)
    assert wrong not in "".join(traceback.format_exception(raised.value))


def test_no_key_and_no_tenant_are_told_apart(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANCEDB_API_KEY", raising=False)
    with pytest.raises(UsageError, match="LANCEDB_API_KEY"):
        opened(api_key=None)
    monkeypatch.setenv("LANCEDB_API_KEY", KEY)
    with pytest.raises(StoreMissing):
        opened(api_key=None, create=False)


def test_a_server_keeps_its_keys_and_what_was_sent_before_there_too(
    service: tuple[str, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANCEDB_API_KEY", KEY)
    there = ["--store", "db://project", "--storage-option", f"host_override={service[0]}"]
    key, _, *_ = CliRunner().invoke(main, ["keys", "create", "--right", "ingest", *there]).output.split()
    sent = {"headers": {"Authorization": f"Bearer {key}", "Idempotency-Key": "1"}, "json": {"trace": RUN}}
    told = []
    for _ in range(2):  # each a server of its own, as after a restart
        with asked_at(service[0]) as server:
            told.append(server.post("/v1/remember", **sent))
            assert server.post("/v1/remember", **sent | {"json": {"trace": RUN[:1]}}).status_code == 409
    assert [answer.status_code for answer in told] == [200, 200]
    assert told[0].json() == told[1].json()
    assert CliRunner().invoke(main, ["keys", "revoke", key.split("_")[1], *there]).exit_code == 0
    with asked_at(service[0]) as server:
        assert server.post("/v1/remember", **sent).status_code == 401
    assert {"telltale_keys", "telltale_requests"} < set(service[1].tables())


def asked_at(host: str) -> Any:
    """Somebody who asks a server of telltale whose store is at the service; closed again, as a stopped one is."""
    options = {"host_override": host}
    keys = Keys("db://project", storage_options=options, fresh=0)
    return TestClient(make_app("db://project", storage_options=options, keys=keys), base_url="http://127.0.0.1:8700")


def test_a_service_that_does_not_answer_is_said_to_be_so() -> None:
    with pytest.raises(StoreIO):
        telltale.open("db://project", api_key=KEY, storage_options={"host_override": "http://127.0.0.1:9"})
