"""Episodes out of a memory, and in again: what differs between two memories of the same runs stays inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from telltale.memory.errors import BadArgument, StoreIO
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder
from telltale.memory.types import Outcome
from telltale.writers import export as exporting
from telltale.writers.export import episodes_frame, export
from telltale.writers.ingest import ingest, remember

SUFFIXES = (".jsonl", ".parquet", ".csv", ".arrow")


def runs(count: int = 7) -> list[list[dict[str, Any]]]:
    call = {"id": "c", "function": {"name": "refund", "arguments": '{"order": "é,\\n1"}'}}
    return [
        [{"role": "user", "content": f"Refund order {n}"}, {"role": "assistant", "tool_calls": [call]}]
        for n in range(count)
    ]


@pytest.fixture
def two(tmp_path: Path) -> list[TenantStore]:
    """Two memories of the same runs, taken in at other times in another order."""
    made = [Store.open(tmp_path / name).tenant(embedder=HashingEmbedder()) for name in "ab"]
    for tenant, order in zip(made, (1, -1), strict=True):
        for run in runs()[::order]:
            remember(run, tenant, outcome="success", context={"channel": "chat"}, source="desk")
    return made


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_memories_of_the_same_runs_give_the_same_bytes(
    two: list[TenantStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(exporting, "ROWS", 3)
    assert [e.id for e in two[0].episodes()] != [e.id for e in two[1].episodes()]
    files = [tmp_path / f"{number}{suffix}" for number in range(2)]
    assert [export(tenant, file) for tenant, file in zip(two, files, strict=True)] == [7, 7]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert len(list(tmp_path.glob("*.half"))) == 0


def test_what_was_written_out_can_be_taken_in_elsewhere(two: list[TenantStore], tmp_path: Path) -> None:
    export(two[0], tmp_path / "out.jsonl")
    again = ingest(tmp_path / "out.jsonl", two[1])
    assert (again.read, again.stored, again.duplicates) == (7, 0, 7)
    fresh = Store.open(tmp_path / "c").tenant(embedder=HashingEmbedder())
    assert ingest(tmp_path / "out.jsonl", fresh).stored == 7
    export(fresh, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "out.jsonl").read_bytes()


def test_a_frame_streams_what_is_asked_of_it(two: list[TenantStore], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ROWS", 2)
    frame = episodes_frame(two[0])
    assert frame.filter(pl.col("text") == "Refund order 3").select("outcome").collect().rows() == [(Outcome.SUCCESS,)]
    assert frame.head(3).collect().height == 3
    whole = frame.collect()
    assert whole["id"].is_sorted()
    assert json.loads(whole["context"][0]) == {"channel": "chat"}
    assert json.loads(whole["steps"][0])[0][:2] == ["refund", {"order": "é,\n1"}]
    assert whole.schema == frame.collect_schema()


def test_the_columns_of_an_empty_memory_are_there(tenant: TenantStore, tmp_path: Path) -> None:
    assert export(tenant, tmp_path / "none.parquet") == 0
    assert pl.read_parquet(tmp_path / "none.parquet").schema == episodes_frame(tenant).collect_schema()


def test_another_kind_of_file_and_a_place_that_is_not_there_are_refused(tenant: TenantStore, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="ends in"):
        export(tenant, tmp_path / "out.xlsx")
    with pytest.raises(StoreIO, match="could not write"):
        export(tenant, tmp_path / "nowhere" / "out.csv")
