"""What an ingestion can be told beside its paths: in one place for all surfaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict


class IngestOptions(TypedDict, total=False):
    """Keyword arguments of ``ingest``; each may be left out."""

    rejects: str | Path | None
    """A file to which every record that cannot be taken is added, with file, line, code and reason."""

    outcomes: str | Path | None
    """A CSV file ``trace_id,outcome,score,source``, or JSON lines, joined to the traces."""

    format: str | None
    """Read every file as this format instead of finding out."""

    source: str | None
    """The name to remember the origin by; a file's own name where it is left out."""

    signals: Sequence[str]
    """Where nobody says how a run ended, guess it from ``"tests"``, ``"thanks"`` or ``"exit-code"``, the first that
    tells. A guess never replaces a word, and a guessed success counts as unverified."""

    since: float | None
    """Leave out episodes older than this, in seconds since the epoch; where a trace has no time, its file's counts."""

    redact_pii: bool
    """Take out e-mail addresses, phone and card numbers too: from these files, from all that is remembered or asked
    later, and from what is there. Cannot be taken back."""

    dry_run: bool
    """Count what would happen and write nothing; a memory opened read-only can do it."""

    watch: Callable[[], None] | None
    """Called between two looks at the paths, for folders that grow; files are taken in as they settle, until it raises
    KeyboardInterrupt."""

    engine: str
    """``"local"``, or ``"daft"``: the files are read by Daft's workers (needs the extra ``daft``)."""

    runner: str
    """Where Daft runs: ``"native"`` on this machine, ``"ray"`` on the Ray cluster that it is connected to."""

    staging: str | None
    """A folder or address that all of Daft's workers reach; a temporary folder where it is left out."""

    storage_options: Mapping[str, str] | None
    """LanceDB's options for the buckets that are read; those of the memory where it is in a bucket of the same kind and
    these are left out."""

    progress: Callable[[int, int], None] | None
    """Called with the bytes done and the bytes in all."""
