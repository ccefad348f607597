"""Learning beside the work: recalls go on with the old guard, whole, and then with the new one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from click.testing import CliRunner

import telltale
from telltale.cli import main
from telltale.learning import Learned
from telltale.memory.errors import ReadOnly, StoreError
from telltale.memory.testing import HashingEmbedder

from .conftest import CASE, refunds

Seen = list[tuple[str, float]]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[telltale.AgentMemory]:
    """One that has learned, and then seen more."""
    with telltale.open(tmp_path / "store") as opened:
        opened.remember(refunds(35, first=1000))
        opened.learn()
        opened.remember(refunds(20, first=5000))
        yield opened


def seen(memory: telltale.AgentMemory) -> Seen:
    return [(verdict.candidate.id, round(verdict.probability, 6)) for verdict in memory.recall(CASE).verdicts]


def seen_until_done(memory: telltale.AgentMemory, learning: Future[Learned]) -> list[Seen]:
    answers = [seen(memory)]
    while not learning.done():
        answers.append(seen(memory))
    return answers


def test_a_recall_during_a_refit_is_answered_by_the_old_guard_whole_and_after_it_by_the_new_one(
    memory: telltale.AgentMemory,
) -> None:
    before = seen(memory)
    learning = memory.learn_in_background()
    answers = seen_until_done(memory, learning)
    after = seen(memory)
    assert learning.result().episodes == 110
    assert before != after
    swapped = answers.index(after) if after in answers else len(answers)
    assert answers == [before] * swapped + [after] * (len(answers) - swapped)
    assert swapped >= 1


def test_a_refit_by_another_process_is_taken_up_without_being_waited_for(
    memory: telltale.AgentMemory, tmp_path: Path
) -> None:
    before = seen(memory)
    ran = CliRunner().invoke(main, ["learn", "--store", str(tmp_path / "store")])
    assert ran.exit_code == 0, ran.output
    answers = [seen(memory)]
    while answers[-1] == before:
        answers.append(seen(memory))
    assert answers[0] == before
    assert answers[-1] == seen(memory)


def test_it_runs_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper, said = tmp_path / "python", tmp_path / "said"
    wrapper.write_text(f'#!/bin/sh\n"{sys.executable}" "$@"\nstatus=$?\necho $status >> "{said}"\nexit $status\n')
    wrapper.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(wrapper))
    with telltale.open(tmp_path / "store") as memory:
        memory.remember(refunds(3, first=1000))
        assert memory.learn_in_background().result().episodes == 6
    assert said.read_text() == "0\n"


def test_asked_again_while_it_runs_it_is_the_same_learning_and_closing_waits_for_it(tmp_path: Path) -> None:
    memory = telltale.open(tmp_path / "store")
    memory.remember(refunds(3, first=1000))
    learning = memory.learn_in_background()
    assert memory.learn_in_background() is learning or learning.done()
    memory.close()
    assert learning.done()


def test_what_only_this_process_can_embed_is_learned_in_it(tmp_path: Path) -> None:
    with telltale.open(tmp_path / "store", embedder=HashingEmbedder()) as memory:
        memory.remember(refunds(35, first=1000))
        assert memory.learn_in_background().result().procedures == 2
        assert not memory.is_stale()


def test_what_goes_wrong_is_raised_where_the_result_is_asked_for(tmp_path: Path) -> None:
    with telltale.open(tmp_path / "store") as memory:
        memory.remember(refunds(3, first=1000))
        (damaged,) = (tmp_path / "store").glob("*/memories.lance/data/*.lance")
        damaged.write_bytes(b"")
        with pytest.raises(StoreError):
            memory.learn_in_background().result()


def test_a_memory_that_is_only_read_does_not_learn(tmp_path: Path) -> None:
    telltale.open(tmp_path / "store").close()
    with telltale.open(tmp_path / "store", read_only=True) as reading, pytest.raises(ReadOnly):
        reading.learn_in_background()


def test_it_can_be_begun_and_awaited(tmp_path: Path) -> None:
    async def work() -> int:
        async with await telltale.AsyncAgentMemory.open(tmp_path / "store") as memory:
            await memory.remember(refunds(3, first=1000))
            learning = await memory.learn_in_background()
            assert (await memory.recall(CASE)).verdicts
            return (await learning).episodes

    assert asyncio.run(work()) == 6


def test_a_memory_that_has_grown_by_a_fifth_is_stale_until_it_learns(memory: telltale.AgentMemory) -> None:
    assert memory.is_stale()
    memory.learn()
    assert not memory.is_stale()


def test_an_empty_memory_is_not_stale(tmp_path: Path) -> None:
    with telltale.open(tmp_path / "store") as memory:
        assert not memory.is_stale()


def test_the_command_line_says_when_to_learn(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"text": "Refund order 1", "plan": "refund"}\n', encoding="utf-8")
    command = ["--store", str(tmp_path / "store")]
    assert "telltale learn" in CliRunner().invoke(main, ["ingest", str(cases), *command]).stderr
    CliRunner().invoke(main, ["learn", *command])
    assert "telltale learn" not in CliRunner().invoke(main, ["ingest", str(cases), *command]).stderr
