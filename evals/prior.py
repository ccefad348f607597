"""Makes priors, the guards that serve memories too small for one of their own; ``readers/prior.json`` is one.

Fitted on the *memory* rows of case files, never on their queries: from each file some small memories are drawn, as
tenants have them in their first weeks. Run it as

    python -m telltale.evals.prior OUT.json FILE...

and leave a file out to score it with a prior that has not seen it; ``left_out`` makes such a prior for each file.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import telltale

from .cases import CaseFile, Row, as_episode, load_cases

SIZES = (3, 6, 16, 40, 40, 80, 80, 150, 300)  # episodes; the first two are of one procedure
MOST_OF_A_PLAN = 8
FEWEST = 60  # rows of a folder that teaches; as many as a memory needs for a guard of its own
Drawn = Sequence[Sequence[Row]]  # small memories
Keep = Callable[[str, Callable[[], Any]], Any]  # ``Cache.told``


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What a memory starts from, as ``AgentMemory.use_prior`` takes it, and what is to be said of it."""

    told: Mapping[str, Any]
    says: str


def main(out: str, *files: str) -> None:
    """Write the prior that ``files`` teach to ``out``."""
    told = fitted([small_memories(load_cases(file).memory) for file in files])
    Path(out).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def fitted(groups: Sequence[Drawn]) -> dict[str, Any]:
    """The prior that small memories teach, those of one group being of one kind."""
    with tempfile.TemporaryDirectory(prefix="telltale-prior-") as folder:
        remembering = [
            [remembered(rows, Path(folder, f"{number}-{place}")) for place, rows in enumerate(drawn)]
            for number, drawn in enumerate(groups)
        ]
        told = telltale.AgentMemory.fit_prior(remembering)
        for memory in (memory for group in remembering for memory in group):
            memory.close()
    return told


def left_out(files: Sequence[tuple[Path, CaseFile]], keep: Keep | None = None) -> list[Prior]:
    """A prior for each file that has seen none of its folder: it is taught by the files of all other folders.

    The files of one folder are of one kind and teach together. A folder of fewer than FEWEST rows, or one where no
    procedure has two episodes, teaches nothing and is passed over. What ``keep`` holds is not fitted again. Raises
    ``BadArgument`` where no other folder teaches, or none has FEWEST rows with few of each procedure.
    """
    teachers = _teachers(files)
    wanted = {folder: [name for name in teachers if name != folder] for folder in {path.parent for path, _ in files}}
    grown = {name for name, drawn in teachers.items() if max(map(len, drawn)) >= FEWEST}
    if not all(grown.intersection(names) for names in wanted.values()):
        raise telltale.BadArgument(
            "--leave-one-out: found no other folder with enough cases to fit a prior on; add some"
        )
    fits = [*dict.fromkeys(map(tuple, wanted.values()))]
    many = min(len(fits), os.cpu_count() or 1)
    with ThreadPoolExecutor(many) as asking, ProcessPoolExecutor(many, mp_context=get_context("spawn")) as fitting:

        def fit(names: tuple[Path, ...]) -> Any:
            drawn = [teachers[name] for name in names]

            def make() -> Any:
                return fitting.submit(fitted, drawn).result()

            return keep(f"prior {sha256(json.dumps(drawn).encode()).hexdigest()}", make) if keep else make()

        told = dict(zip(fits, asking.map(fit, fits), strict=True))
    return [_said(told[tuple(wanted[path.parent])], wanted[path.parent]) for path, _ in files]


def _said(told: Mapping[str, Any], names: Sequence[Path]) -> Prior:
    return Prior(told=told, says=f"fitted on memory rows of {', '.join(name.name for name in names)} alone")


def _teachers(files: Sequence[tuple[Path, CaseFile]]) -> dict[Path, Drawn]:
    """Small memories of each folder's rows, those of several files once."""
    rows: dict[Path, dict[tuple[str, str], Row]] = {}
    for path, file in files:
        of = rows.setdefault(path.parent, {})
        for row in file.memory:
            if row.get("plan"):
                of.setdefault((row["text"], row["plan"]), row)
    return {folder: small_memories([*of.values()]) for folder, of in sorted(rows.items()) if _teaches(of.values())}


def _teaches(rows: Iterable[Row]) -> bool:
    plans = [row["plan"] for row in rows]
    return len(plans) >= FEWEST and len(set(plans)) < len(plans)


def small_memories(rows: Sequence[Row]) -> list[list[Row]]:
    """One draw of rows for each of SIZES: whole procedures, a few episodes of each."""
    by_plan: dict[str, list[Row]] = {}
    for row in rows:
        by_plan.setdefault(str(row["plan"]), []).append(row)
    drawn = []
    for seed, size in enumerate(SIZES):
        rng = random.Random(seed)
        plans = sorted(by_plan)
        rng.shuffle(plans)
        few = [row for plan in plans for row in rng.sample(by_plan[plan], min(MOST_OF_A_PLAN, len(by_plan[plan])))]
        drawn.append(few[:size])
    return drawn


def remembered(rows: Sequence[Row], folder: Path) -> telltale.AgentMemory:
    """A memory in ``folder`` that holds ``rows``."""
    folder.mkdir()
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(as_episode(row)) + "\n" for row in rows), encoding="utf-8")
    memory = telltale.open(folder / "store")
    memory.ingest([file])
    return memory


if __name__ == "__main__":
    main(*sys.argv[1:])
