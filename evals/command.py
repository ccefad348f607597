"""``telltale eval``: measure ways of using a memory on files of cases. Parses, runs, prints."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from telltale import BadArgument

from .cli_cases import build, fetch
from .options import TO_WRITE, command_line, names_of, refuse_a_missing_folder, tell
from .verbs import VERBS

if TYPE_CHECKING:
    from .strategies import Strategy

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
@click.argument("files", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--strategies", default=DEFAULT, show_default=True, help="Names, separated by commas.")
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
    "--distract", is_flag=True, help="Also plant look-alikes, and see what becomes of an agent that copies (slower)."
)
@click.option("--json", "out", type=TO_WRITE, help="Write all figures to this file.")
@click.option("--html", "page", type=TO_WRITE, help="Write a page with plots to this file.")
@click.option("--fail-if", "conditions", multiple=True, help='Exit with 1 if so, as in "misled_rate > 0.05".')
@click.option("--cache/--no-cache", default=True, show_default=True, help="Use answers kept from a run just like this.")
def run(
    *,
    files: Sequence[Path],
    strategies: str,
    memory: int,
    queries: int,
    seed: int,
    risk: float,
    alone: float,
    priors: Sequence[Path],
    distract: bool,
    out: Path | None,
    page: Path | None,
    conditions: Sequence[str],
    cache: bool,
) -> None:
    """Does a memory of past cases help with the cases of FILE, or mislead?

    FILE holds cases as JSON lines: memory rows, which are remembered, and query rows, which are asked about. Each
    strategy is given the text and context of a query and nothing else; its answers are held against the plans.
    """
    from rich.console import Console

    from .gate import read_condition
    from .report import tables
    from .strategies import make_strategies

    names = names_of(strategies)
    known = [strategy.name for strategy in make_strategies(names, risk=risk, seed=seed)]
    gate = [read_condition(condition, known) for condition in conditions]
    for option, path in (("--json", out), ("--html", page)):
        refuse_a_missing_folder(option, path)
    asked = {"memory": memory, "queries": queries, "seed": seed, "risk": risk}
    options = {"strategies": strategies, **asked, **({"alone": alone} if alone != 0.5 else {})}
    command = command_line(shlex.join(map(str, files)), [*options.items(), *(("prior", prior) for prior in priors)])
    command += " --distract" if distract else ""
    sets = []
    for file, prior in zip(files, _priors(priors, len(files)), strict=True):
        chosen = make_strategies(names, risk=risk, seed=seed)
        sets.append(_measured(file, chosen, prior=prior, alone=alone, cache=cache, command=command, asked=asked))
        if distract:
            sets[-1]["distraction"] = _distracted(file, seed=seed, risk=risk, alone=alone)
        Console().print(*tables(sets[-1], width=Console().width))
    tell(sets, out, page, gate)


def _measured(
    file: Path,
    strategies: Sequence[Strategy],
    *,
    prior: Path | None,
    alone: float,
    cache: bool,
    command: str,
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    """The results of one file."""
    from .cache import Cache, default_folder
    from .cases import draw, load_cases
    from .progress import counted
    from .results import results
    from .run import evaluate as measure

    cases = load_cases(file)
    sample = draw(cases, memory=asked["memory"], queries=asked["queries"], seed=asked["seed"])
    prior_text = prior.read_text("utf-8") if prior else ""
    kept = Cache(default_folder(), {"file": cases.sha256, "prior": prior_text, **asked}) if cache else None
    with counted(len(strategies) * len(sample.cases), first=f"{cases.name}: remembering") as progress:
        figures = measure(sample, strategies, prior=prior, progress=progress, cache=kept, alone=alone)
    drawn = {"n_memory": len(sample.memory), "n_queries": len(sample.cases), "seed": asked["seed"]}
    data = {"name": cases.name, "sha256": cases.sha256, **drawn}
    return results(figures, data=data, command=command, families=sample.families, settings={**asked, "alone": alone})


def _distracted(file: Path, *, seed: int, risk: float, alone: float) -> dict[str, Any]:
    """What planted look-alikes do on one file."""
    from .cases import load_cases
    from .distract import PLANTED, distraction
    from .progress import counted

    with counted(len(PLANTED), first="planting look-alikes") as progress:
        return distraction(load_cases(file), seed=seed, risk=risk, alone=alone, progress=progress)


def _priors(priors: Sequence[Path], files: int) -> list[Path | None]:
    if len(priors) not in {0, 1, files}:
        raise BadArgument(f"--prior: found {len(priors)} for {files} files; give one for all, or one for each in order")
    return [*priors] if len(priors) == files else [priors[0] if priors else None] * files


for verb in (*VERBS, build, fetch):
    evaluate.add_command(verb)
