"""The command line: one verb for one method, one JSON object on request, one line and an exit status for an error."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import telltale
from telltale.cli import main
from telltale.memory.testing import HashingEmbedder
from telltale.verbs import DEFAULT_STORE

BOUNDARY = re.compile(r"\b[0-9a-f]{16}\b")  # a new one for every recall
VERBS = [name for name in main.list_commands(click.Context(main)) if name not in main.joined]
TELLTALE = str(Path(sys.executable).with_name("telltale"))
CARD, GIFT = "Refund order {}, it was paid by card", "Refund order {}, it was paid with a gift card"

Run = Callable[..., Result]


def messages(text: str, tool: str) -> list[dict[str, Any]]:
    call = {"id": "c1", "type": "function", "function": {"name": tool, "arguments": '{"order": "1"}'}}
    return [
        {"role": "user", "content": text},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "ok"},
    ]


def lines(count: int) -> str:
    """Runs in OpenAI's format, every other one a look-alike of its neighbours."""
    runs = [
        messages(GIFT.format(1700 + n), "refund_gift_card") if n % 2 else messages(CARD.format(1700 + n), "refund_card")
        for n in range(count)
    ]
    return "".join(
        json.dumps({"id": f"run-{n}", "outcome": "success", "messages": run}) + "\n" for n, run in enumerate(runs)
    )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a verb in an empty folder; ``runs.jsonl`` lies there."""
    monkeypatch.chdir(tmp_path)
    Path("runs.jsonl").write_text(lines(12), encoding="utf-8")

    def run_verb(*args: str) -> Result:
        return CliRunner().invoke(main, list(args), terminal_width=100)

    return run_verb


@pytest.fixture(scope="module")
def filled_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the twelve runs; for copying."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "runs.jsonl").write_text(lines(12), encoding="utf-8")
    with telltale.open(folder / "store") as memory:
        memory.ingest([folder / "runs.jsonl"])
    return folder / "store"


@pytest.fixture
def filled(run: Run, filled_store: Path) -> Run:
    """Runs a verb in a folder whose store holds ``runs.jsonl`` already."""
    shutil.copytree(filled_store, DEFAULT_STORE)
    return run


def asked(run: Run, *args: str) -> Any:
    """What a verb prints with --json."""
    ran = run(*args, "--json")
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_a_memory_is_filled_taught_and_asked(run: Run) -> None:
    taken = asked(run, "ingest", "runs.jsonl")
    learned = asked(run, "learn")
    found = asked(run, "recall", GIFT.format(1999), "--context", "channel=chat")
    assert (taken["stored"], taken["episodes"], learned["episodes"]) == (12, 12, 12)
    assert set(found) >= {"id", "admitted", "refused", "abstained", "reason", "calibrated", "text", "receipt"}
    assert "verdicts" not in found


def test_taking_in_twice_adds_nothing(run: Run) -> None:
    first, second = asked(run, "ingest", "runs.jsonl"), asked(run, "ingest", "runs.jsonl")
    assert (first["stored"], second["stored"], second["episodes"]) == (12, 0, 12)


def test_rejects_make_it_partial_and_the_rest_goes_in(run: Run) -> None:
    Path("runs.jsonl").write_text(lines(2) + '{"messages": NaN}\n' + '{"messages": [], "messages": []}\n')
    ran = run("ingest", "runs.jsonl", "--rejects", "bad.jsonl", "--json")
    told = [json.loads(line) for line in Path("bad.jsonl").read_text().splitlines()]
    assert (ran.exit_code, json.loads(ran.stdout)["stored"], json.loads(ran.stdout)["rejected"]) == (3, 2, 2)
    assert [(reject["line"], reject["code"]) for reject in told] == [(3, "BAD_NUMBER"), (4, "DUPLICATE_KEY")]


def test_the_prompt_is_printed_and_nothing_else(filled: Run) -> None:
    prompt, found = filled("recall", GIFT.format(1999), "--text").stdout, asked(filled, "recall", GIFT.format(1999))
    assert BOUNDARY.sub("", prompt).strip() == BOUNDARY.sub("", found["text"]).strip()


def test_everything_judged_is_told_on_request(filled: Run) -> None:
    assert len(asked(filled, "recall", GIFT.format(1999), "--verdicts")["verdicts"]) > 3


def test_reasons_are_told_on_request_only(filled: Run) -> None:
    refused = asked(filled, "recall", GIFT.format(1999), "--why")["refused"]
    told = next(verdict["reasons"][0] for verdict in refused if verdict["candidate"]["procedure"] == "refund_card")
    assert (told["kind"], told["value"], told["cases"], told["used"]) == ("choice:payment", "gift card", 6, 0)
    assert asked(filled, "recall", GIFT.format(1999))["refused"][0]["reasons"] == []
    assert "0 of 6 past cases with payment" in filled("recall", GIFT.format(1999), "--why").stdout


def test_feedback_takes_an_id_and_a_receipt(filled: Run) -> None:
    found = asked(filled, "recall", GIFT.format(1999))
    for named in (found["id"], found["receipt"]):
        assert asked(filled, "feedback", named, "--outcome", "success", "--note", "went well") == {"recall": named}


def test_what_was_forgotten_is_gone(run: Run) -> None:
    run("ingest", "runs.jsonl", "--source", "pilot")
    assert len(asked(run, "forget", "--source", "pilot")["forgotten"]) == 12
    assert asked(run, "episodes")["episodes"] == []


def test_skills_are_listed_shown_and_exported(filled: Run) -> None:
    filled("learn")
    made = asked(filled, "distill")["skills"]
    listed = asked(filled, "skills", "list")["skills"]
    exported = asked(filled, "skills", "export", "library")["written"]
    assert {"name", "when_to_use", "when_not_to_use", "steps", "evidence", "status", "version"} <= set(listed[0])
    assert [skill["name"] for skill in listed] == [skill["name"] for skill in made]
    assert asked(filled, "skills", "show", listed[0]["name"]) == listed[0]
    assert len(list(Path("library").glob("*/SKILL.md"))) == len(listed) == len(exported)


def test_tenants_are_told_apart(run: Run) -> None:
    for tenant in ("ann", "bob"):
        run("ingest", "runs.jsonl", "--tenant", tenant)
    asked(run, "forget", "--source", "runs.jsonl", "--tenant", "ann")
    assert asked(run, "tenants")["tenants"] == ["ann", "bob"]
    assert len(asked(run, "episodes", "--tenant", "bob")["episodes"]) == 12


def test_a_sound_store_has_no_problems(filled: Run) -> None:
    assert asked(filled, "check") == {"problems": []}


@pytest.mark.parametrize(
    "verb", [["recall", "x"], ["learn"], ["episodes"], ["look-alikes"], ["skills", "list"], ["check"]]
)
def test_every_verb_prints_something_for_people(filled: Run, verb: list[str]) -> None:
    ran = filled(*verb)
    assert (ran.exit_code, bool(ran.stdout.strip()), ran.stderr) == (0, True, "")


BAD = {
    "k=0": (["recall", "x", "-k", "0"], 2, "BAD_ARGUMENT"),
    "risk=2": (["recall", "x", "--risk", "2"], 2, "BAD_ARGUMENT"),
    "budget=0": (["recall", "x", "--budget", "0"], 2, "BAD_ARGUMENT"),
    "an empty text": (["recall", " "], 2, "BAD_ARGUMENT"),
    "a context without a value": (["recall", "x", "--context", "chat"], 2, "BAD_ARGUMENT"),
    "a context that is no object": (["recall", "x", "--context-json", "[1]"], 2, "BAD_ARGUMENT"),
    "a tenant called ../x": (["ingest", "runs.jsonl", "--tenant", "../x"], 2, "BAD_TENANT_NAME"),
    "a tenant that is not there": (["recall", "x", "--tenant", "typo"], 4, "STORE_MISSING"),
    "a missing store": (["recall", "x", "--store", "nowhere"], 4, "STORE_MISSING"),
    "a wrong embedder": (["recall", "x", "--embedder", "openai:other"], 4, "EMBEDDER_MISMATCH"),
    "an embedder nobody offers": (
        ["ingest", "runs.jsonl", "--tenant", "b", "--embedder", "nil"],
        2,
        "UNKNOWN_EMBEDDER",
    ),
    "a server that is not there": (["recall", "x", "--store", "http://127.0.0.1:1"], 4, "STORE_IO"),
    "a file that is not there": (["ingest", "nowhere.jsonl"], 2, "BAD_ARGUMENT"),
    "a date that is none": (["forget", "--before", "yesterday"], 2, "BAD_ARGUMENT"),
    "nothing to forget": (["forget"], 2, "BAD_ARGUMENT"),
    "a skill that is not there": (["skills", "show", "nothing"], 2, "BAD_ARGUMENT"),
    "an option that is none": (["recall", "x", "--magic"], 2, "USAGE"),
    "a verb that is none": (["frobnicate"], 2, "USAGE"),
}


@pytest.mark.parametrize(("args", "status", "code"), BAD.values(), ids=BAD)
def test_an_error_is_one_line_one_object_and_an_exit_status(
    filled: Run, args: list[str], status: int, code: str
) -> None:
    plain, with_json = filled(*args), filled(*args, "--json")
    told = json.loads(with_json.stdout)["error"]
    assert (plain.exit_code, with_json.exit_code, told["code"]) == (status, status, code)
    assert plain.stdout == ""
    assert told["message"] in plain.stderr
    assert len(asked(filled, "episodes")["episodes"]) == 12


@pytest.mark.parametrize(
    "verb", [["recall", "x"], ["learn"], ["feedback", "x"], ["forget", "--source", "x"], ["check"]]
)
def test_only_taking_in_makes_a_store(run: Run, verb: list[str]) -> None:
    assert run(*verb).exit_code == 4
    assert not Path(".telltale").exists()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_what_it_does(run: Run, verb: str) -> None:
    command = main.commands[verb]
    assert command.help
    assert command.get_short_help_str(100) in " ".join(run("--help").stdout.split())


def test_a_joined_verb_is_listed_with_what_it_says_of_itself(run: Run) -> None:
    shown = " ".join(run("--help").stdout.split())
    for verb in main.joined:
        command = main.get_command(click.Context(main), verb)
        assert command is not None
        assert f"{verb} {(command.help or '').splitlines()[0].rstrip('.')}" in shown


def test_the_installed_command_speaks_json_and_nothing_else(tmp_path: Path) -> None:
    with telltale.open(tmp_path / "store", embedder=HashingEmbedder()) as memory:
        memory.remember(messages(CARD.format(1), "refund_card"), outcome="success")
    ran = subprocess.run(
        [TELLTALE, "tenants", "--store", str(tmp_path / "store"), "--json"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert (json.loads(ran.stdout), ran.stderr) == ({"tenants": ["default"]}, "")


def test_an_error_of_the_installed_command_leaves_no_traceback(tmp_path: Path) -> None:
    command = [TELLTALE, "recall", "x", "--store", str(tmp_path / "nowhere")]
    ran = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (ran.returncode, ran.stdout) == (4, "")
    assert ran.stderr.startswith("error: STORE_MISSING: found no store at ")
