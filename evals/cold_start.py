"""How well a young memory orders its answers: plain similarity, the prior, what serves after ``learn()``, own alone.

Memories and cases are drawn from the *memory* rows of a case file, never from its queries (``apart.few_of_each``), and
start from a prior that should have been fitted without the file (``evals/prior.py``). "Own alone" is the memory's own
guard fitted from nothing instead of from the prior. Run it as

    python -m telltale.evals.cold_start FILE --prior PRIOR [--sizes 20 40 100 300 1000] [--seeds 20] [--json OUT]

What OUT holds already is not measured again, so that a run can be broken off and taken up.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

import telltale
from telltale.memory.types import Case

from .apart import FEW, few_of_each
from .cases import Sample, load_cases
from .curve import aurc, order
from .desk.figures import Figure, figure
from .strategies import Experience

SIZES = (20, 40, 100, 300, 1000)
OWN = 60  # episodes from which on `learn` fits a guard of the memory's own
ASKED = 120
ROOM = 0.02  # how much worse than the better of prior and own the served guard may be
WAYS = ("dense", "prior", "served", "own alone")
Areas = Mapping[str, float]  # AURC by way
NOTHING = (-math.inf, "")  # no candidate


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line of the table for each size that the file suffices for."""
    parser = argparse.ArgumentParser(prog="python -m telltale.evals.cold_start")
    parser.add_argument("file", type=Path)
    parser.add_argument("--prior", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seeds", type=int, default=20, help="at most 20")
    parser.add_argument("--json", type=Path, dest="out")
    given = parser.parse_args(arguments)
    kept = json.loads(given.out.read_text("utf-8")) if given.out and given.out.exists() else {}
    rows = load_cases(given.file).memory
    for seed in range(given.seeds):
        for size in given.sizes:
            known = kept.setdefault(str(size), {})
            if str(seed) not in known:
                sample = few_of_each(rows, episodes=size, asked=ASKED, seed=seed)
                known[str(seed)] = measured(sample, given.prior) if sample else None
                if given.out:
                    given.out.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(table(f"{given.file.parent.name}/{given.file.stem}", kept)) + "\n")


def measured(sample: Sample, prior: Path) -> dict[str, Any]:
    """One young memory: the AURC of each way, and what was stored and asked."""
    with Experience(sample.memory, prior=prior) as experience:
        memory = experience.unlearned
        areas = {"dense": area(sample, partial(nearest, memory)), "prior": area(sample, partial(likeliest, memory))}
        memory.learn()
        areas["served"] = area(sample, partial(likeliest, memory))
        if len(sample.memory) >= OWN:
            memory.use_prior(from_nothing(json.loads(prior.read_text("utf-8"))))
            memory.learn()
            areas["own alone"] = area(sample, partial(likeliest, memory))
    procedures = len({row["plan"] for row in sample.memory})
    return {"areas": areas, "procedures": procedures, "asked": len(sample.cases)}


def from_nothing(prior: Mapping[str, Any]) -> dict[str, Any]:
    """The same prior, but a memory's own guard starts from a model that says nothing."""
    silent = {name: {**column, "weight": 0.0} for name, column in prior["start"]["evidence"].items()}
    return {**prior, "start": {"evidence": silent, "intercept": 0.0}}


def table(name: str, kept: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The sizes as lines: stored (and of how many procedures), seeds, asked, each way's AURC, the two promises."""
    heads = [name, "procedures", "seeds", "asked", *WAYS, "served - dense", "served - better of prior and own"]
    yield f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|"
    for size, by_seed in sorted(kept.items(), key=lambda one: int(one[0])):
        runs = [run for run in by_seed.values() if run]
        if runs:
            areas = [run["areas"] for run in runs]
            cells = [_cell([one[way] for one in areas]) if way in areas[0] else "-" for way in WAYS]
            procedures, asked = (round(fmean(run[name] for run in runs)) for name in ("procedures", "asked"))
            more = "" if int(size) == FEW * procedures else "*"
            told = [f"{size}{more}", str(procedures), str(len(runs)), str(asked), *cells, *promises(areas)]
            yield f"| {' | '.join(told)} |"


def promises(areas: Sequence[Areas]) -> tuple[str, str]:
    """The differences that matter, seed by seed, and whether the interval tells that a promise is kept or broken."""
    below = figure([one["served"] - one["dense"] for one in areas])
    choices = [way for way in ("prior", "own alone") if way in areas[0]]
    better = min(choices, key=lambda way: sum(one[way] for one in areas))
    beyond = figure([one["served"] - one[better] for one in areas])
    return _word(below, 0.0), _word(beyond, ROOM)


def _word(differing: Figure, most: float) -> str:
    if differing.low is None or differing.high is None or differing.low <= most < differing.high:
        word = "cannot tell"
    else:
        word = "kept" if differing.high <= most else "broken"
    return f"{_cell(differing.by_seed)} {word}"


def area(sample: Sample, best: Callable[[Case], tuple[float, str]]) -> float:
    """The AURC of a way that gives each case the score and the procedure of its best candidate."""
    found = [best(case) for case in sample.cases]
    wrong = [procedure not in truth.plans for (_, procedure), truth in zip(found, sample.truths, strict=True)]
    return float(aurc(order(np.array([score for score, _ in found]), np.array(wrong)))[0])


def nearest(memory: telltale.AgentMemory, case: Case) -> tuple[float, str]:
    """What plain similarity says."""
    return next(((one.score, one.procedure) for one in memory.candidates(case.text, case.context, by="dense")), NOTHING)


def likeliest(memory: telltale.AgentMemory, case: Case) -> tuple[float, str]:
    """What the guard says."""
    verdicts = memory.recall(case.text, case.context).verdicts
    return next(((one.probability, one.candidate.procedure) for one in verdicts), NOTHING)


def _cell(values: Sequence[float]) -> str:
    told = figure(values)
    return f"{told.mean:.3f}" if told.low is None else f"{told.mean:.3f} [{told.low:.3f}, {told.high:.3f}]"


if __name__ == "__main__":
    main()
