"""The verbs for the memories in a store: which there are, and what is done with one as a whole."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from telltale.memory.errors import BadArgument

from . import tables
from .progress import bar
from .tenancy import Tenants, open_store
from .verbs import DEFAULT_STORE, OPTIONS, Options, present

WHERE = f"A folder, a bucket or a server.  [default: {DEFAULT_STORE}]"
STORE = click.Option(["--store"], metavar="ADDRESS", help=WHERE)
JSON = click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object.")


def of_store(
    say: Callable[[Any], str], *, creates: bool = False, read_only: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Make a function of a store's memories, which returns an object for JSON, into a command's body.

    Args:
        say: the object in words.
        creates: make the store where it is missing.
        read_only: write nothing.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(function)
        def body(store: str | None, storage_options: Options, as_json: bool, **given: Any) -> None:
            above = click.get_current_context().find_object(dict) or {}
            where = store or above.get("store") or DEFAULT_STORE
            options = storage_options or above.get("storage_options")
            with open_store(where, create=creates, read_only=read_only, storage_options=options) as found:
                result = function(found, **given)
            present(result, show=None if as_json or above.get("as_json") else say)

        own = getattr(function, "__click_params__", [])
        body.__dict__["__click_params__"] = [JSON, OPTIONS, STORE, *own]  # click lists them from the end
        return body

    return decorate


def names(found: Tenants) -> dict[str, list[str]]:
    """The names of all, sorted."""
    return {"tenants": found.names()}


def listed(result: dict[str, list[str]]) -> str:
    """One name a line."""
    return tables.tenants(result["tenants"])


@click.group(invoke_without_command=True, params=[STORE, OPTIONS, JSON])
@click.pass_context
def tenants(ctx: click.Context, store: str | None, storage_options: Options, as_json: bool) -> None:
    """The memories in a store: list, create, rename, quota, export, import, delete.

    At a server (--store http://...) with an operator's key, from TELLTALE_API_KEY.
    """
    ctx.obj = {"store": store, "storage_options": storage_options, "as_json": as_json}
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_tenants, store=store, storage_options=storage_options, as_json=as_json)


@tenants.command("list")
@of_store(listed, read_only=True)
def list_tenants(found: Tenants) -> dict[str, list[str]]:
    """The names of all memories."""
    return names(found)


@tenants.command()
@click.argument("name")
@click.option("--embedder", metavar="NAME", help="What turns its texts into vectors, for good.")
@of_store(lambda result: f"{result['created']} is there", creates=True)
def create(found: Tenants, name: str, embedder: str | None) -> dict[str, str]:
    """Make a memory that is not there yet."""
    found.create(name, embedder=embedder)
    return {"created": name}


@tenants.command()
@click.argument("old")
@click.argument("new")
@of_store(lambda result: f"{result['renamed']} is called {result['to']}")
def rename(found: Tenants, old: str, new: str) -> dict[str, str]:
    """Call a memory by another name."""
    found.rename(old, new)
    return {"renamed": old, "to": new}


@tenants.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@of_store(lambda result: f"{result['deleted']} is gone")
def delete(found: Tenants, name: str, yes: bool) -> dict[str, str]:
    """Take a memory away for good, with all that it holds."""
    if not yes and sys.stdin.isatty():
        click.confirm(f"All that {name} holds goes, and this cannot be undone. Go on?", abort=True, err=True)
    found.delete(name)
    return {"deleted": name}


@tenants.command()
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path))
@of_store(lambda result: f"{result['episodes']} episodes, and all else, are in {result['path']}", read_only=True)
def export(found: Tenants, name: str, path: Path) -> dict[str, Any]:
    """Write all that a memory holds to a folder, or a .zip."""
    return {"exported": name, "path": str(path), "episodes": found.export(name, path)}


@tenants.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--as", "name", metavar="NAME", help="Under this name instead of the one that it had.")
@of_store(lambda result: f"{result['imported']} is there", creates=True)
def import_tenant(found: Tenants, path: Path, name: str | None) -> dict[str, str]:
    """Make a memory of what was exported: whole, or not at all."""
    with bar("Taking in") as progress:
        return {"imported": found.import_(path, name, progress=progress)}


@tenants.command()
@click.argument("name")
@click.option("--episodes", metavar="COUNT", help="Hold at most so many episodes; none: no limit.")
@click.option("--bytes", "size", metavar="COUNT", help="Hold at most so many bytes on disk; none: no limit.")
@of_store(lambda result: "\n".join(f"{name}: {limit or 'no limit'}" for name, limit in result["quota"].items()))
def quota(found: Tenants, name: str, episodes: str | None, size: str | None) -> dict[str, Any]:
    """How much a memory may hold, and set it."""
    now = found.quota(name)
    if episodes is not None or size is not None:
        limits = (now.episodes if episodes is None else limit(episodes), now.size if size is None else limit(size))
        found.set_quota(name, episodes=limits[0], bytes=limits[1])
        now = found.quota(name)
    return {"tenant": name, "quota": {"episodes": now.episodes, "bytes": now.size}}


def limit(given: str) -> int | None:
    """The number that was given, or None for ``none``."""
    if given == "none":
        return None
    if not given.isdecimal():
        raise BadArgument(f"the limit is {given!r}: give a whole number, or none")
    return int(given)


COMMANDS = (tenants,)
