"""A model as the agent: how often it names the right procedure by the past cases it is shown, guarded or not.

It is asked with 0, 1, 3, 5 and 10 shots, the nearest ones (``dense``) and those that telltale admits, and with 10 shots
while look-alikes of each case are planted in the memory. A shot is shown alike whoever chose it. Run it as

    python -m telltale.evals.model_agent FILE --model NAME [--url URL] [--queries 50] [--json OUT] [--html PAGE]

A name is a provider's and a model's, as instructor has them, or with a URL that server's own. Without one: blank.
``--apart`` draws the queries, too, from memory rows: for trying things out without a look at any query row.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import telltale
from telltale.memory.types import Candidate, Case, Outcome

from .apart import of_memory_rows
from .asking import Asker, Named, asked
from .cache import default_folder
from .cases import CaseFile, Truth, as_episode, load_cases
from .distract import Plot, laid_out
from .measures import wilson
from .model_page import html
from .progress import counted
from .strategies import Experience

SHOTS = (0, 1, 3, 5, 10)
PLANTED = (0, 1, 3, 10)
SHOTS_PLANTED = 10  # shots shown at most while look-alikes are planted: room for all of them
Choose = Callable[[telltale.AgentMemory, Case, int, float], list[Candidate]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One way of asking: who chooses the shots, at most how many, and how many look-alikes are planted a case."""

    strategy: str
    shots: int
    planted: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table of all points; write JSON where asked to."""
    parser = argparse.ArgumentParser(prog="python -m telltale.evals.model_agent")
    parser.add_argument("file", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--url")
    for name, value in (("queries", 50), ("seed", 0), ("calls", 2_000), ("tokens", 2_000_000), ("seconds", 60)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--risk", type=float, default=0.05)
    parser.add_argument("--apart", type=int, metavar="N", help="remember N memory rows and ask about others of them")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--html", type=Path)
    given = parser.parse_args(arguments)
    folder = default_folder() / "asked"
    asker = given.model and Asker(
        model=given.model, url=given.url, calls=given.calls, tokens=given.tokens, seconds=given.seconds, folder=folder
    )
    file = load_cases(given.file)
    file = of_memory_rows(file, given.apart, seed=given.seed) if given.apart else file
    with counted(len(points()), first="planting") as progress:
        figures = model_agent(
            file, asker or None, queries=given.queries, seed=given.seed, risk=given.risk, progress=progress
        )
    words = [given.file, *(f"--{name} {value}" for name, value in vars(given).items() if _of_command(name, value))]
    command = f"python -m telltale.evals.model_agent {' '.join(map(str, words))}"
    told = {**figures, "command": command, "telltale": telltale.__version__}
    sys.stdout.write("".join(f"{line}\n" for line in table(told)))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    if given.html:
        given.html.write_text(html(told), encoding="utf-8")


def _of_command(name: str, value: object) -> bool:
    return name not in {"file", "json", "html"} and value is not None


def points() -> list[Point]:
    """Every way of asking: the curve over shots, then that over look-alikes; no shots are the same for all."""
    shots = [Point(strategy=name, shots=many, planted=0) for name in CHOOSING for many in SHOTS if many]
    planted = [Point(strategy=name, shots=SHOTS_PLANTED, planted=many) for name in CHOOSING for many in PLANTED if many]
    return [Point(strategy="no shots", shots=0, planted=0), *shots, *planted]


def model_agent(
    file: CaseFile,
    asker: Asker | None,
    *,
    queries: int = 50,
    seed: int = 0,
    risk: float = 0.05,
    progress: Callable[[str], None] = lambda _name: None,
) -> dict[str, Any]:
    """The figures of every point, ready for JSON; without an asker each is ``None``.

    Raises ``BadArgument`` where no query calls for a procedure that is remembered.
    """
    plot = laid_out(file, most=max(PLANTED), asked=queries, seed=seed)
    procedures = sorted({row["plan"] for row in plot.first})
    rows = []
    for planted in PLANTED:
        with Experience([as_episode(row) for row in plot.memory(planted)]) as experience:
            for point in (one for one in points() if one.planted == planted):
                choose = CHOOSING.get(point.strategy, _none)
                shots = [choose(experience.memory, case, point.shots, risk) for case in plot.cases]
                rows.append(_figures(point, plot, procedures, shots, asker))
                progress(f"{point.strategy}, {point.shots} shots, {planted} planted")
    return {
        "data": {"name": file.name, "sha256": file.sha256, "seed": seed, "queries": len(plot.cases)},
        "model": asker.model if asker else None,
        "procedures": len(procedures),
        "risk": risk,
        "failed": asker.failed if asker else 0,
        "points": rows,
    }


def table(told: Mapping[str, Any]) -> Iterator[str]:
    """A Markdown table, one line a point; what could not be measured is blank."""
    data = told["data"]
    yield f"{data['name']}, {data['queries']} queries, seed {data['seed']}, {told['procedures']} procedures, " + (
        f"model {told['model']}, {told['failed']} calls failed" if told["model"] else "no model configured"
    )
    columns = ("shots from", "at most", "planted", "shown", "wrong ones", "asked", "right", "misled", "tokens")
    yield f"\n| {' | '.join(columns)} |\n" + "|---" * len(columns) + "|"
    for one in told["points"]:
        cells = [one["strategy"], one["shots"], one["planted"], f"{one['shown']:.1f}", f"{one['distractors']:.1f}"]
        cells += [one["asked"], _cell(one["accuracy"], one["interval"]), _cell(one["misled"], None)]
        cells += ["" if one["tokens"] is None else f"{one['tokens']:.0f}"]
        yield f"| {' | '.join(map(str, cells))} |"


def _cell(value: float | None, ends: Sequence[float] | None) -> str:
    interval = f" [{ends[0]:.2f}, {ends[1]:.2f}]" if ends else ""
    return "" if value is None else f"{value:.2f}{interval}"


def _none(_memory: telltale.AgentMemory, _case: Case, _shots: int, _risk: float) -> list[Candidate]:
    return []


def _dense(memory: telltale.AgentMemory, case: Case, shots: int, _risk: float) -> list[Candidate]:
    found = memory.candidates(case.text, case.context, by="dense")
    return [one for one in found if one.outcome is not Outcome.FAILURE][:shots]


def _guarded(memory: telltale.AgentMemory, case: Case, shots: int, risk: float) -> list[Candidate]:
    found = memory.recall(case.text, case.context, k=shots, risk=risk, kinds="episodes")
    return [one.candidate for one in found.admitted]


CHOOSING: Mapping[str, Choose] = {"dense": _dense, "telltale": _guarded}


def _figures(
    point: Point, plot: Plot, procedures: Sequence[str], shots: Sequence[Sequence[Candidate]], asker: Asker | None
) -> dict[str, Any]:
    said = [asker.ask(case, some, procedures) if asker else None for case, some in zip(plot.cases, shots, strict=True)]
    heard = [
        (named, truth, some) for named, truth, some in zip(said, plot.truths, shots, strict=True) if named is not None
    ]
    right = sum(_said(named, procedures) in truth.plans for named, truth, _ in heard)
    misled = sum(_led_astray(_said(named, procedures), truth, some) for named, truth, some in heard)
    tokens = [named.tokens for named, _, _ in heard if named.tokens is not None]
    questions = [asked(case, some, procedures) for case, some in zip(plot.cases, shots, strict=True)]
    return {
        "strategy": point.strategy,
        "shots": point.shots,
        "planted": point.planted,
        "shown": fmean(map(len, shots)),
        "distractors": fmean(_wrong(some, truth) for some, truth in zip(shots, plot.truths, strict=True)),
        "asked": len(heard),
        "accuracy": right / len(heard) if heard else None,
        "interval": wilson(right, len(heard)),
        "misled": misled / len(heard) if heard else None,  # named a wrong procedure that a shot showed
        "tokens": fmean(tokens) if tokens else None,
        "characters": fmean(map(len, questions)),
    }


def _wrong(shots: Sequence[Candidate], truth: Truth) -> int:
    return sum(one.procedure not in truth.plans for one in shots)


def _said(named: Named, procedures: Sequence[str]) -> str:
    return procedures[named.place] if named.place >= 0 else ""


def _led_astray(said: str, truth: Truth, shots: Sequence[Candidate]) -> bool:
    return said not in truth.plans and said in {one.procedure for one in shots}


if __name__ == "__main__":
    main()
