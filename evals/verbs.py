"""What ``telltale eval`` has beside measuring: compare, stress, leaks. Parses, runs, prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from .options import TO_WRITE, command_line, names_of, refuse_a_missing_folder, tell


@click.command("compare")
@click.argument("before", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("after", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "out", type=TO_WRITE, help="Write the comparison to this file.")
def compare(*, before: Path, after: Path, out: Path | None) -> None:
    """What is better, worse, or cannot be told apart in AFTER, against BEFORE.

    Both are files that `telltale eval --json` wrote. The same draw of the same cases is compared query by query.
    """
    from rich.console import Console

    from .compare import change_json, change_table, changes
    from .results import read_results

    refuse_a_missing_folder("--json", out)
    found = changes(read_results(before), read_results(after))
    if out:
        out.write_text(json.dumps(change_json(found), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    Console().print(change_table(found))


@click.command("stress")
@click.option("--only", multiple=True, metavar="NAME", help="This test alone; repeatable. Default: all.")
@click.option("--controls", is_flag=True, help="The same facts in the past's own words, to see what the wording does.")
@click.option("--strategies", default="dense,telltale", show_default=True, help="Names, separated by commas.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the rows.")
@click.option("--risk", type=float, default=0.05, show_default=True, help="Wrong answers that telltale may give.")
@click.option("--json", "out", type=TO_WRITE, help="Write all figures to this file.")
@click.option("--html", "page", type=TO_WRITE, help="Write a page to this file.")
@click.option("--rows", type=click.Path(path_type=Path, file_okay=False), help="Write the tests here as case files.")
@click.option(
    "--fail-if", "conditions", multiple=True, help='Exit with 1 if so in any test, as in "misled_rate > 0.05".'
)
@click.option("--cache/--no-cache", default=True, show_default=True, help="Use answers kept from a run just like this.")
def stress(
    *,
    only: Sequence[str],
    controls: bool,
    strategies: str,
    seed: int,
    risk: float,
    out: Path | None,
    page: Path | None,
    rows: Path | None,
    conditions: Sequence[str],
    cache: bool,
) -> None:
    """Small tests of memory, each with one difficulty and figures of its own.

    Needles under paraphrase, among look-alikes, negated, joined, superseded, absent, and more; no word that past and
    present share gives the needle away.
    """
    from rich.console import Console

    from .gate import read_condition
    from .progress import counted
    from .strategies import make_strategies
    from .stress.page import html
    from .stress.run import chosen, stress_table, write
    from .stress.run import run as measure
    from .stress.summary import said

    tests, wanted = chosen(only, controls=controls), names_of(strategies)
    known = [strategy.name for strategy in make_strategies(wanted, risk=risk, seed=seed)]
    gate = [read_condition(condition, known) for condition in conditions]
    for option, path in (("--json", out), ("--html", page)):
        refuse_a_missing_folder(option, path)
    if rows:
        write(tests, rows, seed=seed)
    options = [*(("only", name) for name in only), ("strategies", strategies), ("seed", seed), ("risk", risk)]
    command = command_line("stress", options)
    command += " --controls" if controls else ""
    with counted(len(tests), first=tests[0].name) as progress:
        sets = []
        for test in tests:
            make = partial(make_strategies, wanted, risk=risk, seed=seed)
            sets.append(measure(test, make, seed=seed, risk=risk, command=command, cache=cache))
            progress(test.name)
    Console().print(stress_table(sets))
    for line in said(sets):
        click.echo(line)
    tell(sets, out, page, gate, drawn=html)


@click.command("leaks")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "out", type=TO_WRITE, help="Write what was found to this file.")
@click.option("--strict", is_flag=True, help="Exit with 1 unless the file is clean.")
def leaks(*, file: Path, out: Path | None, strict: bool) -> None:
    """Whether the cases of FILE give their answers away by how they look.

    Length, capitals, signs, template words, the order of rows, and copies of memory rows among the queries. A file is
    clean where none of them tells whether something applies, and no query is a copy.
    """
    from rich.console import Console

    from .cases import load_cases
    from .leaks import as_json, leak_table
    from .leaks import leaks as look

    refuse_a_missing_folder("--json", out)
    found = look(load_cases(file))
    if out:
        out.write_text(json.dumps(as_json(found), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    Console().print(leak_table(found))
    if strict and not found.clean:
        raise click.exceptions.Exit(1)


VERBS = (compare, stress, leaks)
