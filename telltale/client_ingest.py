"""Files sent to a server as they lie here, one after the other; each is a job there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from telltale.writers.files import expand
from telltale.writers.summary import IngestSummary

from . import client_jobs
from .client_http import Connection
from .client_told import added_up, of_value
from .options import IngestOptions


def ingest(connection: Connection, paths: str | Path | Sequence[str | Path], options: IngestOptions) -> IngestSummary:
    """What became of them all. Raises BadArgument for a path that names nothing, and what a job failed with."""
    asked = {name: options.get(name) for name in ("format", "since", "redact_pii", "dry_run")}
    asked["signals"] = list(options.get("signals", ()))
    progress = options.get("progress")
    inputs = list(expand([paths] if isinstance(paths, str | Path) else list(paths)))
    before, size = 0, sum(one.size for one in inputs)
    parts: list[IngestSummary] = []
    for one in inputs:

        def told(at: int, _: int, before: int = before) -> None:
            if progress:
                progress(before + at, size)

        query = asked | {"source": options.get("source") or one.source}
        found = client_jobs.done(connection, "/ingest", one.raw, query=query, progress=told if progress else None)
        parts.append(of_value(found, IngestSummary))
        before += one.size
        told(one.size, size)
    return added_up(parts)
