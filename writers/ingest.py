"""Files of traces into a tenant's memory: each file found, read, taken through the stages, and marked as done.

Running it again adds nothing; a run that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from telltale.memory.errors import BadArgument
from telltale.memory.place import Options, options_for
from telltale.memory.store import TenantStore

from . import signals as signalling
from .files import STDIN, Input, expand
from .formats.detect import named
from .marks import Asked, Marks
from .migrate import migrate
from .outcomes import Outcomes, read_outcomes
from .preview import Preview
from .redact import redact_people, redacts_people, version
from .rejects import Reject, RejectLog
from .remember import remember
from .run import Run
from .stages import store
from .summary import FormatCount, IngestSummary, Tally, total
from .watch import Wait, changed

__all__ = ["FormatCount", "IngestSummary", "ingest", "remember"]

Paths = str | Path | Sequence[str | Path]
Look = partial[Iterator[Input]]  # for the files


def ingest(
    paths: Paths,
    tenant: TenantStore,
    *,
    rejects: str | Path | None = None,
    outcomes: str | Path | None = None,
    format: str | None = None,  # noqa: A002 - the word of the command line
    source: str | None = None,
    signals: Sequence[str] = (),
    since: float | None = None,
    redact_pii: bool = False,
    dry_run: bool = False,
    watch: Wait | None = None,
    engine: str = "local",
    runner: str = "native",
    staging: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    storage_options: Options | None = None,
) -> IngestSummary:
    """What became of the traces in files, folders (read whole, sorted), globs, ``-`` and object stores.

    A record that cannot be taken is added to ``rejects`` and the rest goes in; ``outcomes`` (CSV or JSON lines
    ``trace_id,outcome,score,source``) is joined by trace id; ``signals`` guess the outcome where nobody tells it;
    ``source`` replaces the records' own and the file's name. Episodes older than ``since`` (seconds since the epoch;
    where a trace has no time, its file's counts) are left out. ``redact_pii`` takes out e-mail, phone and card numbers
    too, from now on and from what is there. ``dry_run`` counts and writes nothing. ``watch`` is called between two
    looks at the files and goes on until it raises KeyboardInterrupt. With the ``engine`` daft the files are read by
    Daft's workers (``runner`` native or ray), which put what comes of them into ``staging``, a folder or address that
    all reach. ``progress`` is called with bytes done and bytes in all. ``storage_options`` lead to buckets; where they
    are left out, the memory's own do to those of its kind. Raises BadArgument for a path, format or signal that is not
    there, and what the store raises.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    rejects = None if rejects is None else Path(rejects)
    look = partial(expand, given, but=rejects, reach=partial(options_for, tenant.place, storage_options))
    pii = redact_pii or redacts_people(tenant)
    if not dry_run:
        _bring_up_to_date(tenant, pii=pii)
    joined = read_outcomes(Path(outcomes), tenant.key, pii=pii) if outcomes else Outcomes()
    asked = Asked(outcomes=joined.digest, signals=signalling.check(signals), since=since)
    reading: dict[str, Any] = {
        "key": tenant.key,
        "outcomes": joined,
        "signals": asked.signals,
        "pii": pii,
        "since": since,
        "form": named(format).NAME if format else None,
        "source": source,
    }
    log = _log_of(joined.rejects, None if dry_run else rejects)
    if engine != "local":
        _check_daft(engine, plain=not dry_run and watch is None)
        counted = _through_daft(look, given, tenant, reading, log, runner=runner, staging=staging)
        return _summary(*counted, tenant, log, rejected=len(joined.rejects))
    preview = Preview(tenant, pii=pii) if dry_run else None
    stored = preview.store if preview else partial(store, tenant=tenant)
    run = Run(store=stored, rejects=log, marks=Marks(tenant, asked, keep=not dry_run), **reading)
    _take_all(run, look, progress) if watch is None else _follow(run, look, watch, progress)
    run.finish()
    return _summary(run.tallies, run.older_files, tenant, log, rejected=len(joined.rejects), preview=preview)


def _log_of(rejects: Sequence[Reject], path: Path | None) -> RejectLog:
    log = RejectLog(path)
    for reject in rejects:
        log.add(reject)
    return log


def _check_daft(engine: str, *, plain: bool) -> None:
    if engine != "daft" or not plain:
        raise BadArgument(f"found the engine {engine!r}, expected local or daft; daft neither watches nor previews")


def _through_daft(
    look: Look,
    paths: Sequence[str | Path],
    tenant: TenantStore,
    reading: dict[str, Any],
    log: RejectLog,
    *,
    runner: str,
    staging: str | None,
) -> tuple[dict[str, Tally], int]:
    from .daft_engine import Pipeline, take_in

    if STDIN in map(str, paths):
        raise BadArgument("standard input cannot be shared out; write it to a file that all workers reach")
    pipeline = Pipeline(embedder=tenant.embedder.name, reading=reading, reach=look.keywords["reach"])
    put = partial(tenant.put, redaction_version=version(pii=reading["pii"]))
    with TemporaryDirectory() as folder:
        return take_in(list(look()), pipeline, put, log, runner=runner, staging=staging or folder)


def _bring_up_to_date(tenant: TenantStore, *, pii: bool) -> None:
    """What is there is held to the rules that what comes is held to."""
    new = pii and not redacts_people(tenant)
    if new:
        redact_people(tenant)
    migrate(tenant, again=new)


def _take_all(run: Run, look: Look, progress: Callable[[int, int], None] | None) -> None:
    files = list(look())
    done, size = 0, sum(file.size for file in files)
    for file in files:
        for at in run.take(file):
            if progress:
                progress(done + at, size)
        done += file.size
        if progress:
            progress(done, size)


def _follow(run: Run, look: Look, wait: Wait, progress: Callable[[int, int], None] | None) -> None:
    """Take in what there is and what comes, each file as it settles, until ``wait`` is interrupted."""
    patiently = partial(look, patient=True)
    read: dict[str, int] = {}
    done = 0
    try:
        for file in changed(patiently, wait):
            for at in run.take(file, skip=read.get(file.name, 0), growing=True):
                if progress:
                    progress(done + at, done + file.size)
            read[file.name], done = run.line, done + file.size
            run.finish()
    except KeyboardInterrupt:
        pass


def _summary(
    tallies: Mapping[str, Tally],
    older_files: int,
    tenant: TenantStore,
    log: RejectLog,
    *,
    rejected: int,
    preview: Preview | None = None,
) -> IngestSummary:
    whole = total(tallies.values())
    keys = {*tenant.keys(), *(preview.keys if preview else ())}
    return IngestSummary(
        read=whole.read,
        stored=whole.stored,
        duplicates=whole.duplicates,
        rejected=whole.rejected + rejected,
        skipped=whole.skipped,
        episodes=tenant.count() + (preview.added if preview else 0),
        procedures=len(keys - {""}),
        by_format={form: tally.of_format() for form, tally in sorted(tallies.items())},
        rejects=tuple(log.shown),
        older=whole.older,
        older_files=older_files,
        dry_run=preview is not None,
    )
