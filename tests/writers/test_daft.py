"""The same runs through Daft and through this process: the same memory, row for row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from telltale.memory.errors import BadArgument
from telltale.memory.store import Store, TenantStore
from telltale.writers.export import export
from telltale.writers.ingest import ingest


def chat(number: int, **fields: Any) -> str:
    call = {"id": "c", "function": {"name": "refund", "arguments": json.dumps({"order": number})}}
    said = [{"role": "user", "content": f"Refund order {number}"}, {"role": "assistant", "tool_calls": [call]}]
    return json.dumps({"id": f"t{number}", "outcome": "success", "messages": said} | fields)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Lines with bad ones and copies, an array, a file of no known format, and one of an older state of a run."""
    (folder := tmp_path / "runs").mkdir()
    (folder / "a.jsonl").write_text("\n".join([chat(n % 7) if n % 5 else "{" for n in range(20)]))
    (folder / "b.json").write_text(f"[{chat(20)}, {chat(21, outcome='failure')}]")
    (folder / "c.md").write_text("# Notes")
    (folder / "d.jsonl").write_text(chat(20, outcome="failure"))
    return folder


@pytest.fixture
def tenant(tmp_path: Path) -> TenantStore:
    """A tenant whose embedder can be loaded by its name, wherever the work is done."""
    return Store.open(tmp_path / "store").tenant()


@pytest.mark.long
def test_daft_makes_the_same_memory_as_this_process(tenant: TenantStore, tmp_path: Path, runs: Path) -> None:
    pytest.importorskip("daft_lance", reason="the extra daft is not installed")
    local = Store.open(tmp_path / "local").tenant()
    here = ingest(runs, local, rejects=tmp_path / "here.jsonl")
    there = ingest(runs, tenant, rejects=tmp_path / "there.jsonl", engine="daft")
    assert there == here
    for at, name in ((local, "here"), (tenant, "there")):
        export(at, tmp_path / f"{name}.episodes.jsonl")
    assert (tmp_path / "there.episodes.jsonl").read_bytes() == (tmp_path / "here.episodes.jsonl").read_bytes()
    assert (tmp_path / "there.jsonl").read_bytes() == (tmp_path / "here.jsonl").read_bytes()
    assert ingest(runs, tenant, engine="daft").stored == 0


@pytest.mark.parametrize("options", [{"engine": "spark"}, {"engine": "daft", "dry_run": True}])
def test_what_no_engine_can_do_is_refused(tenant: TenantStore, runs: Path, options: dict[str, Any]) -> None:
    with pytest.raises(BadArgument, match="expected local or daft"):
        ingest(runs, tenant, **options)


def test_without_daft_it_is_said_what_to_install(
    tenant: TenantStore, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telltale.writers.daft_engine.find_spec", lambda _: None)
    with pytest.raises(BadArgument, match=r"telltale-memory\[daft\]"):
        ingest(runs, tenant, engine="daft")


def test_standard_input_cannot_be_shared_out(tenant: TenantStore) -> None:
    with pytest.raises(BadArgument, match="standard input"):
        ingest("-", tenant, engine="daft")


def test_an_unknown_runner_is_refused(tenant: TenantStore, runs: Path) -> None:
    with pytest.raises(BadArgument, match="native, ray"):
        ingest(runs, tenant, engine="daft", runner="spark")
