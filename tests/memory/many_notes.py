"""What notes of recalls cost: reading one, all that read many, upkeep and bytes on disk, at any number of them.

    python -m tests.memory.many_notes 10000 100000 200000

Makes each number of notes, as old as 40 a second make them, in a folder that goes again, then has 40 more written 384
times, of which as many of the oldest go each 64th time.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from telltale.memory import documents
from telltale.memory.canonical import to_json
from telltale.memory.identity import new_id
from telltale.memory.maintain import maintain
from telltale.memory.notes import DAYS_KEPT
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder

TOGETHER, WRITES = 40, 6 * documents.UPKEEP
WORDS = ("refund", "order", "paid", "card", "gift", "cancel", "address", "parcel", "wrong", "size", "blue", "twice")


def notes(seed: int) -> Iterator[tuple[str, bytes]]:
    """Notes without end, of the fields and lengths that a recall has, by their names."""
    dice = random.Random(seed)
    while True:
        text = f"{' '.join(dice.choices(WORDS, k=12))} {dice.randrange(10**6)}"
        ids = [new_id() for _ in range(4)]
        told = {"text": text, "context": {"channel": "chat"}, "admitted": ids[:2], "refused": ids[2:], "time": 1.0}
        name = new_id()
        yield name, to_json(told | {"id": name, "best": dice.random(), "threshold": 0.93, "risk": 0.05})


def ms(work: Callable[[], Any], times: int = 9) -> float:
    """The median milliseconds of ``work``."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(took)


def measured(tenant: TenantStore, folder: Path, number: int) -> dict[str, float]:
    """One line of figures; times in milliseconds."""
    of, source = tenant._documents["recalls"], notes(0)
    names: list[str] = []
    for start in range(0, number, 20_000):
        values = dict(islice(source, min(20_000, number - start)))
        names += values
        ages = range(number - start, number - start - len(values), -1)
        of.table.append(of._packed(values, [time.time() - age / TOGETHER for age in ages]))
    maintain(of.table, keep=timedelta(0))
    found = {"notes": number, "MB": _size(folder) / 1e6, "one": ms(lambda: of.get(names[-number // 3]), 21)}
    found |= {"latest 500": ms(lambda: tenant.recall_notes(500), 3), "all": ms(of.values, 1)}
    took = []
    for _ in range(WRITES):
        begun = time.perf_counter()
        of.note(dict(islice(source, TOGETHER)), days=DAYS_KEPT, most=number)
        took.append(1e3 * (time.perf_counter() - begun))
    upkeep = sorted(took)[-WRITES // documents.UPKEEP :]
    found |= {"a write": statistics.median(took), "upkeep": statistics.median(upkeep), "slowest": max(took)}
    maintain(of.table, keep=timedelta(0))
    return found | {"after": of.table.count(), "MB after": _size(folder) / 1e6}


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("recalls.lance/**/*") if file.is_file())


if __name__ == "__main__":
    for asked in map(int, sys.argv[1:]):
        with TemporaryDirectory() as place:
            made = Store.open(place).tenant(embedder=HashingEmbedder())
            click.echo(str({what: round(figure, 1) for what, figure in measured(made, Path(place), asked).items()}))
