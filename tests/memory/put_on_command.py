"""A process that puts the same forty episodes of a round as soon as it reads the round's number."""

from __future__ import annotations

import sys

from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder, an_episode, put

if __name__ == "__main__":
    import lancedb  # noqa: F401 - loaded before the rounds begin, so that the first is as tight as the others

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    store = Store.open(sys.argv[1])
    for line in sys.stdin:
        tenant = store.tenant(embedder=HashingEmbedder())
        stored = put(tenant, *(an_episode(f"refund order {n}", trace_id=f"{line.strip()}-{n}") for n in range(40)))
        sys.stdout.write(f"{len(stored.added)} {len(stored.unchanged)}\n")
        sys.stdout.flush()
