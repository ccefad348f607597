"""A process that remembers the tickets of a round in a bucket when it is told to; says how many ids it was given."""

from __future__ import annotations

import sys

import telltale
from telltale import Episode, Outcome
from telltale.memory.testing import HashingEmbedder

memory = telltale.open(sys.argv[1], embedder=HashingEmbedder())
sys.stdout.write("ready\n")
sys.stdout.flush()
for line in sys.stdin:
    tickets = [
        Episode(text=f"Ticket {line.strip()}-{number}", label="close", outcome=Outcome.SUCCESS, source="desk")
        for number in range(20)
    ]
    sys.stdout.write(f"{len(memory.remember(tickets))}\n")
    sys.stdout.flush()
memory.close()
