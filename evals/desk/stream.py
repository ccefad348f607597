"""A stream of tickets: the memory grows as colleagues work, families come and go, and midway a policy changes.

In each block an agent works on new tickets with what the blocks before have left, then colleagues' runs of that block
are remembered. Three ways against each other on the same tickets: no memory, the nearest remembered success, and
telltale, which hears whether what it admitted helped. Run it as

    python -m telltale.evals.desk.stream [--seeds 3] [--blocks 8] [--each 30] [--json FILE] [--page FILE]
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import telltale
from telltale.evals.progress import counted
from telltale.memory.types import Episode, Recall

from .agents import record, run_agent, run_with_skill
from .arrivals import arrivals
from .desk import Run
from .figures import MOST_SEEDS
from .loop import ALONE, GUARDED, HALF, NEAREST, failing_alone, first_admitted, nearest_success
from .stream_figures import stream_figures, table
from .stream_page import html
from .tickets import Ticket
from .traces import SKILL, write_traces

RISK = 0.2  # before anything is remembered; then half as often as working alone fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of one seed: how many runs were remembered before it, and its tickets' runs by strategy."""

    remembered: int
    risk: float  # what telltale was asked for
    runs: dict[str, list[Run]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; write JSON and a page of curves where asked to."""
    parser = argparse.ArgumentParser(prog="python -m telltale.evals.desk.stream")
    for name, value in (("seeds", 3), ("blocks", 8), ("each", 30)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path)
    given = parser.parse_args(arguments)
    if not (1 <= given.seeds <= MOST_SEEDS and given.blocks >= 2 and given.each >= 1):
        parser.error(f"give 1 to {MOST_SEEDS} seeds, at least 2 blocks, and at least 1 ticket in each")
    with counted(given.seeds * given.blocks, first="the first tickets") as progress:
        lived = [_seed(seed, given.blocks, given.each, progress) for seed in range(given.seeds)]
    command = f"{parser.prog} --seeds {given.seeds} --blocks {given.blocks} --each {given.each}"
    told = {"command": command, **_circumstances(), **stream_figures(lived, each=given.each)}
    sys.stdout.write(table(told))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    if given.page:
        given.page.write_text(html(told), encoding="utf-8")


def live(
    seed: int, store: Path, *, blocks: int, each: int, progress: Callable[[str], None] = lambda _name: None
) -> list[Block]:
    """One seed from the first block to the last; the store is made at ``store`` and left there."""
    lived: list[Block] = []
    remembered: list[Run] = []
    risk = RISK
    with telltale.open(store) as memory:
        for block in range(blocks):
            tickets = arrivals(seed, block, blocks=blocks, number=each, pool="new")
            runs = _worked(memory, tickets, risk)
            lived.append(Block(remembered=len(remembered), risk=risk, runs=runs))
            fresh = _recorded(seed, block, blocks, each)
            _taken_in(memory, fresh, store / "desk" / str(block), first=len(remembered))
            remembered += fresh
            risk = HALF * failing_alone(remembered)
            progress(f"seed {seed}: block {block + 1}")
    return lived


def _seed(seed: int, blocks: int, each: int, progress: Callable[[str], None]) -> list[Block]:
    with tempfile.TemporaryDirectory(prefix="telltale-stream-", ignore_cleanup_errors=True) as folder:
        return live(seed, Path(folder, "store"), blocks=blocks, each=each, progress=progress)


def _recorded(seed: int, block: int, blocks: int, each: int) -> list[Run]:
    tickets = arrivals(seed, block, blocks=blocks, number=each, pool="remembered")
    return [record(ticket, SKILL, random.Random(ticket.id)) for ticket in tickets]


def _taken_in(memory: telltale.AgentMemory, runs: Sequence[Run], folder: Path, *, first: int) -> None:
    """Remember the runs, and learn anew where the memory says that it has outgrown what it learned."""
    traces, outcomes = write_traces(runs, folder, first=first)
    memory.ingest(traces, outcomes=outcomes)
    if memory.is_stale():
        memory.learn()
        memory.distill()


def _worked(memory: telltale.AgentMemory, tickets: Sequence[Ticket], risk: float) -> dict[str, list[Run]]:
    episodes = {episode.id: episode for episode in memory.episodes()}
    return {
        ALONE: [run_agent(ticket, None) for ticket in tickets],
        NEAREST: [run_agent(ticket, nearest_success(memory, ticket, episodes)) for ticket in tickets],
        GUARDED: [_guarded(memory, ticket, risk, episodes) for ticket in tickets],
    }


def _guarded(memory: telltale.AgentMemory, ticket: Ticket, risk: float, episodes: dict[str, Episode]) -> Run:
    """The run with the first thing that was admitted; the memory hears how that went."""
    found = memory.recall(ticket.text, ticket.context, risk=risk)
    if not found.admitted:
        return run_agent(ticket, None)
    first = found.admitted[0].candidate.id
    run = _with_first(memory, ticket, found, episodes)
    if run.followed:
        memory.feedback(found.id, misled=[first] if run.misled else [], helped=[] if run.misled else [first])
    return run


def _with_first(memory: telltale.AgentMemory, ticket: Ticket, found: Recall, episodes: dict[str, Episode]) -> Run:
    skill, example = found.skills.get(found.admitted[0].candidate.id), first_admitted(found, episodes)
    return run_with_skill(memory, ticket, skill, example) if skill else run_agent(ticket, example)


def _circumstances() -> dict[str, str]:
    return {"telltale": telltale.__version__, "python": platform.python_version(), "machine": platform.platform()}


if __name__ == "__main__":
    main()
