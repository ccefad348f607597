"""What :func:`telltale.open` does for each kind of address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from telltale.memory.errors import StoreMissing, UsageError
from telltale.memory.registry import check_name

from . import arguments
from .agent_memory import AgentMemory

if TYPE_CHECKING:  # these load numpy
    from telltale.memory.embedders import Embedder
    from telltale.readers.judge import Judge

API_KEY = "TELLTALE_API_KEY"  # the environment's name for a key


def at_server(
    address: str, tenant: str, *, api_key: str | None, read_only: bool, given: Mapping[str, object]
) -> AgentMemory:
    """The memory of a key at a server; ``given`` are further arguments of ``open``, which a server decides itself."""
    from .client import connect

    wrong = [name for name, value in given.items() if value is not None]
    if wrong:
        raise UsageError(
            f"{', '.join(f'{name}=' for name in wrong)} cannot be said to a server: leave it out; whoever runs "
            "`telltale serve` decides that there"
        )
    return connect(address, tenant, api_key=api_key or os.environ.get(API_KEY) or None, read_only=read_only)


def in_store(
    address: str,
    tenant: str,
    embedder: str | Embedder | None,
    *,
    read_only: bool,
    create: bool,
    judge: Judge | None,
) -> AgentMemory:
    """The memory of a tenant in a folder or a bucket."""
    from telltale.memory.store import Store

    where = arguments.local_or_bucket(address)
    check_name(tenant)  # before anything is made
    store = Store.open(where, read_only=read_only, create=create)
    if not create and tenant not in store.tenants():
        raise StoreMissing(f"found no tenant {tenant!r} at {where}; it has: {', '.join(store.tenants()) or 'none'}")
    return AgentMemory(store, store.tenant(tenant, embedder=embedder), judge)
