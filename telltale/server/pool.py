"""Memories of many tenants out of one store: opened when somebody asks, let go by least use, never more than so many.

The one place of the server that opens and closes a memory; everything else borrows one for as long as it works on it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from telltale.agent_memory import AgentMemory
from telltale.memory.errors import BadTenantName, EmbedderMismatch, NotAllowed, StoreBusy, StoreMissing
from telltale.memory.granted import is_granted
from telltale.memory.place import Place
from telltale.memory.store import Store
from telltale.memory.tenants import TenantStore
from telltale.readers.judge import Judge
from telltale.readers.library import beside
from telltale.tenancy import Tenants

from .problems import no_valid_key

BESIDE = 64  # pairs of a memory and its library that are kept together


@dataclass(frozen=True, slots=True)
class Whose:
    """A tenant: by its id where a key names it, and then as it is; else by its name, and made where there is none."""

    name: str
    id: str = ""

    @property
    def mark(self) -> str:
        """What tells it from every other tenant that there is or was."""
        return self.id or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """A tenant's memory while it is worked on."""

    memory: AgentMemory
    tenant: TenantStore  # for what the memory has no verb for: single episodes, pages


class Pool:
    """The memories of a store. The store keeps the tenants that were asked for last open, and closes the others."""

    def __init__(self, place: Place, *, judge: Judge | None = None, read_only: bool = False) -> None:
        self.address = place.address
        self._store = Store.open(place.address, read_only=read_only, storage_options=place.options)
        self._judge = judge
        self.tenants = Tenants(self._store)  # as such, for operators
        self._both: OrderedDict[tuple[TenantStore, TenantStore], TenantStore] = OrderedDict()

    @contextmanager
    def lent(self, whose: Whose, library: str | None = None) -> Iterator[Lent]:
        """A tenant's memory, to be read with a library beside it where one is named.

        Raises a Problem where it has been deleted, StoreBusy where it was renamed just now, NotAllowed where there is
        no such library or it was not granted.
        """
        name = self._store.called(whose.id) if whose.id else whose.name
        if name is None:
            raise no_valid_key()
        tenant = self._borrowed(name, whose.id)
        try:
            with self._library(tenant, library) as both:
                yield Lent(memory=AgentMemory(self._store, tenant, self._judge, beside=both), tenant=tenant)
        finally:
            self._store.give_back(name)

    @contextmanager
    def _library(self, own: TenantStore, name: str | None) -> Iterator[TenantStore | None]:
        if name is None:
            yield None
            return
        try:
            shared = self._store.borrow(name, create=False)
        except (StoreMissing, BadTenantName):
            raise _not_granted() from None
        try:
            yield self._beside(own, shared)
        finally:
            self._store.give_back(name)

    def _beside(self, own: TenantStore, shared: TenantStore) -> TenantStore:
        """Both as one; the same one for as long as both are open, since a guard is made for it."""
        if not is_granted(shared, own):
            raise _not_granted()
        if shared.embedder.name != own.embedder.name:
            raise EmbedderMismatch("the library was made with another embedder")
        both = self._both.pop((own, shared), None) or beside(own, shared)
        self._both[own, shared] = both
        if len(self._both) > BESIDE:
            self._both.popitem(last=False)
        return both

    def _borrowed(self, name: str, id_: str) -> TenantStore:
        renamed = StoreBusy(f"tenant {name!r} was renamed or deleted just now; ask again")
        try:
            tenant = self._store.borrow(name, create=not id_)
        except StoreMissing:
            raise renamed if id_ else StoreMissing(f"found no tenant {name!r}") from None
        if id_ not in {"", tenant.id}:
            self._store.give_back(name)
            raise renamed
        return tenant

    def names(self) -> list[str]:
        """All tenants, sorted; raises StoreError where the store cannot be read."""
        return self._store.tenants()

    @property
    def dropped_notes(self) -> int:
        """How many notes of recalls could not be written, of all memories that were ever open here."""
        return self._store.dropped_notes

    def close(self) -> None:
        """Write out what is buffered and let go of all."""
        self._store.close()


def _not_granted() -> NotAllowed:
    """The same for a library that is not there."""
    return NotAllowed("this library is not granted to the memory of the key", code="NOT_GRANTED")
