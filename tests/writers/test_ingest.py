"""Files into a memory: everything that can be taken goes in once, and what cannot has its line in the rejects."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from telltale.memory.errors import BadArgument, ReadOnly
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder
from telltale.memory.types import Outcome
from telltale.writers import batch
from telltale.writers import run as running
from telltale.writers.ingest import FormatCount, IngestSummary, ingest


def chat(number: int, **fields: Any) -> dict[str, Any]:
    call = {"id": "c", "function": {"name": "refund", "arguments": json.dumps({"order": number})}}
    messages = [
        {"role": "user", "content": f"Refund order {number}"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "ok"},
        {"role": "assistant", "content": "Done."},
    ]
    return {"id": f"t{number}", "messages": messages} | fields


def unsaid(count: int) -> dict[str, dict[str, int]]:
    return {"nobody": {"unknown": count}}


def lines(path: Path, *values: Any) -> Path:
    path.write_bytes(b"".join((v if isinstance(v, bytes) else json.dumps(v).encode()) + b"\n" for v in values))
    return path


def counts(summary: IngestSummary) -> tuple[int, ...]:
    return (summary.read, summary.stored, summary.duplicates, summary.rejected, summary.skipped)


def told(path: Path) -> list[tuple[Any, ...]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row["line"], row["offset"], row["code"]) for row in rows]


def test_a_file_goes_in_with_its_bad_records_in_the_rejects(tenant: TenantStore, tmp_path: Path) -> None:
    bad: tuple[Any, ...] = (b'{"messages": [NaN]}', b'{"messages": "caf\xe9"}', {"messages": []}, b'{"id": 1, "id": 2}')
    silent = {"messages": [{"role": "assistant", "content": "Hello?"}]}
    file, rejects = lines(tmp_path / "a.jsonl", chat(1), *bad, silent, chat(2)), tmp_path / "rejects.jsonl"
    summary = ingest(file, tenant, rejects=rejects)
    assert counts(summary) == (7, 2, 0, 5, 0)
    assert (summary.episodes, summary.procedures) == (2, 1)
    assert summary.by_format == {
        "openai": FormatCount(files=1, traces=2, episodes=2, steps=2, rejects=5, outcomes=unsaid(2))
    }
    first = len(json.dumps(chat(1))) + 1
    assert [(line, code) for line, _, code in told(rejects)] == [
        *((2, "BAD_NUMBER"), (3, "BAD_TEXT"), (4, "EMPTY_TRACE"), (5, "DUPLICATE_KEY"), (6, "NO_TASK")),
    ]
    assert told(rejects)[0][1] == first
    assert told(rejects)[1][1] == first + 20 + 17, "the bad byte itself"
    assert [reject.code for reject in summary.rejects] == [code for *_, code in told(rejects)]


def test_rejects_hold_no_text_of_the_record_and_no_secret(tenant: TenantStore, tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2" * 9
    file = lines(
        tmp_path / "a.jsonl", chat(1), {"messages": "my private words"}, f'{{"{secret}":1,"{secret}":2}}'.encode()
    )
    ingest(file, tenant, rejects=tmp_path / "r.jsonl")
    written = (tmp_path / "r.jsonl").read_text(encoding="utf-8")
    assert "private words" not in written
    assert secret not in written
    assert "[secret:github-token:" in written


def test_the_same_again_adds_nothing_by_any_name(tenant: TenantStore, tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", chat(1), chat(2), {"text": "a", "plan": "b", "split": "query"})
    assert counts(ingest(file, tenant)) == (3, 2, 0, 0, 1)
    assert counts(ingest(file, tenant)) == (3, 0, 2, 0, 1)
    assert counts(ingest(lines(tmp_path / "b.jsonl", chat(2), chat(3)), tenant)) == (2, 1, 1, 0, 0)
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(file.read_bytes()))
    assert counts(ingest(tmp_path / "c.jsonl.gz", tenant)) == (3, 0, 2, 0, 1)
    assert tenant.count() == 3


def test_rejects_are_told_again_when_a_file_is_read_again(tenant: TenantStore, tmp_path: Path) -> None:
    file, rejects = lines(tmp_path / "a.jsonl", chat(1), b"{"), tmp_path / "r.jsonl"
    assert counts(ingest(file, tenant)) == (2, 1, 0, 1, 0)
    assert counts(ingest(file, tenant, rejects=rejects)) == (2, 0, 1, 1, 0)
    assert [code for *_, code in told(rejects)] == ["BAD_JSON"]


@pytest.fixture
def big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is marked, and marked often."""
    monkeypatch.setattr(running, "MARKED_BYTES", 0)
    monkeypatch.setattr(running, "MARKED_EVERY", 10)
    monkeypatch.setattr(batch, "EPISODES", 10)
    return lines(tmp_path / "big.jsonl", *(chat(number) for number in range(40)), {"text": "q", "split": "query"})


def test_a_finished_file_is_known_again_without_being_read(big: Path, tenant: TenantStore) -> None:
    assert counts(ingest(big, tenant)) == (41, 40, 0, 0, 1)
    tenant.embedder = Stubborn(after=0)
    assert counts(ingest(big.rename(big.with_name("moved.jsonl")), tenant)) == (41, 0, 40, 0, 1)


def test_a_stopped_run_goes_on_where_it_was(big: Path, tenant: TenantStore) -> None:
    whole = tenant.embedder
    tenant.embedder = Stubborn(after=2)
    with pytest.raises(KeyboardInterrupt):
        ingest(big, tenant)
    assert tenant.count() == 20
    tenant.embedder = whole
    assert counts(ingest(big, tenant)) == (41, 20, 20, 0, 1)
    assert tenant.count() == 40


def test_what_was_forgotten_comes_back_when_its_file_is_read_again(big: Path, tenant: TenantStore) -> None:
    ingest(big, tenant, source="desk")
    assert len(tenant.forget(source="desk")) == 40
    assert counts(ingest(big, tenant)) == (41, 40, 0, 0, 1)


class Stubborn(HashingEmbedder):
    """Embeds so many batches and is stopped at the next."""

    def __init__(self, *, after: int) -> None:
        super().__init__()
        self._left = after

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        return super().embed(texts)


def test_a_dry_run_says_what_would_happen_and_writes_nothing(tenant: TenantStore, tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", chat(1), b"{", chat(2), chat(2), {"text": "q", "plan": "b", "split": "query"})
    ingest(lines(tmp_path / "b.jsonl", chat(2)), tenant)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    rejects = tmp_path / "rejects.jsonl"
    would = ingest(file, tenant, dry_run=True, rejects=rejects)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert would == dataclasses.replace(ingest(file, tenant, rejects=rejects), dry_run=True)
    assert counts(would) == (5, 1, 2, 1, 1)


def test_a_dry_run_reads_through_a_memory_that_cannot_be_written(tenant: TenantStore, tmp_path: Path) -> None:
    tenant.read_only = True
    assert ingest(lines(tmp_path / "a.jsonl", chat(1)), tenant, dry_run=True).stored == 1
    with pytest.raises(ReadOnly):
        ingest(tmp_path / "a.jsonl", tenant)


def test_what_is_older_than_asked_for_is_left_out(tenant: TenantStore, tmp_path: Path) -> None:
    timed = [chat(number, time=1_700_000_000 + number) for number in range(4)]
    (folder := tmp_path / "runs").mkdir()
    file, old = lines(folder / "a.jsonl", *timed, chat(4)), lines(folder / "b.jsonl", chat(5))
    os.utime(file, (1_700_000_002, 1_700_000_002))
    os.utime(old, (1_600_000_000, 1_600_000_000))
    summary = ingest(folder, tenant, since=1_700_000_002)
    assert (counts(summary), summary.older, summary.older_files) == ((5, 3, 0, 0, 0), 2, 1)
    assert sorted(episode.trace_id for episode in tenant.episodes()) == ["t2", "t3", "t4"]


def test_a_file_that_was_read_in_part_is_read_again_for_more(big: Path, tenant: TenantStore) -> None:
    assert ingest(big, tenant, since=big.stat().st_mtime + 1).older_files == 1
    assert ingest(big, tenant).stored == 40
    assert counts(ingest(big, tenant, since=1.0)) == (41, 0, 40, 0, 1)


def test_a_finished_file_with_rejects_is_read_again_for_them_alone(
    big: Path, tenant: TenantStore, tmp_path: Path
) -> None:
    with big.open("ab") as file:
        file.write(b"{\n")
    ingest(big, tenant)
    tenant.embedder = Stubborn(after=0)
    summary = ingest(big, tenant, rejects=tmp_path / "r.jsonl")
    assert counts(summary) == (42, 0, 40, 1, 1)
    assert [code for *_, code in told(tmp_path / "r.jsonl")] == ["BAD_JSON"]


def test_many_finished_files_are_marked_together(tenant: TenantStore, tmp_path: Path, big: Path) -> None:
    big.unlink()
    for number in range(30):
        lines(tmp_path / f"{number}.jsonl", chat(number))
    ingest(sorted(tmp_path.glob("*.jsonl")), tenant)
    assert tenant._documents["meta"].table.version() < 30
    tenant.embedder = Stubborn(after=0)
    assert ingest(sorted(tmp_path.glob("*.jsonl")), tenant).duplicates == 30


def test_outcomes_that_come_later_update_the_episodes(big: Path, tenant: TenantStore, tmp_path: Path) -> None:
    ingest(big, tenant)
    outcomes = tmp_path / "outcomes.csv"
    outcomes.write_text("trace_id,outcome,score,source\nt1,success,1,judge\nt2,failure,,judge\nt3,fine,,\n")
    summary = ingest(big, tenant, outcomes=outcomes, rejects=tmp_path / "r.jsonl")
    assert (summary.stored, summary.duplicates, summary.rejected) == (2, 38, 1)
    found = {episode.trace_id: episode for episode in tenant.episodes()}
    assert (found["t1"].outcome, found["t1"].score, found["t1"].said_by) == (Outcome.SUCCESS, 1.0, "judge")
    assert (found["t2"].outcome, found["t3"].outcome) == (Outcome.FAILURE, Outcome.UNKNOWN)
    assert ingest(big, tenant).stored == 0, "what is left unsaid takes nothing back"
    assert {episode.trace_id: episode for episode in tenant.episodes()} == found


def test_folders_and_patterns_are_read_sorted_without_hidden_files_and_the_rejects(
    tenant: TenantStore, tmp_path: Path
) -> None:
    folder = tmp_path / "traces"
    (folder / "in").mkdir(parents=True)
    lines(folder / "in" / "b.jsonl", chat(1))
    lines(folder / ".hidden.jsonl", chat(2))
    (folder / "a.md").write_text("# Notes")
    for _ in range(2):
        summary = ingest([folder, folder / "in" / "*.jsonl"], tenant, rejects=folder / "rejects.jsonl")
        assert {name: count.files for name, count in summary.by_format.items()} == {"openai": 1, "unknown": 1}
    assert [code for *_, code in told(folder / "rejects.jsonl")] == ["UNKNOWN_FORMAT", "UNKNOWN_FORMAT"]
    assert [episode.source for episode in tenant.episodes()] == ["b.jsonl"]


def test_links_to_nowhere_are_no_files_of_a_folder(tenant: TenantStore, tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", chat(1))
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "gone.jsonl")
    assert ingest([tmp_path, tmp_path / "*.jsonl"], tenant).stored == 1
    with pytest.raises(BadArgument, match="no file"):
        ingest(tmp_path / "b.jsonl", tenant)


def test_a_path_or_format_that_is_not_there_is_refused(tenant: TenantStore, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="no file"):
        ingest(tmp_path / "missing-*.jsonl", tenant)
    with pytest.raises(BadArgument, match="expected one of"):
        ingest(lines(tmp_path / "a.jsonl", chat(1)), tenant, format="word")


def test_a_source_that_is_named_replaces_the_records_own(tenant: TenantStore, tmp_path: Path) -> None:
    ingest(lines(tmp_path / "a.jsonl", chat(1, source="theirs"), chat(2)), tenant, source="ours")
    assert [episode.source for episode in tenant.episodes()] == ["ours", "ours"]


def test_progress_is_told_in_bytes_up_to_all_of_them(tenant: TenantStore, tmp_path: Path) -> None:
    moves: list[tuple[int, int]] = []
    files = [lines(tmp_path / f"{name}.jsonl", chat(1), chat(2)) for name in "ab"]
    ingest(files, tenant, progress=lambda done, total: moves.append((done, total)))
    assert moves[-1][0] == moves[-1][1] == sum(file.stat().st_size for file in files)
    assert moves == sorted(moves)


def test_the_order_of_arrival_changes_nothing(tmp_path: Path) -> None:
    rows = [chat(number) for number in range(6)]
    first, second = (Store.open(tmp_path / name) for name in "ab")
    one = first.tenant(embedder=HashingEmbedder())
    ingest(lines(tmp_path / "a.jsonl", *rows), one)
    other = second.tenant(embedder=HashingEmbedder())
    other.key = one.key
    ingest([lines(tmp_path / f"{n}.jsonl", row) for n, row in enumerate(reversed(rows))], other, source="a.jsonl")
    assert list(one.episodes()) == list(other.episodes())


def test_case_files_are_read_as_the_past_they_hold(tenant: TenantStore, shared_data: Path) -> None:
    summary = ingest(shared_data / "alfworld" / "cases.jsonl", tenant)
    assert counts(summary) == (644, 510, 0, 0, 134)
    assert (summary.episodes, summary.procedures) == (510, 6)
    outcomes = [episode.outcome for episode in tenant.episodes()]
    assert (outcomes.count(Outcome.SUCCESS) > 0, outcomes.count(Outcome.FAILURE) > 0) == (True, True)


def test_every_real_trace_file_goes_in_or_is_refused(tenant: TenantStore, shared_data: Path) -> None:
    summary = ingest(shared_data / "traces", tenant)
    files = [file for file in (shared_data / "traces").rglob("*") if file.is_file()]
    assert sum(count.files for count in summary.by_format.values()) == len(files)
    assert summary.episodes == summary.stored > 80
    told = [sum(said.values()) for count in summary.by_format.values() for said in count.outcomes.values()]
    assert sum(told) == sum(count.episodes for count in summary.by_format.values())
