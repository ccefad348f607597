"""Makes ``readers/prior.json``, the guard that serves a memory too small for one of its own.

Fitted on the *memory* rows of case files, never on their queries: from each file some small memories are drawn, as
tenants have them in their first weeks. Run it as

    python -m telltale.evals.prior OUT.json FILE...

and leave a file out to score it with a prior that has not seen it.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import telltale

from .cases import Row, as_episode, load_cases

SIZES = (3, 6, 16, 40, 40, 80, 80, 150, 300)  # episodes; the first two are of one procedure
MOST_OF_A_PLAN = 8


def main(out: str, *files: str) -> None:
    """Write the prior that ``files`` teach to ``out``."""
    with tempfile.TemporaryDirectory(prefix="telltale-prior-") as folder:
        groups = [
            [
                remembered(rows, Path(folder, f"{number}-{drawn}"))
                for drawn, rows in enumerate(small_memories(load_cases(file).memory))
            ]
            for number, file in enumerate(files)
        ]
        told = telltale.AgentMemory.fit_prior(groups)
        for memory in (memory for group in groups for memory in group):
            memory.close()
    Path(out).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


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
