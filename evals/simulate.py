"""What feedback is worth where the world is not as the memory knew it: drift, wrong labels, more that is new.

Streams of cases are drawn from the *memory* rows of a case file, never from its queries; whole procedures are held out
of the memory to make cases that have no match. Everything goes through the public face. Run it as

    python -m telltale.evals.simulate FILE [--memory 600] [--stream 600] [--seeds 5] [--risk 0.05]
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import telltale

from .cases import Row, as_case, as_episode, load_cases
from .measures import wilson

HELD_OUT = 0.3  # share of the procedures that no memory holds
EVERY = 300  # cases between two times of learning, where it is done


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How the stream differs from what the memory could know."""

    name: str
    novel: tuple[float, float] = (0.1, 0.1)  # share of cases without a match, in the stream's first and second half
    wrong: float = 0.0  # share of stored labels that are


WORLDS = (
    World(name="as assumed"),
    World(name="drift", novel=(0.1, 0.3)),
    World(name="label noise", wrong=0.1),
    World(name="wrong novel share", novel=(0.4, 0.4)),
)
WAYS = ("silent", "feedback", "feedback and learn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How one stream went: of each case, whether it was answered, and whether the answer misled."""

    answered: tuple[bool, ...]
    misled: tuple[bool, ...]

    def half(self, second: int) -> Told:
        """The first (0) or the second (1) half of the stream."""
        middle = len(self.answered) // 2
        part = slice(middle, None) if second else slice(0, middle)
        return Told(answered=self.answered[part], misled=self.misled[part])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table of every world and way; rates are over all seeds together, with 95 % intervals."""
    parser = argparse.ArgumentParser(prog="python -m telltale.evals.simulate")
    parser.add_argument("file", type=Path)
    for name, value in (("memory", 600), ("stream", 600), ("seeds", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--risk", type=float, default=0.05)
    given = parser.parse_args(arguments)
    rows = load_cases(given.file).memory
    line = sys.stdout.write
    line(f"{given.file.parent.name}/{given.file.name}: a memory of {given.memory}, {given.stream} cases in a stream, ")
    line(f"seeds 0 to {given.seeds - 1}, risk {given.risk}\n")
    line("| world | way | answered | misled | misled, first half | second half | right |\n" + "|---" * 7 + "|\n")
    for world in WORLDS:
        runs = [
            simulate(rows, world, memory=given.memory, stream=given.stream, risk=given.risk, seed=seed)
            for seed in range(given.seeds)
        ]
        for way in WAYS:
            line(row_of(world.name, way, [run[way] for run in runs]) + "\n")
        sys.stdout.flush()


def simulate(rows: Sequence[Row], world: World, *, memory: int, stream: int, risk: float, seed: int) -> dict[str, Told]:
    """How one stream of that world went in each of the WAYS, all from the same memory."""
    remembered, asked = drawn(rows, world, memory=memory, stream=stream, rng=random.Random(seed))
    with tempfile.TemporaryDirectory(prefix="telltale-simulate-") as folder:
        first = Path(folder, "rows.jsonl")
        first.write_text("".join(json.dumps(as_episode(row)) + "\n" for row in remembered), encoding="utf-8")
        with telltale.open(Path(folder, "store")) as known:
            known.ingest([first])
            known.learn()
        told = {}
        for way in WAYS:
            shutil.copytree(Path(folder, "store"), Path(folder, way))
            with telltale.open(Path(folder, way)) as copy:
                told[way] = lived(copy, asked, way, risk)
    return told


def drawn(
    rows: Sequence[Row], world: World, *, memory: int, stream: int, rng: random.Random
) -> tuple[list[Row], list[Row]]:
    """What is remembered, wrong labels and all, and what is asked about, in its order."""
    plans = sorted({row["plan"] for row in rows if row.get("plan")})
    new = set(rng.sample(plans, round(HELD_OUT * len(plans))))
    known = [row for row in rows if row.get("plan") and row["plan"] not in new and row.get("success") is not False]
    unknown = [row for row in rows if row.get("plan") in new]
    rng.shuffle(known)
    rng.shuffle(unknown)
    kept = sorted(set(plans) - new)
    remembered = [
        {**row, "plan": rng.choice([plan for plan in kept if plan != row["plan"]])}
        if rng.random() < world.wrong
        else row
        for row in known[:memory]
    ]
    there = {row["plan"] for row in known[:memory]}
    seen, unseen = iter([row for row in known[memory:] if row["plan"] in there]), iter(unknown)
    asked = []
    for at in range(stream):
        found = next(unseen if rng.random() < world.novel[at * 2 >= stream] else seen, None)
        if found is None:
            break
        asked.append(found)
    return remembered, asked


def lived(memory: telltale.AgentMemory, asked: Sequence[Row], way: str, risk: float) -> Told:
    """How ``asked`` went; after each answer the memory hears whether it helped, unless the way is silent."""
    answered, misled = [], []
    for at, row in enumerate(asked, start=1):
        case = as_case(row)
        found = memory.recall(case.text, case.context, risk=risk)
        first = found.admitted[0].candidate if found.admitted else None
        wrong = first is not None and first.procedure != row["plan"]
        answered.append(first is not None)
        misled.append(wrong)
        if way != "silent" and first is not None:
            memory.feedback(found.id, misled=[first.id] if wrong else [], helped=[] if wrong else [first.id])
        if way == "feedback and learn" and at % EVERY == 0:
            memory.learn()
    return Told(answered=tuple(answered), misled=tuple(misled))


def row_of(world: str, way: str, told: Sequence[Told]) -> str:
    """A line of the table."""
    rates = [_rate([part.misled for part in parts], [part.answered for part in parts])
             for parts in (told, [one.half(0) for one in told], [one.half(1) for one in told])]  # fmt: skip
    cases = sum(len(one.answered) for one in told)
    given, wrong = sum(sum(one.answered) for one in told), sum(sum(one.misled) for one in told)
    return f"| {world} | {way} | {given / cases:.2f} | {' | '.join(rates)} | {(given - wrong) / cases:.2f} |"


def _rate(parts: Sequence[Sequence[bool]], wholes: Sequence[Sequence[bool]]) -> str:
    part, whole = sum(map(sum, parts)), sum(map(sum, wholes))
    interval = wilson(part, whole)
    return "-" if interval is None else f"{part / whole:.3f} [{interval[0]:.3f}, {interval[1]:.3f}] n={whole}"


if __name__ == "__main__":
    main()
