"""``telltale demo``: from recorded traces to a guarded memory at work, in under a minute. Parses, runs, prints."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from telltale import UsageError
from telltale.evals.progress import counted

from .figures import MOST_SEEDS, figures_of

if TYPE_CHECKING:
    from .loop import Played

MARK = Path("demo") / "traces.jsonl"  # a store that holds this is the demo's own, and is made anew


@click.command("demo")
@click.option(
    "--store", default="./demo-store", show_default=True, type=click.Path(path_type=Path), help="Left behind."
)
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1, MOST_SEEDS), help="Repetitions.")
@click.option("--tickets", default=80, show_default=True, type=click.IntRange(5), help="New tickets a seed.")
@click.option("--traces", default=360, show_default=True, type=click.IntRange(20), help="Remembered runs a seed.")
@click.option(
    "--risk",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Misleading answers allowed.  [default: half as often as working alone fails]",
)
@click.option("--apart", is_flag=True, help="Try episodes alone and skills alone, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def demo(*, store: Path, seeds: int, tickets: int, traces: int, risk: float | None, apart: bool, as_json: bool) -> None:
    """See a support desk's memory help, and see it mislead when nothing guards it.

    Colleagues' runs at a small shop's desk are recorded, ingested and learned from; then an agent that copies the
    example it is given works through new tickets without a memory, with the nearest neighbour and with telltale.
    """
    from rich.console import Console

    from .show import as_object, figures_table, seeds_table, telling_table, training_lines, what_next
    from .telling import most_telling

    _clear(store)
    with counted(seeds * (1 + tickets), first="recording, learning") as progress:
        played = _play(store, seeds=seeds, tickets=tickets, traces=traces, risk=risk, apart=apart, progress=progress)
    figures, telling = figures_of(played), most_telling(played[0])
    if as_json:
        click.echo(json.dumps(as_object(played, figures, telling, store), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    console.print(training_lines(played[0]), figures_table(figures, played), seeds_table(figures, played), sep="\n\n")
    console.print(telling_table(telling) if telling else "No look-alike was refused that misled the nearest neighbour.")
    console.print(what_next(store, telling, played[0].risk), markup=False, soft_wrap=True)


def _play(
    store: Path,
    *,
    seeds: int,
    tickets: int,
    traces: int,
    risk: float | None,
    apart: bool,
    progress: Callable[[str], None],
) -> list[Played]:
    """The first seed in the store that stays, the others in folders that go."""
    from .loop import play

    with TemporaryDirectory(prefix="telltale-demo-") as scratch:
        places = [store, *(Path(scratch) / str(seed) for seed in range(1, seeds))]
        return [
            play(seed, place, remembered=traces, new=tickets, risk=risk, apart=apart, progress=progress)
            for seed, place in enumerate(places)
        ]


def _clear(store: Path) -> None:
    """Take away what an earlier demo left; refuse to touch anything else."""
    if not store.exists():
        return
    if not (store / MARK).is_file():
        raise UsageError(f"{store} is there and no demo made it: give --store a folder that is not there yet")
    shutil.rmtree(store)
