"""Four processes that put the same forty new episodes at once, ten times over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder

Process = subprocess.Popen[str]
ROUNDS = 10


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[list[Process]]:
    """Four processes, each waiting to be told a round."""
    command = [sys.executable, str(Path(__file__).with_name("put_on_command.py")), str(tmp_path)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe, stderr=pipe) for _ in range(4)]
    for process in started:
        assert answer(process) == "ready"
    yield started
    for process in started:
        process.kill()
        process.communicate()


def answer(process: Process) -> str:
    """The next line that a process says; its error if it said none."""
    assert process.stdout
    assert process.stderr
    return process.stdout.readline().strip() or process.stderr.read()


def tell(process: Process, line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def test_four_processes_that_put_the_same_episodes_at_once_add_each_of_them_once(
    writers: list[Process], tmp_path: Path
) -> None:
    for number in range(ROUNDS):
        for process in writers:
            tell(process, str(number))
        said = sorted(answer(process) for process in writers)
        assert said == ["0 40", "0 40", "0 40", "40 0"]
        tenant = Store.open(tmp_path).tenant(embedder=HashingEmbedder())
        assert tenant.count() == len({episode.id for episode in tenant.episodes()}) == 40 * (number + 1)
    assert tenant.check() == []
