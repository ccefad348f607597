"""What a case file's memory rows make of a library of skills: how many, of what worth, and rightly parted and joined.

Two libraries are distilled. One of the rows as they are: does each skill rest on a success (else it is junk), and of
how many cases from elsewhere does the right procedure have a skill? One of the rows with ``plan`` withheld, so that
procedures come from ``actions``, ``steps`` or ``sql`` alone: there the plan only judges. A join of two procedures is
false where their runs have different plans; two skills with the same plan are a join that was missed. Run it as

    python -m telltale.evals.skills FILE... [--queries] [--json OUT]

Cases come from memory rows that are not remembered (``apart.held_apart``), or with ``--queries`` from the query rows.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import telltale
from telltale.memory.types import Episode, Outcome, Skill, Status

from .apart import held_apart
from .cases import CaseFile, Row, Sample, as_episode, draw, load_cases
from .parted import Parted, Share, parted, share

NOVEL = 0.15  # share of the held-apart cases whose procedure is not remembered
DERIVED = frozenset(("plan", "template", "tools"))  # what tells the plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What a library holds, counted."""

    rows: int
    skills: int
    active: int
    lessons: int
    junk: Share  # of the skills: no episode that they rest on is there and a success


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything that one file came to."""

    name: str
    sha256: str
    library: Library
    covered: Share  # of the cases that have a match, those whose right procedure has a skill
    covered_by_active: Share
    withheld: Library
    parted: Parted


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line of the table for each file."""
    parser = argparse.ArgumentParser(prog="python -m telltale.evals.skills")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--queries", action="store_true", help="ask the query rows: a scoring, to be logged")
    parser.add_argument("--json", type=Path, dest="out")
    given = parser.parse_args(arguments)
    sys.stdout.write(f"| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|\n")
    found = []
    for file in given.files:
        found.append(measured(load_cases(file), queries=given.queries))
        sys.stdout.write(f"| {' | '.join(cells(found[-1]))} |\n")
        sys.stdout.flush()
    if given.out:
        given.out.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n", encoding="utf-8")


def measured(file: CaseFile, *, queries: bool = False) -> Told:
    """Both libraries of one file, and what they are worth."""
    if queries:
        sample = draw(file, memory=len(file.memory), queries=len(file.queries), seed=0)
    else:
        rows = len(file.memory)
        sample = held_apart(file.memory, memory=rows, asked=rows, novel=NOVEL, seed=0)
    library, covered, by_active = with_plans(sample)
    hidden, parts = without_plans(file.memory)
    return Told(
        name=file.name,
        sha256=file.sha256,
        library=library,
        covered=covered,
        covered_by_active=by_active,
        withheld=hidden,
        parted=parts,
    )


# ---- the rows as they are ------------------------------------------------------------------------------------------


def with_plans(sample: Sample) -> tuple[Library, Share, Share]:
    """The library of the remembered rows, and the shares of cases with a match whose procedure has a skill, an active
    one."""
    with _remembered(sample.memory) as memory:
        skills = memory.distill()
        library = _counted(memory, skills, len(sample.memory))
    match = [truth for truth in sample.truths if truth.has_match]

    def covered(some: Iterable[Skill]) -> Share:
        known = {procedure for skill in some for procedure in skill.procedures}
        return share(sum(not truth.plans.isdisjoint(known) for truth in match), len(match))

    return library, covered(skills), covered(one for one in skills if one.status is Status.ACTIVE)


def _counted(memory: telltale.AgentMemory, skills: Sequence[Skill], rows: int) -> Library:
    good = {episode.id for episode in memory.episodes() if episode.outcome is Outcome.SUCCESS}
    junk = sum(good.isdisjoint(skill.evidence) for skill in skills)
    active = sum(skill.status is Status.ACTIVE for skill in skills)
    lessons = sum(not one.superseded_by for one in memory.insights())
    return Library(rows=rows, skills=len(skills), active=active, lessons=lessons, junk=share(junk, len(skills)))


# ---- with the plan withheld ----------------------------------------------------------------------------------------


def without_plans(rows: Sequence[Row]) -> tuple[Library, Parted]:
    """The library of the rows without their plans, and how its procedures agree with the plans."""
    plans = {row["id"]: row["plan"] for row in rows if row.get("plan")}
    with _remembered([withheld(row) for row in rows]) as memory:
        skills = memory.distill()
        library = _counted(memory, skills, len(rows))
        good = [one for one in memory.episodes() if one.outcome is Outcome.SUCCESS and one.trace_id in plans]
        return library, parted(skills, _procedures(memory, good), good, plans)


def withheld(row: Row) -> Row:
    """A memory row without its plan and all that tells it; what had a plan and no word on its success is a success."""
    success = row.get("success", True if row.get("plan") else None)
    return {name: value for name, value in as_episode(row).items() if name not in DERIVED} | {"success": success}


def _procedures(memory: telltale.AgentMemory, runs: Sequence[Episode]) -> dict[str, str]:
    """The procedure of every run, as it is after joining, by the run's id: candidates tell it."""
    found: dict[str, str] = {}
    for run in runs:
        if run.id not in found:
            near = memory.candidates(run.text, run.context, by="dense", k=50)
            found |= {one.id: one.procedure for one in near}
    return found


# ---- what both need ------------------------------------------------------------------------------------------------


@contextmanager
def _remembered(rows: Sequence[Row]) -> Iterator[telltale.AgentMemory]:
    """A memory that holds the rows, has learned from them, and vanishes."""
    with tempfile.TemporaryDirectory(prefix="telltale-skills-") as folder:
        path = Path(folder, "rows.jsonl")
        path.write_text("".join(json.dumps(dict(row)) + "\n" for row in rows), encoding="utf-8")
        with telltale.open(Path(folder, "store")) as memory:
            memory.ingest([path])
            memory.learn()
            yield memory


HEADS = (
    *("set", "rows", "skills (active)", "lessons", "junk", "cases with a match: right skill there (active)"),
    *("withheld: skills (active)", "junk", "joins, of these false", "false merges", "missed merges"),
    *("run pairs in one skill, false", "run pairs of one plan, missed", "skills of one plan alone"),
)


def cells(told: Told) -> list[str]:
    """A file's line of the table."""
    known, hidden, parts = told.library, told.withheld, told.parted
    return [
        told.name,
        str(known.rows),
        f"{known.skills} ({known.active})",
        str(known.lessons),
        _share(known.junk),
        f"{_share(told.covered)} ({_share(told.covered_by_active)})",
        f"{hidden.skills} ({hidden.active})",
        _share(hidden.junk),
        f"{parts.false_joins.whole}, {parts.false_joins.part}",
        *(_share(one) for one in (parts.false_merges, parts.missed_merges)),
        *(f"{one.share:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in (parts.false_runs, parts.missed_runs)),
        _share(parts.pure),
    ]


def _share(told: Share) -> str:
    if told.interval is None:
        return "-"
    low, high = told.interval
    return f"{told.part / told.whole:.3f} [{low:.3f}, {high:.3f}] of {told.whole}"


if __name__ == "__main__":
    main()
