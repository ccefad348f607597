"""``telltale eval``: measure ways of using a memory on a file of cases. Parses, runs, prints."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from telltale import BadArgument

from .progress import counted

DEFAULT = "random,dense,lexical,hybrid,telltale"


@click.command("eval")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--strategies", default=DEFAULT, show_default=True, help="Names, separated by commas.")
@click.option("--memory", type=click.IntRange(min=1), default=1500, show_default=True, help="Memory rows to remember.")
@click.option("--queries", type=click.IntRange(min=1), default=1000, show_default=True, help="Query rows to ask about.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sampling.")
@click.option("--risk", type=float, default=0.05, show_default=True, help="Wrong answers that telltale may give.")
@click.option(
    "--prior", type=click.Path(path_type=Path, dir_okay=False), help="Start from this prior, not the shipped."
)
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), help="Write all figures to this file.")
def evaluate(
    *,
    file: Path,
    strategies: str,
    memory: int,
    queries: int,
    seed: int,
    risk: float,
    prior: Path | None,
    out: Path | None,
) -> None:
    """Does a memory of past cases help with the cases of FILE, or mislead?

    FILE holds cases as JSON lines: memory rows, which are remembered, and query rows, which are asked about. Each
    strategy is given the text and context of a query and nothing else; its answers are held against the plans.
    """
    from rich.console import Console

    from .cases import draw, load_cases
    from .report import results, table
    from .run import evaluate as run
    from .strategies import make_strategies

    chosen = make_strategies(filter(None, map(str.strip, strategies.split(","))), risk=risk, seed=seed)
    _refuse_a_missing_folder(out)
    cases = load_cases(file)
    sample = draw(cases, memory=memory, queries=queries, seed=seed)
    with counted(len(chosen) * len(sample.cases), first="remembering") as progress:
        figures = run(sample, chosen, prior=prior, progress=progress)
    drawn = {"n_memory": len(sample.memory), "n_queries": len(sample.cases), "seed": seed}
    options = {"strategies": strategies, "memory": memory, "queries": queries, "seed": seed, "risk": risk}
    options |= {"prior": prior} if prior else {}
    given = results(
        figures,
        data={"name": cases.name, "sha256": cases.sha256, **drawn},
        command=_command(file, options),
    )
    if out:
        out.write_text(json.dumps(given, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    Console().print(table(given))


def _refuse_a_missing_folder(out: Path | None) -> None:
    """Before the work, not after it."""
    if out and not out.parent.is_dir():
        raise BadArgument(f"--json {out}: there is no folder {out.parent}; make it first")


def _command(file: Path, options: dict[str, object]) -> str:
    named = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return shlex.join(["telltale", "eval", str(file), *named])
