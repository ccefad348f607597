"""Are distilled skills worth following to the letter? Each is replayed on new tickets, and on those it is not for.

Colleagues' runs become a memory with its skills; then no model and no agent, but the literal interpreter does what a
skill says on tickets in new phrasings, and the desk's database alone says whether that was right. Three trials:

    own             every active skill on new tickets of its own procedure
    look-alikes     every active skill on new tickets of the procedures that a careless colleague takes for it
    nearest text    every new ticket with the skill whose past case reads most like it, as a copying agent would have it

each once with boundaries respected (and with them what tools showed in all past runs), going on with the skill that a
boundary names, and once with boundaries ignored. Run it as

    python -m telltale.evals.desk.replay [--seeds 5] [--traces 360] [--each 10] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import telltale
from telltale.memory.types import Outcome, Skill

from .desk import Desk
from .figures import Figure, figure
from .handbook import HANDBOOK
from .loop import train
from .tickets import KNOWN, Ticket, make_tickets
from .traces import record_runs

OWN, LOOK_ALIKES, NEAREST_TEXT = TRIALS = ("own", "look-alikes", "nearest text")
RESPECTED, IGNORED = WAYS = ("respected", "ignored")  # the skills' own boundaries


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of one skill on one ticket."""

    seed: int
    trial: str
    boundaries: str
    skill: str
    ticket: str  # its procedure, as the desk calls it
    success: bool  # the changes are the ticket's goal, says the database
    harm: bool  # there are changes, and they are not
    stopped: str  # why the last skill that was followed stopped; empty: it did not


MEASURES: dict[str, Callable[[Replayed], bool]] = {
    "success": lambda one: one.success,
    "harm": lambda one: one.harm,
    "left alone": lambda one: not one.success and not one.harm,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of all trials, and which skills failed on their own tickets."""
    parser = argparse.ArgumentParser(prog="python -m telltale.evals.desk.replay")
    for name, value, said in (
        ("seeds", 5, "repetitions"),
        ("traces", 360, "remembered runs"),
        ("each", 10, "new tickets of a procedure"),
    ):
        parser.add_argument(f"--{name}", type=int, default=value, help=said)
    parser.add_argument("--json", type=Path, dest="out", help="write every replay to this file")
    given = parser.parse_args(arguments)
    found = [one for seed in range(given.seeds) for one in replay(seed, remembered=given.traces, each=given.each)]
    if given.out:
        given.out.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join([*table(found), "", *by_skill(found)]) + "\n")


def replay(seed: int, *, remembered: int, each: int) -> list[Replayed]:
    """Every trial of one seed, on a memory of ``remembered`` runs and ``each`` new tickets of every procedure."""
    runs = record_runs(seed, remembered)
    tickets = {name: make_tickets(seed, [name], pool="new", number=each) for name in KNOWN}
    scratch = tempfile.TemporaryDirectory(prefix="telltale-replay-")
    with scratch as folder, telltale.open(Path(folder, "store")) as memory:
        train(memory, runs, Path(folder, "traces"))
        return [*_replays(memory, seed, tickets, _purposes(memory, [run.ticket for run in runs]))]


def _purposes(memory: telltale.AgentMemory, tickets: Sequence[Ticket]) -> dict[str, str]:
    """What each active skill is for, by its id: the procedure of most tickets that it was distilled from."""
    by_id = {ticket.id: ticket for ticket in tickets}
    right = {episode.id: by_id[episode.trace_id].procedure for episode in memory.episodes()}
    return {
        skill.id: Counter(right[id_] for id_ in skill.evidence).most_common(1)[0][0]
        for skill in memory.skills("active")
    }


def _replays(
    memory: telltale.AgentMemory, seed: int, tickets: Mapping[str, Sequence[Ticket]], purposes: Mapping[str, str]
) -> Iterator[Replayed]:
    skills = memory.skills("active")
    library = {name: skill for skill in skills for name in skill.procedures}
    for trial, skill, ticket in [*_given(skills, tickets, purposes), *_nearest(memory, library, tickets)]:
        for way in WAYS:
            success, harm, stopped = _follow(memory, skill, ticket, library, ignored=way == IGNORED)
            yield Replayed(
                seed=seed,
                trial=trial,
                boundaries=way,
                skill=skill.name,
                ticket=ticket.procedure,
                success=success,
                harm=harm,
                stopped=stopped,
            )


def _given(
    skills: Sequence[Skill], tickets: Mapping[str, Sequence[Ticket]], purposes: Mapping[str, str]
) -> Iterator[tuple[str, Skill, Ticket]]:
    """Every skill with its own tickets, and with those of its look-alikes."""
    for skill in skills:
        own = purposes[skill.id]
        alike = {HANDBOOK[own].look_alike, *(page.name for page in HANDBOOK.values() if page.look_alike == own)}
        yield from ((OWN, skill, ticket) for ticket in tickets[own])
        yield from ((LOOK_ALIKES, skill, ticket) for name in sorted(alike) for ticket in tickets.get(name, ()))


def _nearest(
    memory: telltale.AgentMemory, library: Mapping[str, Skill], tickets: Mapping[str, Sequence[Ticket]]
) -> Iterator[tuple[str, Skill, Ticket]]:
    """Every ticket with the skill of the nearest success that has one."""
    for ticket in (ticket for several in tickets.values() for ticket in several):
        found = memory.candidates(ticket.text, ticket.context, by="dense", k=25)
        near = (library.get(one.procedure) for one in found if one.outcome is Outcome.SUCCESS)
        skill = next(filter(None, near), None)
        if skill:
            yield NEAREST_TEXT, skill, ticket


def _follow(
    memory: telltale.AgentMemory, skill: Skill, ticket: Ticket, library: Mapping[str, Skill], *, ignored: bool
) -> tuple[bool, bool, str]:
    """Success, harm, and why it stopped, after the skill and those that boundaries named instead."""
    desk, next_one, tried, stopped = Desk(ticket), library.get(skill.procedure), set[str](), ""
    while next_one and next_one.id not in tried:
        tried.add(next_one.id)
        followed = memory.follow(next_one, ticket.text, ticket.context, call=desk.call, ignore_boundaries=ignored)
        stopped, next_one = str(followed.stopped), library.get(followed.instead)
    changed = bool(desk.changed())
    success = desk.close("").success
    return success, changed and not success, stopped


# ---- what it came to -----------------------------------------------------------------------------------------------


def rate(found: Sequence[Replayed], measure: str) -> Figure:
    """The share of replays, as a mean over seeds with Student's 95 % interval."""
    seeds = sorted({one.seed for one in found})
    of = MEASURES[measure]
    return figure([fmean(of(one) for one in found if one.seed == seed) for seed in seeds], share=True)


def table(found: Sequence[Replayed]) -> Iterator[str]:
    """A line for each trial and way of taking boundaries."""
    yield f"| trial | boundaries | replays | {' | '.join(MEASURES)} |\n|---|---|---|---|---|---|"
    for trial in TRIALS:
        for way in WAYS:
            some = [one for one in found if (one.trial, one.boundaries) == (trial, way)]
            cells = [_cell(rate(some, measure)) for measure in MEASURES] if some else ["-"] * len(MEASURES)
            yield f"| {trial} | {way} | {len(some)} | {' | '.join(cells)} |"


def by_skill(found: Sequence[Replayed]) -> Iterator[str]:
    """How many active skills succeed on their own tickets, and which do not on all of them."""
    for way in WAYS:
        shares: dict[tuple[int, str], list[bool]] = {}
        for one in found:
            if (one.trial, one.boundaries) == (OWN, way):
                shares.setdefault((one.seed, one.skill), []).append(one.success)
        every = sum(all(told) for told in shares.values())
        most = sum(fmean(told) >= 0.9 for told in shares.values())
        yield f"boundaries {way}, own tickets: {len(shares)} active skills, {every} succeed on all, {most} on 9 of 10"
        for (seed, name), told in shares.items():
            if not all(told):
                yield f"  seed {seed}: {name} fails on {told.count(False)} of {len(told)}"


def _cell(told: Figure) -> str:
    if told.low is None or told.high is None:
        return f"{told.mean:.3f}"
    return f"{told.mean:.3f} [{told.low:.3f}, {told.high:.3f}]"


if __name__ == "__main__":
    main()
