"""What every verb of the command line shares: where the memory is, how results are printed, how errors are told."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from telltale.memory.errors import BadArgument

from .agent_memory import AgentMemory
from .agent_memory import open as open_memory
from .jsonable import to_json

if TYPE_CHECKING:
    from rich.console import RenderableType

Options = Mapping[str, str] | None

DEFAULT_STORE = "./.telltale"
LOOPBACK = ("127.0.0.1", "localhost", "::1")  # what only this machine can reach
STORE = click.Option(
    ["--store"], default=DEFAULT_STORE, show_default=True, metavar="ADDRESS", help="A folder, or a bucket: s3://..."
)
TENANT = click.Option(["--tenant"], default="default", show_default=True, help="Which memory in the store.")
EMBEDDER = click.Option(["--embedder"], metavar="NAME", help="The tenant's embedder; needed only to make a tenant.")
OPTIONS = click.Option(
    ["--storage-option", "storage_options"],
    multiple=True,
    metavar="NAME=VALUE",
    callback=lambda _context, _option, given: options_of(given),
    help="Of LanceDB for the store; secrets rather in the environment, where `ps` does not show them.",
)
JSON = click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object.")


class Failed(click.ClickException):
    """An error as the command line tells it: one line on stderr, one object on stdout where JSON was asked for."""

    def __init__(self, code: str, message: str, exit_code: int, *, as_json: bool) -> None:
        super().__init__(message)
        self.code, self.as_json = code, as_json
        self.exit_code = exit_code  # type: ignore[misc] # click declares it for the class

    def show(self, file: Any = None) -> None:
        """Print it."""
        if self.as_json:
            click.echo(failure(self.code, self.message))
        click.echo(f"error: {self.code}: {self.message}", file=file, err=file is None)


def failure(code: str, message: str) -> str:
    """An error as JSON."""
    return json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False)


def verb(
    *,
    show: Callable[[Any], RenderableType],
    shape: Callable[[Any], Any] = lambda result: result,
    creates: bool = False,
    status: Callable[[Any], int] = lambda _: 0,
    opener: Callable[..., AgentMemory] = open_memory,
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Make a function of an open memory into a command's body.

    Args:
        show: its result, for people.
        shape: its result as the object that ``--json`` prints.
        creates: make the store and the tenant where they are missing.
        status: the exit status for a result.
        opener: opens the memory; called as ``open`` is.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(function)
        def body(
            store: str, tenant: str, embedder: str | None, as_json: bool, storage_options: Options, **given: Any
        ) -> None:
            with opener(store, tenant, embedder, create=creates, storage_options=storage_options) as memory:
                result = function(memory, **given)
            present(shape(result) if as_json else result, show=None if as_json else show)
            click.get_current_context().exit(status(result))

        own = getattr(function, "__click_params__", [])
        # click lists them from the end
        body.__dict__["__click_params__"] = [JSON, EMBEDDER, TENANT, OPTIONS, STORE, *own]
        return body

    return decorate


def options_of(given: Iterable[str]) -> Options:
    """``NAME=VALUE`` as a mapping; None where nothing is given. Raises BadArgument, which does not tell a value."""
    pairs = [text.partition("=") for text in given]
    if wrong := [number for number, (name, between, _) in enumerate(pairs, 1) if not name or not between]:
        raise BadArgument(f"--storage-option no. {wrong[0]} is no NAME=VALUE: give one such as region=eu-central-1")
    return {name: value for name, _, value in pairs} or None


def under(name: str) -> Callable[[Any], Any]:
    """A list as an object with the list under ``name``."""
    return lambda result: {name: result}


def present(result: Any, *, show: Callable[[Any], RenderableType] | None) -> None:
    """Print ``result`` for people, or as one JSON object where there is no ``show``."""
    if show is None:
        click.echo(to_json(result))
        return
    shown = show(result)
    if isinstance(shown, str):
        click.echo(shown)
        return
    from rich.console import Console

    Console(highlight=False).print(shown)
