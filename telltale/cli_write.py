"""The verbs that change a memory."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from telltale.memory.errors import BadArgument, StoreMissing
from telltale.memory.types import Outcome

from . import tables
from .agent_memory import AgentMemory
from .agent_memory import open as open_memory
from .cli_distill import distill
from .progress import bar, spinner
from .verbs import Options, under, verb

if TYPE_CHECKING:  # loads numpy
    from .learning import Learned

PARTIAL = 3
STOPPED = 130
BETWEEN_LOOKS = 1.0  # seconds between two looks at what is watched


def open_for_ingest(
    store: str, tenant: str, embedder: str | None, *, create: bool, storage_options: Options
) -> AgentMemory:
    """The memory to take in for; in a dry run one that nothing can be written to, in working memory if need be."""
    if not click.get_current_context().params["dry_run"]:
        return open_memory(store, tenant, embedder, create=create, storage_options=storage_options)
    try:
        return open_memory(store, tenant, embedder, read_only=True, create=False, storage_options=storage_options)
    except StoreMissing:
        return _in_working_memory(tenant, embedder)


def _in_working_memory(tenant: str, embedder: str | None) -> AgentMemory:
    """A memory that a dry run is held against where there is none: good for that, and for nothing that is kept."""
    from telltale.memory.store import Store

    store = Store.open("memory://dry-run")
    return AgentMemory(store, store.tenant(tenant, embedder=embedder))


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--rejects", metavar="FILE", help="Add every record that cannot be taken to FILE, with the reason.")
@click.option("--outcomes", metavar="FILE", help="A CSV file trace_id,outcome,score,source to join.")
@click.option("--signals", metavar="NAMES", default="", help="Guess outcomes from: tests,thanks,exit-code.")
@click.option("--format", metavar="NAME", help="Read every file as this format instead of finding out.")
@click.option("--source", metavar="NAME", help="Remember them under this origin, for `forget --source`.")
@click.option("--since", metavar="TIME", help="Leave out what is older than a date (2026-01-31) or a time (ISO 8601).")
@click.option("--redact-pii", is_flag=True, help="Take out e-mails, phone and card numbers too, here and from now on.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option("--watch", is_flag=True, help="Go on taking in what comes, until Ctrl-C.")
@click.option("--engine", default="local", show_default=True, help="Who reads the files: local, or daft.")
@click.option("--runner", default="native", show_default=True, help="Where Daft runs: native, or ray.")
@click.option("--staging", metavar="ADDRESS", help="What all of Daft's workers reach; else a temporary folder.")
@verb(show=tables.ingested, creates=True, status=lambda found: PARTIAL if found.rejected else 0, opener=open_for_ingest)
def ingest(memory: AgentMemory, paths: Sequence[str], **given: Any) -> Any:
    """Take in finished traces; doing it again adds nothing.

    PATH is a file, a folder, a pattern, - for standard input, or an address (s3://, gs://, az://).
    """
    since, watch, names = given.pop("since"), given.pop("watch"), given.pop("signals").split(",")
    told: dict[str, Any] = {
        "since": None if since is None else seconds("--since", since),
        "signals": [name.strip() for name in names if name.strip()],
        "watch": partial(time.sleep, BETWEEN_LOOKS) if watch else None,
    }
    with stoppable(), bar("Watching" if watch else "Taking in") as progress:
        found = memory.ingest(paths, progress=progress, **told, **given)
    if found.stored and not found.dry_run and memory.is_stale():
        click.echo("The guard knows less than the memory holds: `telltale learn` fits it anew.", err=True)
    return found


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it, being told to end is like Ctrl-C, and either is answered with how to go on."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped. What was stored stays; the same command goes on from there.", err=True)
        raise click.exceptions.Exit(STOPPED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@click.command()
@click.argument("recall_id", metavar="RECALL")
@click.option("--outcome", type=click.Choice([outcome.value for outcome in Outcome]), help="How the run ended.")
@click.option("--used", multiple=True, metavar="ID", help="A memory that was followed.")
@click.option("--helped", multiple=True, metavar="ID", help="A memory that was right.")
@click.option("--misled", multiple=True, metavar="ID", help="A memory that led astray.")
@click.option("--note", help="Anything worth keeping.")
@verb(show=tables.noted)
def feedback(memory: AgentMemory, recall_id: str, **given: Any) -> dict[str, str]:
    """Say what became of a recall, by its id or receipt."""
    memory.feedback(recall_id, **given)
    return {"recall": recall_id}


@click.command()
@verb(show=tables.learned)
def learn(memory: AgentMemory) -> Learned:
    """Fit the guard, group procedures, find look-alikes."""
    with spinner("Learning"):
        return memory.learn()


@click.command()
@click.option("--episode-id", metavar="ID", help="One episode.")
@click.option("--source", metavar="NAME", help="Everything from one origin.")
@click.option("--before", metavar="TIME", help="Everything older than a date (2026-01-31) or a time (ISO 8601).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@verb(show=tables.forgotten, shape=under("forgotten"))
def forget(memory: AgentMemory, before: str | None, yes: bool, **given: Any) -> list[str]:
    """Take episodes away for good, with all that came of them."""
    if not yes and sys.stdin.isatty():
        click.confirm("This cannot be undone. Go on?", abort=True, err=True)
    return memory.forget(before=None if before is None else seconds("--before", before), **given)


def seconds(option: str, when: str) -> float:
    """``when`` as seconds since the epoch; UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        raise BadArgument(f"{option} is {when!r}: give a date such as 2026-01-31, or an ISO 8601 time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


COMMANDS = (ingest, feedback, learn, distill, forget)
