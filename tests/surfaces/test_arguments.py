"""A mistake in a call is named where it was made, and nothing is stored or lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import telltale
from telltale.memory.errors import BadTenantName, EmbedderMismatch, StoreMissing, UnknownEmbedder, UsageError
from telltale.memory.testing import HashingEmbedder


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[telltale.AgentMemory]:
    with telltale.open(tmp_path / "store", embedder=HashingEmbedder()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"k": 0}, "k is 0: give a whole number from 1 to 1,000"),
        ({"k": 10**9}, "give a whole number from 1 to 1,000"),
        ({"k": True}, "k is True"),
        ({"risk": 2}, "risk is 2: give the share of answers that may mislead, above 0 and below 1"),
        ({"risk": 0}, "risk is 0"),
        ({"risk": float("nan")}, "risk is nan"),
        ({"budget": 0}, "budget is 0: give a whole number of at least 1"),
        ({"budget": -1}, "budget is -1"),
        ({"text": ""}, "describe the task in words"),
        ({"text": " \n"}, "describe the task in words"),
        ({"text": None}, "describe the task in words"),
        ({"text": "caf\udce9"}, "not valid Unicode"),
        ({"context": "channel"}, "give names and values"),
        ({"context": {1: "chat"}}, "give names and values"),
        ({"context": {"paid": float("inf")}}, "give it as text"),
        ({"context": {"when": object()}}, "give it as text"),
    ],
)
def test_a_recall_outside_its_range_is_refused(memory: telltale.AgentMemory, given: dict[str, Any], says: str) -> None:
    with pytest.raises(telltale.BadArgument) as raised:
        memory.recall(**{"text": "Refund order 1832", **given})
    assert says in str(raised.value)


def test_an_unknown_way_of_searching_is_refused(memory: telltale.AgentMemory) -> None:
    with pytest.raises(telltale.BadArgument, match="by is 'magic': give one of dense, lexical, hybrid, all"):
        memory.candidates("Refund order 1832", by="magic")


@pytest.mark.parametrize("given", [{"outcome": "won"}, {"score": 1.5}, {"context": []}])
def test_a_trace_with_a_wrong_word_about_it_is_refused(memory: telltale.AgentMemory, given: dict[str, Any]) -> None:
    with pytest.raises(telltale.BadArgument):
        memory.remember([{"role": "user", "content": "Refund order 1832"}], **given)
    assert list(memory.episodes()) == []


def test_a_path_that_is_not_there_is_refused_before_anything_is_read(memory: telltale.AgentMemory) -> None:
    with pytest.raises(telltale.BadArgument, match=r"found no file at nowhere\.jsonl"):
        memory.ingest(["nowhere.jsonl"])


@pytest.mark.parametrize("given", [{}, {"episode_id": "a", "source": "b"}])
def test_forgetting_takes_exactly_one_of_three(memory: telltale.AgentMemory, given: dict[str, Any]) -> None:
    with pytest.raises(telltale.BadArgument, match="give one of episode_id, source, before"):
        memory.forget(**given)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 300])
def test_a_tenant_name_that_could_be_a_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadTenantName):
        telltale.open(tmp_path / "store", tenant=name)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_store_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="found no store at"):
        telltale.open(tmp_path / "store", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_tenant_is_not_made_by_reading(tmp_path: Path, memory: telltale.AgentMemory) -> None:
    with pytest.raises(StoreMissing, match="it has: default"):
        telltale.open(tmp_path / "store", tenant="typo", create=False)


def test_another_embedder_than_the_tenants_is_refused(tmp_path: Path, memory: telltale.AgentMemory) -> None:
    with pytest.raises(EmbedderMismatch, match="made with embedder hashing"):
        telltale.open(tmp_path / "store", embedder="wordllama")


def test_an_embedder_that_nobody_offers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownEmbedder, match="found no embedder 'clairvoyance', expected one of"):
        telltale.open(tmp_path / "store", embedder="clairvoyance")


@pytest.mark.parametrize("address", ["http://", "http://host?tenant=a", "http://me:key@host", "db://cloud", " "])
def test_an_address_of_no_supported_kind_is_refused(address: str) -> None:
    with pytest.raises(telltale.UsageError):
        telltale.open(address)


def test_working_memory_is_refused_with_what_to_use_instead() -> None:
    with pytest.raises(UsageError, match="TemporaryDirectory"):
        telltale.open("memory://x")
