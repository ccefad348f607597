"""The memories of a store for programs that must not block: :class:`Tenants`' methods, awaited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from .asynchronous import AsyncAgentMemory
from .tenancy import Tenants, open_store
from .threads import AsyncClosing, in_thread

if TYPE_CHECKING:  # these load numpy
    from telltale.memory.embedders import Embedder
    from telltale.memory.quota import Quota


class AsyncTenants(AsyncClosing):
    """:class:`Tenants` with every method awaited; what each does and raises stands there.

    async with await AsyncTenants.open("./many") as tenants:
        async with await tenants.memory("team-a") as memory:
            found = await memory.recall("Refund order 1832")
    """

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    @classmethod
    async def open(cls, address: str | Path, **options: Any) -> Self:
        """See :func:`telltale.open_store`."""
        return cls(await in_thread(open_store, address, **options))

    async def memory(self, name: str = "default", *, embedder: str | Embedder | None = None) -> AsyncAgentMemory:
        """See :meth:`Tenants.memory`."""
        return AsyncAgentMemory(await in_thread(self._tenants.memory, name, embedder=embedder))

    async def names(self) -> list[str]:
        """See :meth:`Tenants.names`."""
        return await in_thread(self._tenants.names)

    async def create(self, name: str, *, embedder: str | Embedder | None = None) -> None:
        """See :meth:`Tenants.create`."""
        await in_thread(self._tenants.create, name, embedder=embedder)

    async def rename(self, old: str, new: str) -> None:
        """See :meth:`Tenants.rename`."""
        await in_thread(self._tenants.rename, old, new)

    async def delete(self, name: str) -> None:
        """See :meth:`Tenants.delete`."""
        await in_thread(self._tenants.delete, name)

    async def export(self, name: str, path: str | Path) -> int:
        """See :meth:`Tenants.export`."""
        return await in_thread(self._tenants.export, name, path)

    async def import_(
        self,
        path: str | Path,
        name: str | None = None,
        *,
        embedder: str | Embedder | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> str:
        """See :meth:`Tenants.import_`."""
        return await in_thread(self._tenants.import_, path, name, embedder=embedder, progress=progress)

    async def quota(self, name: str) -> Quota:
        """See :meth:`Tenants.quota`."""
        return await in_thread(self._tenants.quota, name)

    async def set_quota(self, name: str, *, episodes: int | None = None, bytes: int | None = None) -> None:  # noqa: A002
        """See :meth:`Tenants.set_quota`."""
        await in_thread(self._tenants.set_quota, name, episodes=episodes, bytes=bytes)

    async def close(self) -> None:
        """See :meth:`Tenants.close`."""
        await in_thread(self._tenants.close)
