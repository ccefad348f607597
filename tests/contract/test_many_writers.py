"""Four processes that write the same new keys to one bucket at once: no lock is there, nothing is lost or doubled."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import telltale
from telltale.memory.testing import HashingEmbedder

Process = subprocess.Popen[str]
ROUNDS = 3


@pytest.fixture
def writers(bucket: str) -> Iterator[list[Process]]:
    """Four processes on one memory, each waiting to be told a round; they make the memory at the same moment, too."""
    command = [sys.executable, str(Path(__file__).with_name("remember_on_command.py")), f"{bucket}/shared"]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe, stderr=pipe) for _ in range(4)]
    assert [answer(process) for process in started] == ["ready"] * 4
    yield started
    for process in started:
        process.kill()
        process.communicate()


def answer(process: Process) -> str:
    """The next line that a process says; its error if it said none."""
    assert process.stdout
    assert process.stderr
    return process.stdout.readline().strip() or process.stderr.read()


@pytest.mark.long
def test_four_processes_lose_nothing_and_double_nothing(writers: list[Process], bucket: str) -> None:
    for number in range(ROUNDS):
        for process in writers:
            assert process.stdin
            process.stdin.write(f"{number}\n")
            process.stdin.flush()
        assert [answer(process) for process in writers] == ["20"] * 4
    with telltale.open(f"{bucket}/shared", embedder=HashingEmbedder()) as memory:
        found = sorted(episode.text for episode in memory.episodes())
        assert found == sorted(f"Ticket {number}-{n}" for number in range(ROUNDS) for n in range(20))
        assert memory.check() == []
