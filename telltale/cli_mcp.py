"""``telltale mcp``: one tenant's memory for an agent that speaks MCP, over stdio or over HTTP on this machine."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import click

from telltale.memory.errors import UsageError

from .agent_memory import open as open_memory
from .server.allocator import share_arenas
from .verbs import EMBEDDER, LOOPBACK, OPTIONS, STORE, TENANT, Options


@click.command()
@click.option("--http", is_flag=True, help="Streamable HTTP instead of stdio, on this machine only.")
@click.option("--port", default=8701, show_default=True, type=click.IntRange(1, 65_535), help="With --http.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --http: a loopback address.")
@click.option("--read-only", is_flag=True, help="Take nothing in; only recall.")
def mcp(  # noqa: PLR0917 - click passes them by name
    store: str,
    storage_options: Options,
    tenant: str,
    embedder: str | None,
    http: bool,
    port: int,
    host: str,
    read_only: bool,
) -> None:
    """Give a memory to an agent over the Model Context Protocol."""
    if http and host not in LOOPBACK:
        raise UsageError(
            f"--host {host} can be reached from elsewhere, and this server asks for no key: stay on 127.0.0.1, or run "
            "`telltale serve`, which offers MCP at /mcp to those who have a key"
        )
    share_arenas()
    server_of = _loaded()
    with open_memory(store, tenant, embedder, read_only=read_only, storage_options=storage_options) as memory:
        server = server_of(lambda _request, _right: nullcontext(memory))
        if http:
            server.run("streamable-http", host=host, port=port, transport_security=_only(host, port))
        else:
            server.run("stdio")


mcp.params = [*mcp.params, STORE, OPTIONS, TENANT, EMBEDDER]


def _loaded() -> Any:
    try:
        from .mcp.server import mcp_server
    except ModuleNotFoundError as error:
        raise UsageError(
            f"MCP needs the package {error.name}: pip install 'telltale-memory[mcp]', then run this again"
        ) from error
    return mcp_server


def _only(host: str, port: int) -> Any:
    """Requests have to name this very server, so that a page in a browser cannot reach it under a name of its own."""
    from mcp.server.transport_security import TransportSecuritySettings

    names = [f"{name}:{port}" for name in dict.fromkeys((f"[{host}]" if ":" in host else host, "localhost"))]
    return TransportSecuritySettings(allowed_hosts=names, allowed_origins=[f"http://{name}" for name in names])


COMMANDS = (mcp,)
