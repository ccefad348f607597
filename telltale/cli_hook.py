"""``telltale hook``: what a coding agent runs at the start of a task and at the end of a session.

Claude Code calls a hook with one JSON object on standard input and puts what it prints before the model. A hook never
stands in the agent's way: whatever goes wrong, a mistyped option or verb too, is said on standard error, and the exit
status is 0, since 2 would keep the prompt from the model.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import click

from telltale.memory.errors import BadArgument

from .agent_memory import open as open_memory
from .verbs import OPTIONS, STORE, TENANT, Options

LONGEST = 8_000  # characters of a prompt that are asked about: a task says what it wants up front


class NeverInTheWay(click.Group):
    """A group of hooks: a mistake in calling one ends like all else that goes wrong."""

    def make_context(self, *args: Any, **named: Any) -> click.Context:
        """Read what stands before the hook's name."""
        with _said():
            return super().make_context(*args, **named)
        raise click.exceptions.Exit(0)

    def invoke(self, ctx: click.Context) -> None:
        """Read the hook's options, and run it."""
        with _said():
            super().invoke(ctx)


@click.group(cls=NeverInTheWay)
def hook() -> None:
    """What a coding agent runs by itself: recall at the start of a task, ingest at the end."""


@hook.command()
@click.option("--budget", default=1_200, show_default=True, type=click.IntRange(50), help="The most tokens to add.")
def recall(store: str, storage_options: Options, tenant: str, budget: int) -> None:
    """Print what past experience says of the prompt on standard input; nothing where nothing applies."""
    told = _told()
    prompt = told.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        return
    context = {"folder": told["cwd"]} if told.get("cwd") else None
    with open_memory(store, tenant, create=False, read_only=True, storage_options=storage_options) as memory:
        found = memory.recall(prompt[:LONGEST], context, budget=budget)
    if found.admitted:
        click.echo(found.text)


@hook.command()
def ingest(store: str, storage_options: Options, tenant: str) -> None:
    """Take in the session whose transcript standard input names."""
    told = _told()
    transcript = told.get("transcript_path")
    if not transcript:
        return
    with open_memory(store, tenant, storage_options=storage_options) as memory:
        summary = memory.ingest(str(transcript), source=str(told.get("session_id") or transcript))
    episodes = "episode" if summary.stored == 1 else "episodes"
    click.echo(f"telltale: {summary.stored} {episodes} remembered", err=True)


@contextmanager
def _said() -> Iterator[None]:
    """Within it, whatever goes wrong is said in one line, and that is all that comes of it."""
    try:
        yield
    except click.exceptions.Exit:  # --help
        raise
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except Exception as error:  # noqa: BLE001 - whatever it is, the agent goes on with its work
        told = error.format_message() if isinstance(error, click.ClickException) else str(error)
        said = " ".join(told.split()) or type(error).__name__
        click.echo(f"telltale: {said:.500}", err=True)


def aside(verb: str = "") -> AbstractContextManager[None]:
    """Around reading the command line, of which so much is known: that of a hook is never in the way either."""
    return _said() if verb == hook.name else nullcontext()


def _told() -> Mapping[str, Any]:
    """What the agent says of the task or the session. Raises BadArgument and ValueError for anything else."""
    told = json.loads(sys.stdin.buffer.read() or b"{}")
    if not isinstance(told, dict):
        raise BadArgument(f"found {told!r:.40} on standard input, expected the JSON object that a hook is given")
    return told


for command in (recall, ingest):
    command.params = [*command.params, STORE, OPTIONS, TENANT]

COMMANDS = (hook,)
