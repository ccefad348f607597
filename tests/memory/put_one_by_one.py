"""A process that puts episodes for ever and says each id once it is acknowledged. Killed by test_durable.py."""

from __future__ import annotations

import itertools
import sys

from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder, an_episode, put

if __name__ == "__main__":
    tenant = Store.open(sys.argv[1]).tenant(embedder=HashingEmbedder())
    for number in itertools.count():
        stored = put(tenant, an_episode(f"refund order {number}", trace_id=f"{sys.argv[2]}-{number}"))
        sys.stdout.write(f"{stored.added[0]}\n")
        sys.stdout.flush()
