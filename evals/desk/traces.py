"""Recorded runs as files that any user could have: traces in OpenAI's chat format, outcomes beside them."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .agents import record
from .desk import SPECS, Run
from .tickets import KNOWN, make_tickets

SKILL = 0.8  # how often the colleagues who are recorded mean to do the right thing
FIRST_DAY, BETWEEN = 1_767_600_000, 900  # seconds: when the first ticket came in, and how long until the next


def record_runs(seed: int, number: int) -> list[Run]:
    """The runs of colleagues on ``number`` tickets of known procedures, in the order in which the tickets came."""
    tickets = make_tickets(seed, KNOWN, pool="remembered", number=number)
    return [record(ticket, SKILL, random.Random(ticket.id)) for ticket in tickets]


def write_traces(runs: Sequence[Run], folder: Path, *, first: int = 0) -> tuple[Path, Path]:
    """The two files that were written: ``traces.jsonl``, and ``outcomes.csv`` with what the database says of each.

    ``first`` is how many tickets came in before these, which tells when these came.
    """
    traces, outcomes = folder / "traces.jsonl", folder / "outcomes.csv"
    folder.mkdir(parents=True, exist_ok=True)
    with traces.open("w", encoding="utf-8") as lines:
        lines.writelines(
            json.dumps(_trace(run, number), ensure_ascii=False) + "\n" for number, run in enumerate(runs, first)
        )
    with outcomes.open("w", encoding="utf-8", newline="") as rows:
        sheet = csv.writer(rows)
        sheet.writerow(("trace_id", "outcome", "score", "source"))
        sheet.writerows((run.ticket.id, _outcome(run), float(run.success), "desk database") for run in runs)
    return traces, outcomes


def _trace(run: Run, number: int) -> dict[str, Any]:
    return {
        "id": run.ticket.id,
        "created": FIRST_DAY + BETWEEN * number,
        "context": dict(run.ticket.context),
        "messages": run.messages,
        "tools": SPECS,
    }


def _outcome(run: Run) -> str:
    return "success" if run.success else "failure"
