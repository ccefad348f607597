"""The awaited memory has the same methods, with the same arguments, and does the same."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import pytest

import telltale
from telltale.memory.testing import HashingEmbedder

OFFLINE_ONLY = {"fit_prior"}  # makes what telltale ships; nothing that must not block calls it
OF_RUNS = {"run", "recorded", "passages", "redacted"}  # entered with "async with": test_runs.py
VERBS = [name for name in dir(telltale.AgentMemory) if not name.startswith("_") and name not in OFFLINE_ONLY | OF_RUNS]


@pytest.mark.parametrize("verb", VERBS)
def test_every_method_is_there_with_the_same_arguments(verb: str) -> None:
    awaited, plain = getattr(telltale.AsyncAgentMemory, verb), getattr(telltale.AgentMemory, verb)
    assert inspect.iscoroutinefunction(awaited)
    assert inspect.signature(awaited).parameters == inspect.signature(plain).parameters


def test_opening_takes_the_same_arguments() -> None:
    awaited = inspect.signature(telltale.AsyncAgentMemory.open).parameters
    assert awaited == inspect.signature(telltale.open).parameters


def test_many_can_be_awaited_at_once(tmp_path: Path) -> None:
    async def work() -> int:
        opened = await telltale.AsyncAgentMemory.open(tmp_path / "store", embedder=HashingEmbedder())
        async with opened as memory:
            tasks = [[{"role": "user", "content": f"Refund order {number}"}] for number in range(5)]
            await asyncio.gather(*(memory.remember(task, outcome="success") for task in tasks))
            return len(await memory.episodes())

    assert asyncio.run(work()) == 5
