"""Made-up memories of any size, and a store that holds one: the rows are those of tests/benchmarks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import telltale
from tests.benchmarks.made_up import rows

ENDLESS = 10**9


def asked(seed: int) -> Iterator[dict[str, Any]]:
    """Bodies of /v1/recall without end, no two alike."""
    for row in rows(ENDLESS, seed=seed):
        yield {"text": row["text"], "context": row["context"]}


def told(seed: int) -> Iterator[dict[str, Any]]:
    """Bodies of /v1/remember without end, no two alike: finished runs as messages."""
    for row in rows(ENDLESS, seed=seed):
        turns: list[dict[str, Any]] = [{"role": "user", "content": row["text"]}]
        for at, tool in enumerate(row["steps"]):
            call = {"id": str(at), "type": "function", "function": {"name": tool, "arguments": "{}"}}
            turns.append({"role": "assistant", "content": None, "tool_calls": [call]})
            turns.append({"role": "tool", "tool_call_id": str(at), "content": "done"})
        outcome = "success" if row["success"] else "failure"
        yield {"trace": turns, "outcome": outcome, "context": row["context"], "trace_id": row["id"]}


def fill(store: Path, count: int) -> telltale.AgentMemory:
    """A new memory of ``count`` episodes that has learned from them, taken in as one file of cases."""
    cases = store.with_name("cases.jsonl")
    store.parent.mkdir(parents=True, exist_ok=True)
    with cases.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows(count, seed=0))
    memory = telltale.open(store)
    summary = memory.ingest([cases])
    assert (summary.stored, summary.rejected) == (count, 0), summary
    memory.learn()
    return memory


def key_of(store: Path) -> str:
    """A new key for everything of a store."""
    from telltale.server.keys import RIGHTS, Keys

    return Keys(str(store)).create("default", RIGHTS)[0]
