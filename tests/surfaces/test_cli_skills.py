"""The library on the command line: everything that a memory can be asked about its skills."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import telltale
from telltale.cli import main

GIFT, CARD = "Refund order {}, it was paid with a gift card", "Refund order {}, it was paid by credit card"
Run = Callable[..., Result]


def run_of(task: str, tool: str) -> dict[str, Any]:
    call = {"id": "1", "type": "function", "function": {"name": tool, "arguments": "{}"}}
    asked, acted = {"role": "user", "content": task}, {"role": "assistant", "tool_calls": [call]}
    return {"messages": [asked, acted, {"role": "tool", "tool_call_id": "1", "content": "done"}]}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two skills."""
    with telltale.open(tmp_path / "store") as memory:
        memory.remember([run_of(GIFT.format(n), "refund_to_balance") for n in range(8)], outcome="success")
        memory.remember([run_of(CARD.format(n), "refund_to_card") for n in range(8)], outcome="success")
        memory.learn()
        memory.distill()
    return tmp_path / "store"


@pytest.fixture
def ask(store: Path) -> Callable[..., Any]:
    """What a verb of ``skills`` prints as JSON."""

    def asked(*words: str, into: Path = store) -> Any:
        ran = CliRunner().invoke(main, ["skills", *words, "--store", str(into), "--json"])
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    return asked


def test_a_skill_says_when_not_to_use_it_and_what_it_rests_on(ask: Callable[..., Any]) -> None:
    names = [one["name"] for one in ask("list")["skills"]]
    assert names == ["refund-to-balance", "refund-to-card"]
    shown = ask("show", "refund-to-balance")
    assert any("credit card" in reason and "refund-to-card" in reason for reason in shown["when_not_to_use"])
    assert any(part["part"] == "step 1" for part in ask("why", "refund-to-balance")["parts"])
    assert ask("diff", "refund-to-balance")["changes"] == []


def test_what_is_exported_is_taken_in_elsewhere_as_candidates(ask: Callable[..., Any], tmp_path: Path) -> None:
    ask("export", str(tmp_path / "library"))
    ask("export", str(tmp_path / "library.jsonl"), "--as", "jsonl")
    for number, place in enumerate(("library", "library.jsonl")):
        other = tmp_path / f"other{number}"
        came = ask("import", str(tmp_path / place), into=other)["skills"]
        assert [one["name"] for one in came] == ["refund-to-balance", "refund-to-card"]
        assert {one["status"] for one in ask("list", into=other)["skills"]} == {"candidate"}
        assert ask("import", str(tmp_path / place), into=other) == {"skills": []}


def test_what_a_person_edits_is_the_next_version_and_says_so(ask: Callable[..., Any], tmp_path: Path) -> None:
    ask("export", str(tmp_path / "library"))
    page = tmp_path / "library" / "refund-to-card" / "SKILL.md"
    page.write_text(
        page.read_text("utf-8").replace("## When not to use\n", "## When not to use\n\n- on Sundays"), "utf-8"
    )
    ask("review", "--edit", str(page))
    shown = ask("show", "refund-to-card")
    assert (shown["version"], "on Sundays" in shown["when_not_to_use"]) == (2, True)
    assert any("on Sundays" in line for line in ask("diff", "refund-to-card")["changes"])
    assert "on Sundays" not in ask("show", "refund-to-card", "--version", "1")["when_not_to_use"]


def test_where_review_is_asked_for_nothing_changes_without_a_word(ask: Callable[..., Any], tmp_path: Path) -> None:
    ask("export", str(tmp_path / "library.jsonl"), "--as", "jsonl")
    other = tmp_path / "other"
    telltale.open(other).close()
    ask("review", "--on", into=other)
    ask("import", str(tmp_path / "library.jsonl"), into=other)
    assert ask("list", into=other) == {"skills": []}
    waits = ask("review", into=other)["proposals"]
    assert [one["proposal"]["skill"]["name"] for one in waits] == ["refund-to-balance", "refund-to-card"]
    left = ask("review", "--accept", "refund-to-card", "--reject", "refund-to-balance", into=other)["proposals"]
    assert left == []
    assert [(one["name"], one["status"]) for one in ask("list", into=other)["skills"]] == [("refund-to-card", "active")]


def test_successes_become_chat_files(ask: Callable[..., Any], tmp_path: Path) -> None:
    told = ask("export", str(tmp_path / "chats"), "--as", "fine-tuning", "--held", "0.5")
    assert told["train"] + told["validation"] == 16
    assert (tmp_path / "chats" / "train.jsonl").exists()


@pytest.mark.parametrize("words", [["list"], ["show", "refund-to-card"], ["why", "refund-to-card"], ["review"]])
def test_people_get_it_in_words(store: Path, words: list[str]) -> None:
    ran = CliRunner().invoke(main, ["skills", *words, "--store", str(store)])
    assert ran.exit_code == 0
    assert ("Nothing waits for review." if words == ["review"] else "refund-to-card") in ran.output


def test_a_version_that_is_not_there_is_named(store: Path) -> None:
    ran = CliRunner().invoke(main, ["skills", "show", "refund-to-card", "--version", "9", "--store", str(store)])
    assert (ran.exit_code, "it has 1" in ran.output) == (2, True)


def test_on_a_terminal_each_proposal_is_shown_and_asked_about(store: Path, tmp_path: Path) -> None:
    with telltale.open(store) as memory:
        memory.export_skills(tmp_path / "library.jsonl", form="jsonl")
    other, editor = tmp_path / "other", tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/Tasks like/Jobs like/' \"$1\"\n")
    editor.chmod(0o755)
    with telltale.open(other) as memory:
        memory.ask_for_review()
        memory.import_skills(tmp_path / "library.jsonl")
    ours, theirs = pty.openpty()
    os.write(ours, b"e\np\n")
    command = [str(Path(sys.executable).with_name("telltale")), "skills", "review", "--store", str(other)]
    asking = subprocess.Popen(command, stdin=theirs, stdout=theirs, env=os.environ | {"EDITOR": str(editor)})
    os.close(theirs)
    said = b""
    with suppress(OSError):  # how the end of a terminal is told
        while part := os.read(ours, 1 << 16):
            said += part
    assert asking.wait() == 0
    assert b"refund-to-balance" in said
    with telltale.open(other) as memory:
        first, second = memory.skills()
        assert memory.proposals() == []
    assert (first.when_to_use[:9], first.status, first.made_by) == ("Jobs like", "active", "person")
    assert (second.when_to_use[:10], second.status, second.pinned) == ("Tasks like", "active", True)
