"""Memories of many tenants out of one store: opened when somebody asks, let go by least use, never more than so many.

The one place of the server that opens and closes a memory; everything else borrows one for as long as it works on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from telltale.agent_memory import AgentMemory
from telltale.memory.store import Store
from telltale.memory.tenants import TenantStore
from telltale.readers.judge import Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """A tenant's memory while it is worked on."""

    memory: AgentMemory
    tenant: TenantStore  # for what the memory has no verb for: single episodes, pages


class Pool:
    """The memories of a store. The store keeps the tenants that were asked for last open, and closes the others."""

    def __init__(self, address: str, *, judge: Judge | None = None, read_only: bool = False) -> None:
        self.address = address
        self._store = Store.open(address, read_only=read_only)
        self._judge = judge

    @contextmanager
    def lent(self, name: str) -> Iterator[Lent]:
        """The memory of the tenant called ``name``, made where there is none."""
        with self._store.lent(name) as tenant:
            yield Lent(memory=AgentMemory(self._store, tenant, self._judge), tenant=tenant)

    def names(self) -> list[str]:
        """All tenants, sorted; raises StoreError where the store cannot be read."""
        return self._store.tenants()

    def close(self) -> None:
        """Write out what is buffered and let go of all."""
        self._store.close()
