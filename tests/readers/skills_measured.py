"""Skills, episodes, or both in a recall: the read path's figures for each. Not collected; run it as

    python tests/readers/skills_measured.py FILE... [--memory 1000] [--asked 400] [--seeds 2] [--few 4]

Memories and cases come from the *memory* rows of case files, from different places of a file
(``evals/apart.held_apart``), three cases in twenty of procedures that are not remembered. ``--few``: only so many
episodes of a procedure are remembered, and up to 20 of the rest are told to its skill as paraphrases, as a model might
have worded them at its very best.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np

import telltale
from telltale.evals.apart import held_apart
from telltale.evals.cases import Row, Sample, load_cases
from telltale.evals.curve import aurc, order
from telltale.evals.measures import wilson
from telltale.memory.types import Recall, Status
from telltale.shelving import shelve

NOVEL = 0.15
PARAPHRASES = 20
KINDS = ("episodes", "both", "skills")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one recall came to, held against the truth."""

    probability: float  # of the best
    best: bool  # the best is right
    answered: bool
    right: bool  # the first that is shown is right
    match: bool
    tokens: int
    skill: bool  # a skill is shown
    first: str


def main() -> None:
    """Print a row a set and kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    for name, value in (("memory", 1000), ("asked", 400), ("seeds", 2), ("few", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    sys.stdout.write(
        "| set | kinds | answered | misled, of answers | help | AURC | best right | skill | tokens | other |\n"
    )
    sys.stdout.write("|---|---|---|---|---|---|---|---|---|---|\n")
    for file in given.files:
        told: dict[str, list[Told]] = defaultdict(list)
        areas: dict[str, list[float]] = defaultdict(list)
        for seed in range(given.seeds):
            rows = load_cases(file).memory
            sample = held_apart(rows, memory=given.memory, asked=given.asked, novel=NOVEL, seed=seed)
            for kinds, found in measured(sample, given.few).items():
                told[kinds] += found
                areas[kinds].append(area(found))
        for kinds in KINDS:
            cells = [f"{file.parent.name}", kinds, *row(told[kinds], told["episodes"], areas[kinds])]
            sys.stdout.write(f"| {' | '.join(cells)} |\n")
            sys.stdout.flush()


def measured(sample: Sample, few: int) -> Mapping[str, list[Told]]:
    """What every case came to, by kinds."""
    remembered, others = parted(sample.memory, few)
    with tempfile.TemporaryDirectory() as folder, telltale.open(Path(folder, "store")) as memory:
        file = Path(folder, "rows.jsonl")
        file.write_text("".join(json.dumps(dict(one)) + "\n" for one in remembered), encoding="utf-8")
        memory.ingest([file])
        memory.learn()
        skills = memory.distill()
        if few:
            worded = [replace(one, paraphrases=others[one.procedure], status=Status.ACTIVE) for one in skills]
            shelve(memory._tenant, worded)  # what a model would have said
        known = {one["plan"] for one in remembered}
        return {kinds: [told(memory, at, sample, kinds, known) for at in range(len(sample.cases))] for kinds in KINDS}


def parted(rows: Sequence[Row], few: int) -> tuple[list[Row], Mapping[str, tuple[str, ...]]]:
    """The rows to remember, and by procedure the texts of the others."""
    of: dict[str, list[Row]] = defaultdict(list)
    for one in rows:
        of[one["plan"]].append(one)
    kept = [one for group in of.values() for one in (group[:few] if few else group)]
    rest = {plan: tuple(one["text"] for one in group[few:][:PARAPHRASES]) for plan, group in of.items()}
    return kept, rest


def told(memory: telltale.AgentMemory, at: int, sample: Sample, kinds: str, known: set[str]) -> Told:
    """What the case came to."""
    case, plans = sample.cases[at], sample.truths[at].plans
    found: Recall = memory.recall(case.text, case.context, kinds=kinds)
    first = found.admitted[0].candidate if found.admitted else None
    return Told(
        probability=found.verdicts[0].probability if found.verdicts else 0.0,
        best=bool(found.verdicts) and found.verdicts[0].candidate.procedure in plans,
        answered=first is not None,
        right=first is not None and first.procedure in plans,
        match=not plans.isdisjoint(known),
        tokens=found.tokens,
        skill=bool(found.skills),
        first=first.procedure if first else "",
    )


def area(found: Sequence[Told]) -> float:
    """The area under the risk-coverage curve of the best candidates."""
    probabilities, wrong = np.array([one.probability for one in found]), np.array([not one.best for one in found])
    return float(aurc(order(probabilities, wrong))[0])


def row(found: Sequence[Told], alone: Sequence[Told], areas: Sequence[float]) -> Iterator[str]:
    """The cells of one row; ``other``: cases in which another procedure is shown first than with episodes alone."""
    answers, match = [one for one in found if one.answered], sum(one.match for one in found)
    misled = sum(not one.right for one in answers)
    interval = wilson(misled, len(answers))
    yield f"{len(answers) / len(found):.3f} of {len(found)}"
    yield f"{misled / max(1, len(answers)):.3f}" + (f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else "")
    yield f"{sum(one.right for one in answers) / max(1, match):.3f}"
    yield f"{fmean(areas):.4f}"
    yield f"{sum(one.best for one in found) / max(1, match):.3f}"
    yield f"{sum(one.skill for one in answers) / max(1, len(answers)):.2f}"
    yield f"{fmean(one.tokens for one in answers):.0f}" if answers else "–"
    yield str(sum(one.first != other.first for one, other in zip(found, alone, strict=True)))


if __name__ == "__main__":
    main()
