"""Guesses at how a run ended: from what happened in it, never from what the agent says of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from telltale.memory.errors import BadArgument
from telltale.memory.store import TenantStore
from telltale.memory.types import Call, Episode, Outcome, Trace, Turn
from telltale.writers.cut import cut
from telltale.writers.ingest import ingest, remember

PYTEST = "===== 3 passed, 1 warning in 0.12s ====="


def ran(command: str, observation: str, *later: Turn, signals: tuple[str, ...] = ("tests",)) -> Episode:
    call = Call(tool="bash", arguments={"command": command}, observation=observation)
    turns = (Turn(role="user", text="Fix the parser"), Turn(role="assistant", text="Done!", calls=(call,)), *later)
    (episode,) = cut(Trace(trace_id="t", format="openai", turns=turns), signals)
    return episode


@pytest.mark.parametrize(
    ("command", "report", "outcome"),
    [
        ("pytest -q", PYTEST, Outcome.SUCCESS),
        ("python -m pytest", "=== 1 failed, 3 passed in 0.3s ===", Outcome.FAILURE),
        ("python -m unittest", "Ran 4 tests in 0.01s\n\nOK", Outcome.SUCCESS),
        ("python -m unittest", "Ran 4 tests in 0.01s\n\nFAILED (failures=1)", Outcome.FAILURE),
        ("npm test", "Tests:       5 passed, 5 total", Outcome.SUCCESS),
        ("npx jest", "Tests:       2 failed, 3 passed, 5 total", Outcome.FAILURE),
        ("go test ./...", "ok  \texample.org/parser\t0.01s", Outcome.SUCCESS),
        ("go test ./...", "--- FAIL: TestParse (0.00s)\nFAIL", Outcome.FAILURE),
        ("cargo test", "test result: ok. 5 passed; 0 failed; 0 ignored", Outcome.SUCCESS),
        ("mvn -q test", "Tests run: 5, Failures: 0, Errors: 0, Skipped: 0", Outcome.SUCCESS),
        ("mvn test", "Tests run: 5, Failures: 1, Errors: 0", Outcome.FAILURE),
        ("bundle exec rspec", "12 examples, 0 failures", Outcome.SUCCESS),
        ("pytest", "collected 0 items", Outcome.UNKNOWN),
        ("echo 3 passed", PYTEST, Outcome.UNKNOWN),
        ("cat report.txt", PYTEST, Outcome.UNKNOWN),
    ],
)
def test_the_last_report_of_tests_that_were_run_tells(command: str, report: str, outcome: Outcome) -> None:
    episode = ran(command, report)
    assert episode.outcome is outcome
    assert episode.said_by == ("" if outcome is Outcome.UNKNOWN else "signal:tests")


@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        ("Process exited with code 0", Outcome.SUCCESS),
        ("<returncode>1</returncode>", Outcome.FAILURE),
        ('{"output": "x", "exit_code": 0}', Outcome.SUCCESS),
        ("Exit code: 2\nmissing file", Outcome.FAILURE),
        ("all done", Outcome.UNKNOWN),
    ],
)
def test_the_last_exit_status_tells(report: str, outcome: Outcome) -> None:
    assert ran("make", report, signals=("exit-code",)).outcome is outcome


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("Thanks, that works!", Outcome.SUCCESS),
        ("Vielen Dank", Outcome.SUCCESS),
        ("完美，谢谢", Outcome.SUCCESS),
        ("Perfect. But it still fails", Outcome.UNKNOWN),
        ("no, that is the wrong file", Outcome.FAILURE),
        ("non, c'est faux", Outcome.FAILURE),
        ("Thanks, but why did you change the test?", Outcome.UNKNOWN),
        ("It is raining here", Outcome.UNKNOWN),
    ],
)
def test_the_users_last_word_tells(word: str, outcome: Outcome) -> None:
    assert ran("ls", "", Turn(role="user", text=word), signals=("thanks",)).outcome is outcome


def test_a_correction_that_was_answered_is_neither_success_nor_failure() -> None:
    later = Turn(role="user", text="no, not that file"), Turn(role="assistant", text="Sorry, now it is right.")
    episode = ran("ls", "", *later, signals=("thanks",))
    assert (episode.outcome, episode.score) == (Outcome.PARTIAL, 0.5)


def test_the_first_signal_that_tells_counts_with_its_weight() -> None:
    thanks = Turn(role="user", text="Thanks!")
    assert ran("pytest", "1 failed", thanks, signals=("tests", "thanks")).score == 0.2
    assert ran("pytest", "1 failed", thanks, signals=("thanks", "tests")).score == 0.7
    assert ran("ls", "", thanks, signals=("tests", "thanks")).said_by == "signal:thanks"


def test_nothing_is_guessed_unless_asked_for_and_no_word_is_replaced() -> None:
    assert ran("pytest", PYTEST, signals=()).outcome is Outcome.UNKNOWN
    call = Call(tool="bash", arguments={"command": "pytest"}, observation=PYTEST)
    turns = Turn(role="user", text="Fix the parser"), Turn(role="assistant", calls=(call,))
    told = {"outcome": Outcome.FAILURE, "said_by": "judge"}
    (episode,) = cut(Trace(trace_id="t", format="openai", turns=turns, **told), ("tests",))  # type: ignore[arg-type]
    assert (episode.outcome, episode.said_by) == (Outcome.FAILURE, "judge")


def trace() -> dict[str, Any]:
    call = {"id": "c", "function": {"name": "bash", "arguments": json.dumps({"command": "pytest"})}}
    return {
        "id": "t1",
        "messages": [
            {"role": "user", "content": "Fix the parser"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": PYTEST},
        ],
    }


def test_a_guess_never_replaces_a_word_that_is_stored_and_a_word_replaces_a_guess(
    tenant: TenantStore, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(trace()))
    first = ingest(tmp_path / "a.jsonl", tenant, signals=["tests"])
    assert first.by_format["openai"].outcomes == {"signal:tests": {"success": 1}}
    remember(trace(), tenant, outcome="failure")
    assert [(e.outcome, e.said_by) for e in tenant.episodes()] == [(Outcome.FAILURE, "caller")]
    ingest(tmp_path / "a.jsonl", tenant, signals=["tests"])
    assert [(e.outcome, e.said_by) for e in tenant.episodes()] == [(Outcome.FAILURE, "caller")]


def test_a_guessed_success_is_not_verified_for_the_guard(tenant: TenantStore, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(trace()))
    ingest(tmp_path / "a.jsonl", tenant, signals=["tests"])
    (episode,) = tenant.episodes()
    assert episode.outcome is Outcome.SUCCESS
    assert tuple(Outcome)[tenant.block().outcomes[0]] is Outcome.PARTIAL


def test_a_signal_that_is_none_is_refused(tenant: TenantStore, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="expected some of tests"):
        ingest(tmp_path, tenant, signals=["luck"])
