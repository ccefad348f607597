"""The closed loop: colleagues' runs become a memory, and an agent that copies works through new tickets with it.

Three ways of giving it an example stand against each other on the same tickets and the same store: none, the nearest
remembered success, and what telltale admits. Some of the new tickets call for a procedure that no memory holds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import telltale
from telltale.memory.types import Episode, Outcome, Recall

from .agents import run_agent
from .desk import Run
from .tickets import KNOWN, NOVEL, Ticket, make_tickets
from .traces import record_runs, write_traces

NOVEL_SHARE = 0.2
ALONE, NEAREST, GUARDED = "no memory", "nearest neighbour", "telltale"
STRATEGIES = (ALONE, NEAREST, GUARDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a memory was made of: the recorded runs, and by name how many of what they became."""

    runs: Sequence[Run]
    ingested: Mapping[str, int]
    learned: Mapping[str, int]
    calibrated: bool  # the guard's risk is certified on this memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One seed's new tickets, worked on in every way: runs in the order of the tickets, and telltale's recalls."""

    seed: int
    training: Training
    runs: Mapping[str, Sequence[Run]]
    recalls: Sequence[Recall]


def play(
    seed: int, store: Path, *, remembered: int, new: int, progress: Callable[[str], None] = lambda _: None
) -> Played:
    """One seed, from recorded traces to worked tickets; the store is made at ``store`` and left there.

    ``progress`` is called ``1 + new`` times: when the memory is ready, and after each ticket.
    """
    with telltale.open(store) as memory:
        training = train(memory, record_runs(seed, remembered), store / "demo")
        progress(f"seed {seed}: learned")
        episodes = {episode.id: episode for episode in memory.episodes()}
        runs: dict[str, list[Run]] = {strategy: [] for strategy in STRATEGIES}
        recalls = []
        for ticket in new_tickets(seed, new):
            found = memory.recall(ticket.text, ticket.context)
            recalls.append(found)
            examples = {NEAREST: nearest_success(memory, ticket, episodes), GUARDED: first_admitted(found, episodes)}
            for strategy in STRATEGIES:
                runs[strategy].append(run_agent(ticket, examples.get(strategy)))
            progress(f"seed {seed}: tickets")
    return Played(seed=seed, training=training, runs=runs, recalls=recalls)


def train(memory: telltale.AgentMemory, runs: Sequence[Run], folder: Path) -> Training:
    """A memory of ``runs``, by way of files in ``folder``: ingested, learned from, distilled."""
    traces, outcomes = write_traces(runs, folder)
    summary, learned, skills = memory.ingest(traces, outcomes=outcomes), memory.learn(), memory.distill()
    return Training(
        runs=runs,
        ingested={name: getattr(summary, name) for name in ("read", "stored", "duplicates", "rejected")},
        learned={"procedures": learned.procedures, "look_alikes": learned.look_alikes, "skills": len(skills)},
        calibrated=learned.calibrated,
    )


def new_tickets(seed: int, number: int) -> list[Ticket]:
    """``number`` tickets in new phrasings, a fifth of them of procedures that were never remembered."""
    novel = round(number * NOVEL_SHARE)
    tickets = [
        *make_tickets(seed, KNOWN, pool="new", number=number - novel),
        *make_tickets(seed, NOVEL, pool="new", number=novel),
    ]
    return random.Random(seed).sample(tickets, len(tickets))


def nearest_success(memory: telltale.AgentMemory, ticket: Ticket, episodes: Mapping[str, Episode]) -> Episode | None:
    """The remembered success that is nearest by embedding: what a memory without a guard would give."""
    found = memory.candidates(ticket.text, ticket.context, by="dense", k=25)
    return next((episodes[one.id] for one in found if one.outcome is Outcome.SUCCESS and one.id in episodes), None)


def first_admitted(found: Recall, episodes: Mapping[str, Episode]) -> Episode | None:
    """The best episode that telltale lets through; ``None`` where it abstains."""
    return next((episodes[one.candidate.id] for one in found.admitted if one.candidate.id in episodes), None)
