"""How far a long run is, on standard error, so that results on standard output stay clean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def counted(total: int, *, first: str) -> Iterator[Callable[[str], None]]:
    """A function to be called ``total`` times with what is being done; until then the bar says ``first``."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(first, total=total)
        yield lambda doing: bar.update(task, advance=1, description=doing)
