"""What asking a model about the skills of a case file takes, against a scripted one. Not collected; run it as

    python tests/writers/model_costs.py FILE... [--rows 500] [--more 20]

Memories are *memory* rows alone. Two distillings: of ``--rows`` rows, and after ``--more`` further ones. Tokens are
WordLlama's, of all that is sent: rules, data, and the schema of the answer.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import telltale
from telltale.memory.budget import count_tokens
from telltale.memory.scripted import ScriptedModel, Told, answered
from telltale.writers.model import ModelDistiller

NOTHING: dict[str, Any] = {
    **dict.fromkeys(("name", "description", "when_to_use"), ""),
    **{name: [] for name in ("when_not_to_use", "steps", "tags", "paraphrases", "insights")},
}


def nothing(asked: dict[str, Any]) -> Told:
    """An answer to any question that says nothing."""
    return answered(json.dumps(NOTHING))


def measure(file: str, rows: int, more: int, server: ScriptedModel) -> None:
    """Print a line for each of the two distillings of ``file``."""
    lines = [line for line in Path(file).read_text("utf-8").splitlines() if json.loads(line)["split"] == "memory"]
    random.Random(0).shuffle(lines)
    rows = min(rows, len(lines) - more)
    model = ModelDistiller(model="scripted", base_url=server.address, calls=10_000, tokens=10**9)
    with tempfile.TemporaryDirectory() as folder, telltale.open(Path(folder, "store")) as memory:
        for part in (lines[:rows], lines[rows : rows + more]):
            taken = Path(folder, f"{len(part)}.jsonl")
            taken.write_text("\n".join(part), "utf-8")
            memory.ingest(taken)
            memory.learn()
            before = len(server.asked)
            library = memory.distill(model=model)
            sent = [count_tokens(json.dumps(one, ensure_ascii=False)) for one in server.asked[before:]]
            told = f"{len(library)} skills, {library.report.questions} questions" if library.report else ""
            spent = f"tokens median {median(sent or [0])}, most {max(sent or [0])}"
            sys.stdout.write(f"{file}: {told}, {len(sent)} asked, {spent}\n")


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("files", nargs="+")
    given.add_argument("--rows", type=int, default=500)
    given.add_argument("--more", type=int, default=20)
    chosen = given.parse_args()
    serving = ScriptedModel()
    serving.answers = nothing
    for each in chosen.files:
        measure(each, chosen.rows, chosen.more, serving)
    serving.close()
