"""The closed loop: colleagues' runs become a memory, and an agent that copies works through new tickets with it.

Ways of giving it something to follow stand against each other on the same tickets and the same store: nothing, the
nearest remembered success, and what telltale admits: a skill with an example, or, to see what either is worth, past
episodes alone and skills alone. Some of the new tickets call for a procedure that no memory holds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import telltale
from telltale.memory.types import Episode, Outcome, Recall

from .agents import run_agent, run_with_skill
from .desk import Run
from .tickets import KNOWN, NOVEL, Ticket, make_tickets
from .traces import record_runs, write_traces

NOVEL_SHARE = 0.2
HALF = 0.5  # an example is to mislead at most half as often as working alone fails
ALONE, NEAREST, GUARDED = "no memory", "nearest neighbour", "telltale"
EPISODES, SKILLS = "telltale, episodes alone", "telltale, skills alone"
STRATEGIES = (ALONE, NEAREST, GUARDED)
APART = {EPISODES: "episodes", SKILLS: "skills"}  # of recalls, where either kind is looked at apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a memory was made of: the recorded runs, and by name how many of what they became."""

    runs: Sequence[Run]
    ingested: Mapping[str, int]
    learned: Mapping[str, int]
    calibrated: bool  # the guard's risk is certified on this memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One seed's new tickets, worked on in every way: runs in the order of the tickets, and what telltale recalled."""

    seed: int
    training: Training
    risk: float  # what telltale was asked for
    runs: Mapping[str, Sequence[Run]]
    recalls: Sequence[Recall]
    origins: Mapping[str, Ticket]  # the ticket that an episode came from, by the episode's id


def play(
    seed: int,
    store: Path,
    *,
    remembered: int,
    new: int,
    risk: float | None = None,
    apart: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Played:
    """One seed, from recorded traces to worked tickets; the store is made at ``store`` and left there.

    Args:
        remembered: how many recorded runs the memory is made of.
        new: how many tickets are worked on.
        risk: the share of misleading answers that telltale may give; ``None``: half as often as working alone fails.
        apart: work on every ticket with episodes alone and with skills alone, too.
        progress: called ``1 + new`` times: when the memory is ready, and after each ticket.
    """
    with telltale.open(store) as memory:
        training = train(memory, record_runs(seed, remembered), store / "demo")
        progress(f"seed {seed}: learned")
        risk = HALF * failing_alone(training.runs) if risk is None else risk
        episodes = {episode.id: episode for episode in memory.episodes()}
        kinds = {GUARDED: "both", **(APART if apart else {})}
        work = partial(_work, memory, episodes=episodes, risk=risk, kinds=kinds)
        runs, recalls = work(new_tickets(seed, new), progress=lambda: progress(f"seed {seed}: tickets"))
    came_from = {run.ticket.id: run.ticket for run in training.runs}
    origins = {key: came_from[episode.trace_id] for key, episode in episodes.items()}
    return Played(seed=seed, training=training, risk=risk, runs=runs, recalls=recalls, origins=origins)


def _work(
    memory: telltale.AgentMemory,
    tickets: Sequence[Ticket],
    *,
    episodes: Mapping[str, Episode],
    risk: float,
    kinds: Mapping[str, str],
    progress: Callable[[], None],
) -> tuple[dict[str, list[Run]], list[Recall]]:
    """Every ticket in every way: the runs by strategy, and what telltale recalled."""
    runs: dict[str, list[Run]] = {strategy: [] for strategy in (ALONE, NEAREST, *kinds)}
    recalls: list[Recall] = []
    for ticket in tickets:
        runs[ALONE].append(run_agent(ticket, None))
        runs[NEAREST].append(run_agent(ticket, nearest_success(memory, ticket, episodes)))
        found = {
            strategy: memory.recall(ticket.text, ticket.context, risk=risk, kinds=kind)
            for strategy, kind in kinds.items()
        }
        for strategy, recall in found.items():
            runs[strategy].append(_run_with(memory, ticket, recall, episodes))
        recalls.append(found[GUARDED])
        progress()
    return runs, recalls


def _run_with(memory: telltale.AgentMemory, ticket: Ticket, found: Recall, episodes: Mapping[str, Episode]) -> Run:
    """The run of an agent that follows the first thing that was admitted."""
    example, first = first_admitted(found, episodes), next(iter(found.admitted), None)
    skill = found.skills.get(first.candidate.id) if first else None
    return run_with_skill(memory, ticket, skill, example) if skill else run_agent(ticket, example)


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


def failing_alone(runs: Sequence[Run]) -> float:
    """How often the agent without a memory fails on tickets that are remembered; strictly between 0 and 1."""
    failed = sum(not run_agent(run.ticket, None).success for run in runs)
    return (failed + 1) / (len(runs) + 2)  # Laplace's rule, so that a handful of tickets promises nothing absolute


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
