"""Whole values by name, what recalls showed, and what was said of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from telltale.memory.canonical import to_json
from telltale.memory.documents import UPKEEP
from telltale.memory.errors import StoreCorrupt, StoreError, StoreIO
from telltale.memory.notes import Notes
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder
from telltale.memory.types import Difference, Insight, LookAlike, Procedure, Profile


def reopened(tmp_path: Path) -> TenantStore:
    return Store.open(tmp_path / "store").tenant(embedder=HashingEmbedder())


def test_a_payload_is_read_back_by_any_process(tenant: TenantStore, tmp_path: Path) -> None:
    other = reopened(tmp_path)
    assert other.load("guard") is None
    for payload in (b"\x00numbers", b"newer"):
        tenant.save("guard", payload)
        assert other.load("guard") == payload


def test_a_payload_whose_bytes_changed_is_refused(tenant: TenantStore, tmp_path: Path) -> None:
    tenant.save("guard", b"a payload of plain numbers")
    tenant.close()
    for file in (tmp_path / "store").rglob("guard.lance/data/*.lance"):
        file.write_bytes(file.read_bytes().replace(b"plain numbers", b"plain nombers"))
    with pytest.raises(StoreCorrupt, match="telltale check"):
        reopened(tmp_path).load("guard")
    assert [problem.table for problem in reopened(tmp_path).check()] == ["guard"]


def test_procedures_look_alikes_and_insights_replace_those_before(tenant: TenantStore, tmp_path: Path) -> None:
    one, two = (Procedure(name=n, keys=(n, "x"), profile=Profile(parts={n: 2.0}), episodes=3) for n in "ab")
    pair = LookAlike(
        first="1", second="2", first_procedure="a", second_procedure="b", similarity=0.5,
        difference=Difference(kind="amount", case_value="EUR 5", candidate_value="", weight=0.3),
    )  # fmt: skip
    nearer = LookAlike(first="1", second="3", first_procedure="a", second_procedure="b", similarity=0.9)
    lesson = Insight(polarity="avoid", text="no cash", evidence=("1",), id="i")
    tenant.replace_procedures([one])
    tenant.replace_procedures([two, one])
    tenant.replace_look_alikes([pair, nearer])
    tenant.replace_insights([lesson])
    other = reopened(tmp_path)
    assert (other.procedures(), other.look_alikes(), other.insights()) == ([one, two], [nearer, pair], [lesson])
    tenant.replace_procedures([])
    assert other.procedures() == []


def test_settings_are_kept_and_missing_ones_are_none(tenant: TenantStore) -> None:
    tenant.set_meta("files", "é")
    assert (tenant.meta("files"), tenant.meta("other")) == ("é", None)


def test_feedback_is_kept_oldest_first(tenant: TenantStore, tmp_path: Path) -> None:
    for number in range(3):
        tenant.add_feedback({"recall": "r", "helped": [str(number)]})
    assert [row["helped"] for row in reopened(tmp_path).feedback()] == [["0"], ["1"], ["2"]]


def test_feedback_of_others_is_seen_among_what_was_added_here(tenant: TenantStore, tmp_path: Path) -> None:
    other = reopened(tmp_path)
    for number in range(6):
        (tenant, other)[number % 3 == 2].add_feedback({"recall": str(number)})
        assert [row["recall"] for row in tenant.feedback()] == [str(each) for each in range(number + 1)]
    assert tenant.feedback() is tenant.feedback()
    assert list(other.feedback()) == list(tenant.feedback())


def test_a_noted_recall_can_be_read_at_once_and_after_closing(tenant: TenantStore, tmp_path: Path) -> None:
    tenant.note_recall({"id": "r1", "admitted": ["a"]})
    assert tenant.recall_note("r1") == {"id": "r1", "admitted": ["a"]}
    tenant.close()
    assert reopened(tmp_path).recall_note("r1") == {"id": "r1", "admitted": ["a"]}
    assert reopened(tmp_path).recall_note("r2") is None


def test_a_note_can_be_read_while_it_is_being_written() -> None:
    seen: list[bytes | None] = []

    def write(taken: Mapping[str, bytes]) -> None:
        seen.extend(notes.get(name) for name in taken)

    notes = Notes(write)
    notes.add("r", b"shown")
    notes.flush()
    assert (seen, notes.get("r")) == ([b"shown"], None)
    notes.close()


def test_notes_that_cannot_be_written_are_dropped_and_counted() -> None:
    def broken(notes: object) -> None:
        raise StoreIO(f"no space for {notes}")

    notes = Notes(broken)
    notes.add("a", b"1")
    notes.add("b", b"2")
    notes.close()
    assert notes.dropped == 2


def test_two_hundred_notes_are_written_without_waiting_for_the_second() -> None:
    written: dict[str, bytes] = {}
    notes = Notes(written.update)
    for number in range(250):
        notes.add(str(number), b"")
    notes.close()
    notes.add("after closing", b"")
    notes.close()
    assert len(written) == 251


def test_notes_of_recalls_without_end_leave_few_files(tenant: TenantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telltale.memory.documents._OLD_VERSIONS", timedelta(0))
    noted(tenant, range(2 * UPKEEP))
    table = tenant._documents["recalls"].table.handle()
    assert table.stats()["fragment_stats"]["num_fragments"] < UPKEEP
    assert len(table.list_versions()) <= UPKEEP
    assert len(tenant.recall_notes(1000)) == 2 * UPKEEP


def test_processes_that_note_once_and_end_leave_few_files_too(tenant: TenantStore, tmp_path: Path) -> None:
    tenant.close()
    for number in range(UPKEEP + 8):
        noted(reopened(tmp_path), [number])
    table = tenant._documents["recalls"].table.handle()
    assert table.stats()["fragment_stats"]["num_fragments"] < UPKEEP
    assert len(tenant.recall_notes(1000)) == UPKEEP + 8


def test_the_oldest_of_too_many_notes_go_down_to_the_bytes(
    tenant: TenantStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telltale.memory.documents._OLD_VERSIONS", timedelta(0))
    monkeypatch.setattr("telltale.memory.tenants.MOST_KEPT", 20)
    noted(tenant, range(3 * UPKEEP), says="asked-about")
    kept = [int(note["id"]) for note in tenant.recall_notes(1000)]
    assert kept == list(range(3 * UPKEEP - len(kept), 3 * UPKEEP))
    assert 20 <= len(kept) < 20 + UPKEEP
    assert (tenant.recall_note("0") is None, tenant.recall_note(str(kept[0])) is None) == (True, False)
    tenant.close()
    data = b"".join(file.read_bytes() for file in (tmp_path / "store").rglob("recalls.lance/**/*") if file.is_file())
    assert [number for number in range(3 * UPKEEP) if b"asked-about %d." % number in data] == kept


def test_old_notes_go_at_upkeep_and_a_note_a_second_old_stays(tenant: TenantStore) -> None:
    now = time.time()
    aged = {"old": 31 * 86_400, "new": 1, "within": 29 * 86_400}
    tenant._documents["recalls"].put(
        {name: to_json({"id": name}) for name in aged}, [now - age for age in aged.values()]
    )
    tenant.maintain()
    assert [note["id"] for note in tenant.recall_notes(9)] == ["within", "new"]
    assert [note["id"] for note in tenant.recall_notes(1)] == ["new"]
    assert tenant.check() == []


def test_upkeep_that_fails_drops_no_note(tenant: TenantStore, tmp_path: Path) -> None:
    noted(tenant, range(UPKEEP // 2 + 8))
    file = next((tmp_path / "store").rglob("recalls.lance/data/*.lance"))
    away = file.rename(tmp_path / "away")
    with pytest.raises(StoreError):
        tenant.maintain()
    noted(tenant, range(UPKEEP // 2 + 8, UPKEEP))
    away.rename(file)
    assert (tenant.dropped_notes, len(tenant.recall_notes(1000))) == (0, UPKEEP)


def noted(tenant: TenantStore, numbers: Iterable[int], says: str = "") -> None:
    """Note recalls of those numbers, each in a write of its own."""
    for number in numbers:
        tenant.note_recall({"id": str(number), "text": f"{says} {number}."})
        tenant._notes.flush()
