"""What the commands of the evaluation share: where they write, how they fail, and how they name themselves."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from telltale import BadArgument

if TYPE_CHECKING:
    from .gate import Condition

TO_WRITE = click.Path(path_type=Path, dir_okay=False)


def names_of(strategies: str) -> list[str]:
    """The names in a list with commas."""
    return [name for name in map(str.strip, strategies.split(",")) if name]


def tell(
    sets: list[dict[str, Any]],
    out: Path | None,
    page: Path | None,
    gate: Sequence[Condition],
    drawn: Callable[[list[dict[str, Any]]], str] | None = None,
) -> None:
    """Write what was asked for, the page by ``drawn`` where it is another than usual; exit with 1 at a shut gate."""
    from .gate import failures
    from .results import together

    if out:
        out.write_text(json.dumps(together(sets), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    if page:
        from .page import html

        page.write_text((drawn or html)(sets), encoding="utf-8")
    shut = list(failures(gate, sets))
    for reason in shut:
        click.echo(f"failed: {reason}", err=True)
    if shut:
        raise click.exceptions.Exit(1)


def refuse_a_missing_folder(option: str, out: Path | None) -> None:
    """Before the work, not after it."""
    if out and not out.parent.is_dir():
        raise BadArgument(f"{option} {out}: there is no folder {out.parent}; make it first")


def command_line(what: str, options: Sequence[tuple[str, object]]) -> str:
    """The command that was run, as a shell would take it."""
    named = [word for name, value in options for word in (f"--{name}", str(value))]
    return f"telltale eval {what} {shlex.join(named)}"
