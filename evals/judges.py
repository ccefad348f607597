"""What a judge of a given accuracy is worth near the bar: one that is told the truth and says so as often as asked.

Memory and cases are drawn from the *memory* rows of a case file, never from its queries; a quarter of the procedures is
held out of the memory, so that some cases have no match. Its errors are independent of the guard's, which a model's
need not be: this shows what the weight of a word does, not what a model knows. Run it as

    python -m telltale.evals.judges FILE [--memory 1000] [--cases 400] [--risk 0.05]
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import telltale
from telltale.memory.types import Candidate, Case, Difference

from .cases import Row, as_case, as_episode, load_cases
from .measures import wilson

HELD_OUT = 0.25  # share of the procedures that the memory does not hold
ACCURACIES = (None, 0.7, 0.8, 0.9, 1.0)  # None: nobody is asked


@dataclass(kw_only=True)
class Oracle:
    """Knows each case's procedure, and says the opposite of what it knows now and then."""

    accuracy: float
    truths: dict[str, str]
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    seconds: float = 60.0  # what is measured is its word, on however busy a machine
    asked: int = 0

    @property
    def name(self) -> str:
        """One for each accuracy, so that kept opinions are not taken for another's."""
        return f"oracle {self.accuracy}"

    def judge(self, case: Case, candidate: Candidate, differences: Sequence[Difference]) -> telltale.Opinion:  # noqa: ARG002
        """The truth, or its opposite, with how both tasks begin for a difference."""
        self.asked += 1
        same = (self.truths[case.text] == candidate.procedure) == (self.rng.random() < self.accuracy)
        here, there = (" ".join(one.text.split()[:30]) for one in (case, candidate))
        told_apart = Difference(kind="words", case_value=here, candidate_value=there)
        return telltale.Opinion(same=same, differences=(told_apart,))


def main() -> None:
    """Print a line for each accuracy: shares of answers and of wrong ones, of recalls in which it was asked, calls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--memory", type=int, default=1000)
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--risk", type=float, default=0.05)
    given = parser.parse_args()
    remembered, asked = split(load_cases(given.file).memory, given.memory, given.cases)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Path(folder) / "store"
        with telltale.open(store) as memory:
            rows = Path(folder) / "rows.jsonl"
            rows.write_text("".join(json.dumps(as_episode(row)) + "\n" for row in remembered), encoding="utf-8")
            memory.ingest([rows])
            memory.learn()
        for accuracy in ACCURACIES:
            print(json.dumps(figures(store, asked, accuracy, given.risk)), flush=True)  # noqa: T201 - its output


def split(rows: Sequence[Row], memory: int, cases: int) -> tuple[list[Row], list[Row]]:
    """Rows to remember and, of those that are left, rows to ask about; successes with a plan only."""
    rng = random.Random(0)
    usable = [row for row in rows if row.get("plan") and row.get("success") is not False]
    rng.shuffle(usable)
    plans = sorted({row["plan"] for row in usable})
    held_out = set(rng.sample(plans, round(len(plans) * HELD_OUT)))
    known = [row for row in usable if row["plan"] not in held_out]
    left = known[memory:] + [row for row in usable if row["plan"] in held_out]
    return known[:memory], rng.sample(left, min(cases, len(left)))


def figures(store: Path, asked: Sequence[Row], accuracy: float | None, risk: float) -> dict[str, object]:
    """How the cases were answered with such a judge."""
    truths = {row["text"]: row["plan"] for row in asked}
    oracle = None if accuracy is None else Oracle(accuracy=accuracy, truths=truths)
    answered = misled = heard = 0
    with telltale.open(store, judge=oracle) as memory:
        for row in asked:
            case = as_case(row)
            found = memory.recall(case.text, case.context, risk=risk)
            heard += "the judge" in found.reason
            answered += not found.abstained
            misled += bool(found.admitted) and found.admitted[0].candidate.procedure != row["plan"]
    interval = wilson(misled, answered)
    return {
        "accuracy": accuracy,
        "answered": round(answered / len(asked), 3),
        "misled": round(misled / answered, 3) if answered else None,
        "misled_interval": [round(end, 3) for end in interval] if interval else None,
        "asked_in": round(heard / len(asked), 3),
        "calls": oracle.asked if oracle else 0,
    }


if __name__ == "__main__":
    main()
