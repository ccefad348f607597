"""What :func:`telltale.open` does for each kind of address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from telltale.memory.errors import EmbedderMismatch, NotAllowed, StoreMissing, UsageError

from . import arguments
from .agent_memory import AgentMemory

if TYPE_CHECKING:  # these load numpy
    from telltale.memory.embedders import Embedder
    from telltale.memory.place import Place
    from telltale.memory.tenants import TenantStore
    from telltale.readers.judge import Judge

API_KEY = "TELLTALE_API_KEY"  # the environment's name for a key


def at_server(
    address: str,
    tenant: str,
    *,
    api_key: str | None,
    read_only: bool,
    library: str | None,
    given: Mapping[str, object],
) -> AgentMemory:
    """The memory of a key at a server; ``given`` are further arguments of ``open``, which a server decides itself."""
    from .client import connect

    wrong = [name for name, value in given.items() if value is not None]
    if wrong:
        raise UsageError(
            f"{', '.join(f'{name}=' for name in wrong)} cannot be said to a server: leave it out; whoever runs "
            "`telltale serve` decides that there"
        )
    key = api_key or os.environ.get(API_KEY) or None
    return connect(address, tenant, api_key=key, read_only=read_only, library=library)


def options_at(address: str, storage_options: Mapping[str, str] | None, api_key: str | None) -> Mapping[str, str]:
    """LanceDB's options for a store; at a service a key is one of them."""
    given = storage_options or {}
    return {**given, "api_key": api_key} if api_key and arguments.is_service(address) else given


def in_store(
    address: str,
    tenant: str,
    embedder: str | Embedder | None,
    *,
    storage_options: Mapping[str, str] | None,
    api_key: str | None,
    read_only: bool,
    create: bool,
    judge: Judge | None,
    library: str | None,
) -> AgentMemory:
    """The memory of a tenant in a folder, a bucket or a service, with a library beside it where one is named."""
    from telltale.memory.registry import check_name
    from telltale.memory.store import Store

    where = arguments.not_a_server(address)
    options = options_at(where, storage_options, api_key)
    check_name(tenant)  # before anything is made
    store = Store.open(where, read_only=read_only, create=create, storage_options=options)
    if not create and tenant not in store.tenants():
        raise StoreMissing(f"found no tenant {tenant!r} at {where}; it has: {', '.join(store.tenants()) or 'none'}")
    own = store.tenant(tenant, embedder=embedder)
    return AgentMemory(store, own, judge, beside=library and _with_library(own, store.place, library))


def _with_library(own: TenantStore, where: Place, library: str) -> TenantStore:
    """``own`` for reading, with the library beside it. Raises StoreMissing, EmbedderMismatch, NotAllowed."""
    from telltale.memory.granted import is_granted
    from telltale.memory.store import Store
    from telltale.readers.library import beside

    shared = Store.open(where.address, read_only=True, storage_options=where.options).tenant(library)
    if not is_granted(shared, own):
        raise NotAllowed(
            f"the library {library!r} is not granted to {own.name!r}: whoever has it calls its grant({own.name!r})",
            code="NOT_GRANTED",
        )
    if shared.embedder.name != own.embedder.name:
        raise EmbedderMismatch(
            f"the library {library!r} was made with {shared.embedder.name}, and {own.name!r} with "
            f"{own.embedder.name}: their vectors cannot be compared; make one of them anew"
        )
    return beside(own, shared)
