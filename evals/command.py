"""``telltale eval``: measure ways of using a memory on files of cases. Parses, runs, prints."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from .cli_cases import build, fetch
from .cli_page import page as drawn_again
from .options import TO_WRITE, command_line, names_of, refuse_a_missing_folder, tell
from .verbs import VERBS

DEFAULT = "random,dense,lexical,hybrid,telltale"


class WithDefault(click.Group):
    """A group that measures where no other of its commands is named, so that ``telltale eval FILE`` is enough."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options that are the group's own stay with it; all others belong to the measuring."""
        if args and args[0] not in self.commands and args[0] not in {"--help", "-h"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group("eval", cls=WithDefault, no_args_is_help=True)
def evaluate() -> None:
    """Measure ways of using a memory on files of cases.

    `telltale eval FILE...` measures and takes the options of `telltale eval run`, which is what it is short for.
    """


@evaluate.command("run")
@click.argument("paths", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--strategies", default=DEFAULT, show_default=True, help="Names, separated by commas; all.")
@click.option("--memory", type=click.IntRange(min=1), default=1500, show_default=True, help="Memory rows to remember.")
@click.option("--queries", type=click.IntRange(min=1), default=1000, show_default=True, help="Query rows to ask about.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sampling.")
@click.option("--risk", type=float, default=0.05, show_default=True, help="Wrong answers that telltale may give.")
@click.option(
    "--alone",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="How often the copycat agent succeeds without a memory.",
)
@click.option(
    "--prior",
    "priors",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Start from this prior, not the shipped; one for all FILEs, or one for each.",
)
@click.option(
    "--leave-one-out", is_flag=True, help="Start each FILE from a prior fitted on the FILEs of other folders alone."
)
@click.option(
    "--slow",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MS",
    help="Ask a strategy that costs more than MS milliseconds a query the first 100 alone.",
)
@click.option(
    "--distract", is_flag=True, help="Also plant look-alikes, and see what becomes of an agent that copies (slower)."
)
@click.option("--json", "out", type=TO_WRITE, help="Write all figures to this file.")
@click.option("--html", "page", type=TO_WRITE, help="Write a page with plots to this file.")
@click.option("--fail-if", "conditions", multiple=True, help='Exit with 1 if so, as in "misled_rate > 0.05".')
@click.option("--cache/--no-cache", default=True, show_default=True, help="Use answers kept from a run just like this.")
def run(
    *,
    paths: Sequence[Path],
    strategies: str,
    memory: int,
    queries: int,
    seed: int,
    risk: float,
    alone: float,
    priors: Sequence[Path],
    leave_one_out: bool,
    slow: float | None,
    distract: bool,
    out: Path | None,
    page: Path | None,
    conditions: Sequence[str],
    cache: bool,
) -> None:
    """Does a memory of past cases help with the cases of FILE, or mislead?

    FILE holds cases as JSON lines: memory rows, which are remembered, and query rows, which are asked about. A folder
    stands for every *cases*.jsonl in it and one level below. Each strategy is given the text and context of a query
    and nothing else; its answers are held against the plans.
    """
    from rich.console import Console

    from .gate import read_condition
    from .measuring import Asked, case_files, distracted, measured, starts
    from .report import tables
    from .strategies import make_strategies

    names = names_of(strategies)
    known = [strategy.name for strategy in make_strategies(names, risk=risk, seed=seed)]
    gate = [read_condition(condition, known) for condition in conditions]
    for option, path in (("--json", out), ("--html", page)):
        refuse_a_missing_folder(option, path)
    drawn = {"memory": memory, "queries": queries, "seed": seed, "risk": risk}
    more = {**({"alone": alone} if alone != 0.5 else {}), **({"slow": slow} if slow else {})}
    options = [*{"strategies": strategies, **drawn, **more}.items(), *(("prior", prior) for prior in priors)]
    flags = {"--leave-one-out": leave_one_out, "--distract": distract}
    command = command_line(shlex.join(map(str, paths)), options) + "".join(f" {flag}" for flag in flags if flags[flag])
    asked = Asked(names=names, drawn=drawn, alone=alone, slow=slow, cache=cache, command=command)
    begun = starts(case_files(paths), priors, leave_one_out=leave_one_out, cache=cache)
    sets = []
    for start in begun:
        sets.append(measured(start, asked))
        Console().print(*tables(sets[-1], width=Console().width))
    if distract:
        sets = [{**one, "distraction": told} for one, told in zip(sets, distracted(begun, asked), strict=True)]
    tell(sets, out, page, gate)


for verb in (*VERBS, build, fetch, drawn_again):
    evaluate.add_command(verb)
