"""Folders that grow: a file is taken in once nobody writes to it any more, and what is added to it later too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from telltale.memory.store import TenantStore
from telltale.writers.ingest import IngestSummary, ingest

Step = Callable[[], Any]


def chat(number: int) -> str:
    return json.dumps({"id": f"t{number}", "messages": [{"role": "user", "content": f"Refund order {number}"}]})


def watched(folder: Path, tenant: TenantStore, *steps: Step, rejects: Path | None = None) -> IngestSummary:
    """Watches the folder while the steps happen, one between two looks; two quiet looks after each, then Ctrl-C."""
    waiting = [moment for step in steps for moment in (step, lambda: None, lambda: None)]

    def wait() -> None:
        if not waiting:
            raise KeyboardInterrupt
        waiting.pop(0)()

    return ingest(folder, tenant, watch=wait, rejects=rejects)


def adding(file: Path, text: str) -> Step:
    def add() -> None:
        with file.open("a", encoding="utf-8") as out:
            out.write(text)

    return add


def test_files_are_taken_in_as_they_come_and_as_they_grow(tenant: TenantStore, tmp_path: Path) -> None:
    (folder := tmp_path / "runs").mkdir()
    first, second = folder / "a.jsonl", folder / "b.jsonl"
    steps = adding(first, chat(1) + "\n"), adding(second, chat(2) + "\n"), adding(first, chat(3) + "\n")
    summary = watched(folder, tenant, *steps)
    assert (summary.read, summary.stored, summary.duplicates, summary.rejected) == (3, 3, 0, 0)
    assert summary.by_format["openai"].files == 2


def test_a_line_that_is_only_begun_is_left_until_it_is_whole(tenant: TenantStore, tmp_path: Path) -> None:
    (folder := tmp_path / "runs").mkdir()
    file, line = folder / "a.jsonl", chat(2)
    steps = adding(file, chat(1) + "\n" + line[:30]), adding(file, line[30:] + "\n" + "{bad}\n")
    summary = watched(folder, tenant, *steps, rejects=tmp_path / "rejects.jsonl")
    assert (summary.read, summary.stored, summary.rejected) == (3, 2, 1)
    (told,) = (json.loads(row) for row in (tmp_path / "rejects.jsonl").read_text().splitlines())
    assert (told["line"], told["code"]) == (3, "BAD_JSON")


def test_a_file_that_is_still_written_to_is_not_touched(tenant: TenantStore, tmp_path: Path) -> None:
    (folder := tmp_path / "runs").mkdir()
    growing = [adding(folder / "a.jsonl", chat(number) + "\n") for number in range(3)]
    waiting = [*growing]

    def wait() -> None:
        if not waiting:
            raise KeyboardInterrupt
        waiting.pop(0)()

    assert ingest(folder, tenant, watch=wait).read == 0


def test_a_session_that_means_something_as_a_whole_is_read_again(tenant: TenantStore, tmp_path: Path) -> None:
    (folder := tmp_path / "runs").mkdir()

    def line(number: int, role: str, text: str) -> str:
        message = {"role": role, "content": text}
        parent = f"u{number - 1}" if number else None
        fields = {"type": role, "uuid": f"u{number}", "parentUuid": parent, "sessionId": "s", "message": message}
        return json.dumps(fields) + "\n"

    asked, done = line(0, "user", "Fix the parser please"), line(1, "assistant", "Fixed.")
    watched(folder, tenant, adding(folder / "s.jsonl", asked), adding(folder / "s.jsonl", done))
    (episode,) = tenant.episodes()
    assert (episode.text, episode.answer) == ("Fix the parser please", "Fixed.")


def test_a_folder_that_is_not_there_yet_is_waited_for(tenant: TenantStore, tmp_path: Path) -> None:
    folder = tmp_path / "later"
    summary = watched(folder, tenant, folder.mkdir, adding(folder / "a.jsonl", chat(1) + "\n"))
    assert summary.stored == 1
