"""Does .9 mean nine times in ten? The probabilities that recall tells, against how often its best candidate is right.

Memories and cases are drawn from the *memory* rows of case files, never from their queries, and from different places
of a file (``apart.held_apart``). Each memory learns, starting from a prior that should have been fitted without its
file (``evals/prior.py``), one ``--prior`` for each file, in order. Run it as

    python -m telltale.evals.reliability FILE... --prior PRIOR... [--seeds 2] [--svg OUT]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from .apart import held_apart
from .cases import Sample, load_cases
from .curve import Bools, Floats
from .diagram import Point, diagram
from .measures import wilson
from .strategies import Experience

BINS = 10
MEMORY = 1000
ASKED = 500
NOVEL = 0.1  # what a guard assumes where it knows no better


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was said of cases' best candidates: ``(n,)`` each."""

    probability: Floats
    right: Bools


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and draw the diagram where asked for."""
    parser = argparse.ArgumentParser(prog="python -m telltale.evals.reliability")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--prior", type=Path, nargs="+", required=True, help="one for each FILE")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--memory", type=int, default=MEMORY)
    parser.add_argument("--asked", type=int, default=ASKED)
    parser.add_argument("--novel", type=float, default=NOVEL, help="share of the cases that nothing applies to")
    parser.add_argument("--svg", type=Path)
    given = parser.parse_args(arguments)
    bins = {}
    sys.stdout.write("| told | cases | mean told | right |\n|---|---|---|---|\n")
    for file, prior in zip(given.files, given.prior, strict=True):
        rows, name = load_cases(file).memory, f"{file.parent.name}/{file.stem}"
        draw = partial(held_apart, rows, memory=given.memory, asked=given.asked, novel=given.novel)
        told = together([told_of(draw(seed=seed), prior) for seed in range(given.seeds)])
        bins[name] = points(told)
        sys.stdout.write("\n".join(lines(name, told)) + "\n")
        sys.stdout.flush()
    if given.svg:
        given.svg.write_text(diagram(bins), encoding="utf-8")


def told_of(sample: Sample, prior: Path) -> Told:
    """What a memory that learned says of cases; those for which it found no candidate are left out."""
    with Experience(sample.memory, prior=prior) as experience:
        found = [experience.memory.recall(case.text, case.context).verdicts for case in sample.cases]
    pairs = [(verdicts[0], truth) for verdicts, truth in zip(found, sample.truths, strict=True) if verdicts]
    return Told(
        probability=np.array([verdict.probability for verdict, _ in pairs], np.float64),
        right=np.array([verdict.candidate.procedure in truth.plans for verdict, truth in pairs], np.bool_),
    )


def together(told: Sequence[Told]) -> Told:
    """Several memories' words as one."""
    return Told(
        probability=np.concatenate([one.probability for one in told]),
        right=np.concatenate([one.right for one in told]),
    )


def points(told: Told) -> dict[int, Point]:
    """The bins that hold a case, by number: the mean of what was told, and the share that was right."""
    places = np.minimum((told.probability * BINS).astype(np.int64), BINS - 1)
    return {int(place): _point(told, places == place) for place in np.unique(places)}


def _point(told: Told, here: Bools) -> Point:
    right, cases = int(told.right[here].sum()), int(here.sum())
    low, high = wilson(right, cases) or (0.0, 1.0)
    return Point(told=float(told.probability[here].mean()), right=right / cases, low=low, high=high, cases=cases)


def calibration_error(found: Mapping[int, Point]) -> float:
    """The mean distance between told and right over all cases, bin by bin (Naeini et al. 2015, section 2)."""
    cases = sum(point.cases for point in found.values())
    return sum(point.cases * abs(point.told - point.right) for point in found.values()) / cases


def lines(name: str, told: Told) -> Iterator[str]:
    """A set's lines of the table."""
    found = points(told)
    yield (
        f"| **{name}** | {len(told.right)} | {told.probability.mean():.3f} | {told.right.mean():.3f}, "
        f"calibration error {calibration_error(found):.3f} |"
    )
    for place, point in found.items():
        yield (
            f"| {place / BINS:.1f} to {(place + 1) / BINS:.1f} | {point.cases} | {point.told:.3f} | "
            f"{point.right:.3f} [{point.low:.3f}, {point.high:.3f}] |"
        )


if __name__ == "__main__":
    main()
