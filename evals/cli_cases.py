"""``telltale eval build`` and ``telltale eval fetch``: where cases come from. Parses, calls, prints."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import telltale
from telltale import BadArgument

from .options import TO_WRITE, refuse_a_missing_folder

if TYPE_CHECKING:
    from .build import Built

FOLDER = click.Path(path_type=Path, file_okay=False)
FEW = 30  # queries with a match, below which a rate of them has an interval of a third and more
SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command("build")
@click.option("--store", default="./.telltale", show_default=True, help="The memory whose episodes become cases.")
@click.option("--tenant", default="default", show_default=True, help="Which memory in the store.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The case file to write.")
@click.option("--newer", type=SHARE, default=0.3, show_default=True, help="Share of the episodes to ask about.")
@click.option("--novel", type=SHARE, default=0.2, show_default=True, help="Share of the queries without a match.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the procedures that are held out.")
@click.option("--json", "out", type=TO_WRITE, help="Write what was built, and what gives answers away, to this file.")
def build(*, store: str, tenant: str, to: Path, newer: float, novel: float, seed: int, out: Path | None) -> None:
    """Make cases of your own memory.

    The older episodes are remembered, the newer successes asked about. Nothing alike stands on both sides, and some
    procedures are held out so that there are cases to which nothing applies. Ends with what `telltale eval leaks` says
    of them: which shapes (length, capitals, punctuation, template words) give an answer away.
    """
    from rich.console import Console

    from .build import build as built_of
    from .cases import load_cases
    from .leaks import as_json, leak_table, leaks

    refuse_a_missing_folder("--to", to)
    refuse_a_missing_folder("--json", out)
    with telltale.open(store, tenant=tenant, create=False, read_only=True) as memory:
        built = built_of(memory, newer=newer, novel=novel, seed=seed)
    half = to.with_name(f".{to.name}.half")
    try:
        half.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in built.rows), encoding="utf-8")
        os.replace(half, to)  # noqa: PTH105 - beside it
    except OSError as error:
        raise BadArgument(f"--to {to}: cannot be written ({error.strerror}); name a file that can") from error
    finally:
        half.unlink(missing_ok=True)
    for line in told(built, to):
        click.echo(line)
    found = leaks(load_cases(to))
    Console().print(leak_table(found))
    if out:
        about = {"file": str(to), **counts(built), "leaks": as_json(found)}
        out.write_text(json.dumps(about, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def counts(built: Built) -> dict[str, Any]:
    """What was built and left out, by name; ready for JSON."""
    queries = sum(row["split"] == "query" for row in built.rows)
    return {
        "remembered": len(built.rows) - queries,
        "queries": queries,
        "without_a_match": built.novel,
        "by_time": built.by_time,
        "held_out": list(built.held_out),
        "left_out": {"unknown": built.unknown, "alike": built.alike, "failed": built.failed},
    }


def told(built: Built, to: Path) -> Iterator[str]:
    """What was built, line by line."""
    many = counts(built)
    yield (
        f"{to}: {many['remembered']} to remember, {many['queries']} to ask about, {built.novel} of them without a match"
    )
    how = "by time" if built.by_time else "by chance, for too few episodes have a time"
    yield f"told apart {how}; procedures held out: {len(built.held_out)}"
    yield (
        f"left out: {built.unknown} whose outcome or procedure is unknown, {built.alike} newer ones like one that is "
        f"remembered, {built.failed} newer failures"
    )
    if many["queries"] - built.novel < FEW:
        yield "few queries have a match, so help can hardly be measured: remember more runs of the same kinds of tasks"


@click.command("fetch")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All sets.")
@click.option("--to", type=FOLDER, required=True, help="The folder to write into.")
@click.option("--data", type=FOLDER, help="A folder with the sets, or clones (OWNER/NAME): fetch nothing.")
@click.option("--mirror", help="Who serves what GitHub serves, instead of GitHub.")
@click.option("--yes", is_flag=True, help="Do not ask whether the licences are agreed to.")
def fetch(
    *, names: Sequence[str], everything: bool, to: Path, data: Path | None, mirror: str | None, yes: bool
) -> None:
    """Fetch public sets of cases: alfred, alfworld, banking77, clinc150, limit, sql_advising, tau_retail.

    Each set's licence is shown first. What arrives is the very file that published figures are of, or nothing is kept;
    SOURCE.json beside it has the licence, the addresses and the digests of what came. ALFRED comes as one archive of
    its whole repository, since its originals are thousands of files.
    """
    from .fetch import addresses, known
    from .fetch import fetch as fetched
    from .originals import ORIGINALS
    from .progress import counted

    chosen = known(ORIGINALS if everything else names)
    for one in chosen:
        click.echo(f"{one.folder}: {one.licence}. Cite {one.cite}.")
        for address in addresses(one, mirror):
            click.echo(f"  {address}")
        for name, digest in one.sha256.items():
            click.echo(f"  gives {name}, SHA-256 {digest}")
    if not yes:
        click.confirm("Fetch these under their licences?", abort=True)
    failed = 0
    with counted(len(chosen), first=chosen[0].folder) as progress:
        for one in chosen:
            try:
                for path in fetched(one, to, data=data, mirror=mirror):
                    click.echo(f"verified {path}")
            except BadArgument as error:  # the other sets are worth having all the same
                failed += 1
                click.echo(f"failed: {error}", err=True)
            progress(one.folder)
    if failed:
        raise click.exceptions.Exit(1)
