"""Takes in a folder in small batches and tells every step on standard output, so that a test can stop it anywhere.

python take_in_on_command.py STORE FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder
from telltale.writers import batch
from telltale.writers import run as running
from telltale.writers.ingest import ingest


def tell(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


def main(store: str, folder: str) -> None:
    batch.EPISODES, running.MARKED_BYTES, running.MARKED_EVERY = 8, 1000, 20
    opened = Store.open(store)
    ingest(
        folder,
        opened.tenant(embedder=HashingEmbedder()),
        rejects=Path(store).with_suffix(".rejects"),
        progress=lambda done, size: tell(f"{done} of {size}\n"),
    )
    opened.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
