"""What many tenants cost on one machine: making them, the first recall of one that is closed, a recall of one that is
open, memory, files and threads. Run: ``python tests/memory/many_tenants.py [TENANTS] [FOLDER]`` (10,000 take a while).

Nothing is warmed between the parts: the operating system's cache of files is as the making left it, and said so.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from telltale.agent_memory import AgentMemory
from telltale.memory.store import Store
from telltale.memory.testing import an_episode, put

EPISODES, ACTIVE, COLD, WARM, SEED = 5, 50, 500, 2_000, 7


def process() -> dict[str, int]:
    """Resident megabytes, open files and threads of this process."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    files = len([*Path("/proc/self/fd").iterdir()])
    return {"rss_mb": int(status["VmRSS"].split()[0]) // 1024, "files": files, "threads": int(status["Threads"])}


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def told(times: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(times)
    return {"n": len(ordered), "p50_ms": ordered[len(ordered) // 2], "p95_ms": ordered[int(len(ordered) * 0.95)]}


def say(part: str, **found: Any) -> None:
    """One line of JSON."""
    rounded = {name: round(value, 1) if isinstance(value, float) else value for name, value in found.items()}
    sys.stdout.write(json.dumps({"part": part, **rounded, **process()}) + "\n")
    sys.stdout.flush()


def make(store: Store, name: str) -> None:
    """A tenant with a handful of episodes."""
    tenant = store.tenant(name)
    put(tenant, *(an_episode(f"refund order {n} of {name}, paid by card", trace_id=str(n)) for n in range(EPISODES)))


def recall(store: Store, name: str) -> None:
    """A recall of the tenant, opened where it is closed."""
    with store.lent(name) as tenant:
        AgentMemory(store, tenant).recall("refund order 3, paid by card")


def main(count: int, folder: str) -> None:
    """Make ``count`` tenants and measure them."""
    rng, store = random.Random(SEED), Store.open(folder)
    there = len(store.tenants())
    names = [f"tenant-{number}" for number in range(count)]
    for start in range(there, count, 1_000):
        part = names[start : start + 1_000]
        say(f"made {start + len(part)}", **told([timed(partial(make, store, name)) for name in part]))
    store.close()
    store = Store.open(folder)
    say("opening the store", first_ms=timed(store.tenants))
    recall(store, names[0])
    say("the first recall of the process: embedder, database and guard are loaded")
    cold = rng.sample(names[1:], min(COLD, count - 1))
    say(
        "cold: the first recall of a closed tenant",
        **told([timed(partial(recall, store, name)) for name in cold]),
    )
    active = cold[-min(ACTIVE, len(cold)) :]
    warm = [timed(lambda: recall(store, rng.choice(active))) for _ in range(WARM)]
    say(f"warm: recalls over {len(active)} open tenants", **told(warm))
    visited = rng.sample(names, min(2_000, count))
    say("visiting any of all", **told([timed(partial(recall, store, name)) for name in visited]))
    say("names of all", all_ms=timed(store.tenants))
    gone = rng.sample(names, 20)
    renamed = [timed(partial(store.rename, name, f"{name}-new")) for name in gone]
    say("renaming", **told(renamed))
    say("deleting", **told([timed(partial(store.delete, f"{name}-new")) for name in gone]))
    store.close()
    say("closed")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
