"""MCP at /mcp, for agents that hold a key: the same tools as ``telltale mcp``, each on the memory of the key.

A session is no identity: every request brings its key, and any server of the store may answer the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from typing import Any

from fastapi import FastAPI

from telltale.agent_memory import AgentMemory
from telltale.memory.errors import TelltaleError

from .problems import Problem, of_error
from .services import Caller, Services

PATH = "/mcp"


def offer_mcp(app: FastAPI, services: Services) -> AbstractAsyncContextManager[None]:
    """Add the route to ``app``; what is given back has to be entered while the app runs. Nothing without the extra."""
    try:
        from mcp.server.mcpserver.exceptions import ToolError
        from mcp.server.transport_security import TransportSecuritySettings

        from telltale.mcp.server import mcp_server
    except ModuleNotFoundError:
        return nullcontext()

    @contextmanager
    def memory_of(context: Any, right: str) -> Iterator[AgentMemory]:
        caller = _caller(context)
        if right not in caller.rights:
            raise ToolError(f"FORBIDDEN: this key has no right to {right}")
        try:
            with services.pool.lent(caller.whose) as lent:
                yield lent.memory
                if right != "read":
                    services.upkeep.wrote(lent.tenant)
        except (Problem, TelltaleError) as error:  # said as over HTTP: without what the store says of itself
            said = error if isinstance(error, Problem) else of_error(error)
            raise ToolError(f"{said.code}: {said.detail}: {said.hint}") from None

    def noted(context: Any, what: str, done: dict[str, Any]) -> None:
        caller = _caller(context)
        services.audit.note(caller.tenant, caller.id, f"mcp {what}", done)

    server = mcp_server(memory_of, noted)
    names_are_checked = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # by gate.py, for all routes
    speaking = server.streamable_http_app(
        streamable_http_path=PATH, stateless_http=True, json_response=True, transport_security=names_are_checked
    )
    app.router.routes.extend(speaking.routes)
    running: AbstractAsyncContextManager[None] = server.session_manager.run()
    return running


def _caller(context: Any) -> Caller:
    caller: Caller = context.request_context.request.state.caller
    return caller
