"""Files sent to a server as they lie here, one after the other; each is a job there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
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
    reach = options.get("storage_options") or {}
    inputs = list(expand([paths] if isinstance(paths, str | Path) else list(paths), reach=lambda _: reach))
    before, size = 0, sum(one.size for one in inputs)
    parts: list[IngestSummary] = []
    for one in inputs:

        def told(at: int, _: int, before: int = before) -> None:
            if progress:
                progress(before + at, size)

        query = asked | {"name": _plain(one.source), "source": options.get("source")}
        found = client_jobs.done(connection, "/ingest", one.raw, query=query, progress=told if progress else None)
        part = of_value(found, IngestSummary)
        parts.append(replace(part, rejects=tuple(replace(reject, file=one.name) for reject in part.rejects)))
        before += one.size
        told(one.size, size)
    return added_up(parts)


def _plain(name: str) -> str:
    """A file's name as a server takes it: letters and digits of ASCII, and a few signs."""
    return re.sub(r"[^A-Za-z0-9._ -]", "_", name)[-100:].lstrip(". -") or "file"
