"""Letting other tenants read a memory as their library: a part of :class:`AgentMemory`, and the same awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .threads import in_thread

if TYPE_CHECKING:  # these load numpy
    from telltale.memory.tenants import TenantStore


class Around(Protocol):
    """What a memory asks of the store that it is in: a store, or what lends one out of a store."""

    address: str

    def called(self, id_: str) -> str | None:
        """What the tenant with that id is called now."""

    def id_of(self, name: str) -> str | None:
        """The id of the tenant that is called so."""

    def close(self) -> None:
        """Let go of the memory."""


class GrantMethods:
    """Who may read this memory beside their own."""

    _store: Around
    _tenant: TenantStore

    def grant(self, tenant: str) -> None:
        """Let ``tenant`` (``"*"``: every tenant of this store) open this memory as its ``library=``: read, not written.

        What it holds is then shown to whoever uses that tenant, also after it is renamed. Kept with this memory until
        :meth:`revoke_grant`, or until that tenant is deleted. Where none is called that yet, it is for who will be.
        """
        from telltale.memory.granted import grant

        grant(self._tenant, tenant, self._store.id_of(tenant))

    def revoke_grant(self, tenant: str) -> None:
        """Take that back; what is open notices at its next recall, and raises NotAllowed."""
        from telltale.memory.granted import revoke

        revoke(self._tenant, tenant, self._store.id_of(tenant))

    def grants(self) -> list[str]:
        """Who may, as they are called now, sorted."""
        from telltale.memory.granted import granted

        return granted(self._tenant, self._store.called)


class AsyncGrantMethods:
    """:class:`GrantMethods`, awaited."""

    _memory: GrantMethods

    async def grant(self, tenant: str) -> None:
        """See :meth:`AgentMemory.grant`."""
        await in_thread(self._memory.grant, tenant)

    async def revoke_grant(self, tenant: str) -> None:
        """See :meth:`AgentMemory.revoke_grant`."""
        await in_thread(self._memory.revoke_grant, tenant)

    async def grants(self) -> list[str]:
        """See :meth:`AgentMemory.grants`."""
        return await in_thread(self._memory.grants)
