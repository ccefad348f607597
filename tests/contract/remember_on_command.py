"""A process that remembers the tickets of a round in a bucket when it is told to; says how many ids it was given."""

from __future__ import annotations

import sys

import telltale
from telltale import Episode, Outcome
from telltale.memory.testing import HashingEmbedder


def say(what: object) -> None:
    """One line, at once."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    """Until nothing more is told."""
    with telltale.open(sys.argv[1], embedder=HashingEmbedder()) as memory:
        say("ready")
        for line in sys.stdin:
            texts = [f"Ticket {line.strip()}-{number}" for number in range(20)]
            say(len(memory.remember([Episode(text=text, label="close", outcome=Outcome.SUCCESS) for text in texts])))


if __name__ == "__main__":
    main()
