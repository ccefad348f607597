"""A root address with many tenants: opens, creates and hands them out. What one can do is in tenants.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Lock, RLock
from typing import Any
from weakref import WeakKeyDictionary

from . import carry, registry, schema
from .block import Block, Gathered, Stored
from .check import Problem
from .durable import Flushed, WriterLock
from .embedders import Embedder, load_embedder
from .errors import BadArgument, ReadOnly, StoreBusy, StoreIO, StoreMissing
from .opened import OPEN_TENANTS, OPENING, Opened, Turns
from .place import Options, Place, place_of
from .removal import remove
from .table import table_at
from .tables import tables_of
from .tenants import TenantStore

__all__ = ["Block", "Gathered", "Problem", "Store", "Stored", "TenantStore"]


class Store:
    """One root address, many tenants."""

    def __init__(self, place: Place, *, read_only: bool, create: bool, most_open: int = OPEN_TENANTS) -> None:
        self.place, self.address = place, place.address
        self.read_only = read_only
        self._may_create = create and not read_only
        self.folder = place.folder
        self._lock = WriterLock(self.folder / "store.lock" if self.folder else None)
        self._guard = RLock()  # around what is open, held for a moment only
        self._turns = Turns(OPENING)
        self._loading = Lock()
        self._open = Opened(most_open)
        self._called: dict[str, tuple[int, str | None]] = {}  # by id: the table's version, and the name in it
        self._seen: WeakKeyDictionary[TenantStore, int] = WeakKeyDictionary()  # where names were last looked up
        self._made = 0
        self._dropped = self._dropped_told = 0  # notes: by tenants that have been closed; by all, when last asked
        self._embedders: dict[str, Embedder] = {}  # one for all tenants that were made with it
        self._connect = cache(place.connect)
        self._tenants = table_at(place, "tenants", connection=self._connect, schema=schema.tenants)

    @classmethod
    def open(
        cls,
        address: str | Path,
        *,
        read_only: bool = False,
        create: bool = True,
        most_open: int = OPEN_TENANTS,
        storage_options: Options | None = None,
    ) -> Store:
        """The store at a folder, an object-store address (``s3://``, ``gs://``, ``az://``) or a service (``db://``).

        ``storage_options`` are LanceDB's for that address, and kept in memory only; a folder has none. At most
        ``most_open`` tenants are kept open, and those that are on loan.

        Raises StoreMissing where there is none and ``create`` is off or the store is read-only, StoreIO where the
        folder cannot be made.
        """
        place = place_of(address, storage_options)
        store = cls(place, read_only=read_only, create=create, most_open=most_open)
        if not store._may_create:
            if store._tenants.handle() is None:
                raise StoreMissing(f"found no store at {address}; check the address, or store something there first")
        elif store.folder:
            try:
                store.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreIO(
                    f"could not make the folder {address} ({error}); choose one that can be written"
                ) from error
        if not read_only:
            store._finish_deleting()
        return store

    def tenant(self, name: str = "default", *, embedder: str | Embedder | None = None) -> TenantStore:
        """The tenant called ``name``, made with ``embedder`` (WordLlama by default) where there is none.

        Raises BadTenantName, UnknownEmbedder, EmbedderMismatch when it was made with another embedder, SchemaTooNew,
        and StoreMissing when there is no such tenant and the store was opened read-only or with ``create`` off.
        """
        with self.lent(name, embedder=embedder) as tenant:
            return tenant

    def borrow(
        self, name: str = "default", *, embedder: str | Embedder | None = None, create: bool = True
    ) -> TenantStore:
        """The same, kept open until it is given back as often as it was lent; made only with ``create``."""
        registry.check_name(name)
        with self._guard:
            self._open.lend(name)  # from now on nobody closes, renames or deletes it
        try:
            return self._still_open(name, embedder) or self._opened_anew(name, embedder, create=create)
        except BaseException:
            self.give_back(name)
            raise

    def _still_open(self, name: str, embedder: str | Embedder | None) -> TenantStore | None:
        with self._guard:
            tenant = self._open.get(name)
        if tenant is None or not self._still_called(name, tenant):
            return None
        if embedder is not None:
            registry.embedder_for(tenant.row, embedder)
        return tenant

    def _opened_anew(self, name: str, embedder: str | Embedder | None, *, create: bool) -> TenantStore:
        with self._turns.of(name):
            if tenant := self._still_open(name, embedder):
                return tenant
            seen, found = self._tenants.version(), registry.find(self._tenants, name)
            if found is None and not (self._may_create and create):
                raise self._missing(name)
            tenant = self._opened(found or self._create(name, embedder), embedder)
            self._seen[tenant] = seen
            self._keep(name, tenant)
            return tenant

    def called(self, id_: str) -> str | None:
        """What the tenant with that id is called now; None where there is none any more."""
        version = self._tenants.version()
        seen, name = self._called.get(id_, (-1, None))
        if seen != version:
            name = registry.called(self._tenants, id_)
            self._called[id_] = (version, name)
        return name

    def id_of(self, name: str) -> str | None:
        """The id of the tenant that is called so; None where none is."""
        found = registry.find(self._tenants, name)
        return found.id if found else None

    def give_back(self, name: str) -> None:
        """Say that one who borrowed the tenant is done with it."""
        with self._guard:
            self._open.give_back(name)
            too_many = self._open.too_many()
        self._close(too_many)

    def drop(self, name: str) -> None:
        """The same without waiting for anything, for one that is collected; heeded by what is asked next."""
        self._open.dropped.append(name)

    @contextmanager
    def lent(
        self, name: str = "default", *, embedder: str | Embedder | None = None, create: bool = True
    ) -> Iterator[TenantStore]:
        """Borrow a tenant for as long as a block takes."""
        tenant = self.borrow(name, embedder=embedder, create=create)
        try:
            yield tenant
        finally:
            self.give_back(name)

    def make(self, name: str, *, embedder: str | Embedder | None = None) -> None:
        """Make a tenant that is not there yet. Raises BadTenantName, BadArgument where it is, UnknownEmbedder."""
        registry.check_name(name)
        self._writable()
        with self._turns.of(name):
            self._free(name)
            self._keep(name, self._opened(self._create(name, embedder), embedder))

    def tenants(self) -> list[str]:
        """The names of all tenants, sorted."""
        return registry.names(self._tenants)

    @property
    def dropped_notes(self) -> int:
        """How many notes of recalls could not be written, of all tenants that were ever open here."""
        with self._guard:
            now = self._dropped + sum(tenant.dropped_notes for tenant in self._open)
            self._dropped_told = max(self._dropped_told, now)  # one that is being closed is in neither
            return self._dropped_told

    def rename(self, old: str, new: str) -> None:
        """Call a tenant by another name; who has it open under the old one reads and writes on.

        Raises BadTenantName, BadArgument where the new name is taken, StoreMissing where there is none of the old,
        StoreBusy while it is on loan here.
        """
        registry.check_name(new)
        with self._changing(old):
            if new != old:
                self._free(new)
            registry.rename(self._tenants, old, new)

    def delete(self, name: str) -> None:
        """Take a tenant away, down to the bytes. What is cut short is finished when the store is opened next.

        Raises StoreMissing where there is none, StoreBusy while it is on loan here, ReadOnly.
        """
        with self._changing(name) as tenant:
            registry.rename(self._tenants, name, registry.LEAVING + tenant.id)
            self._remove(replace(tenant, name=registry.LEAVING + tenant.id))

    def export(self, name: str, path: Path) -> int:
        """Write all that a tenant holds to a folder or a ``.zip``; how many episodes that are. See carry.py.

        Raises StoreMissing where there is no such tenant, BadArgument where something is at ``path``, StoreIO.
        """
        if registry.find(self._tenants, registry.check_name(name)) is None:
            raise self._missing(name)
        with self.lent(name) as tenant:
            return carry.export(tenant.carried(), path)

    def restore(
        self,
        path: Path,
        name: str = "",
        *,
        embedder: str | Embedder | None = None,
        progress: carry.Progress | None = None,
    ) -> str:
        """Make a tenant of what was exported, under its old name or another; its name. It is there whole or not at all.

        ``progress`` is called with the bytes done and the bytes in all; what it raises ends the restoring.

        Raises StoreMissing where nothing is at ``path``, BadArgument where that was not exported or was changed, or the
        name is taken, UnknownEmbedder, EmbedderMismatch, SchemaTooNew, ReadOnly.
        """
        self._writable()
        with carry.exported(path) as (about, folder):
            made = registry.restored(about, registry.check_name(name or about["name"]))
            registry.check_schema(made)
            self._free(made.name)
            tenant = self._handle(made, self._loaded(made, embedder))
            try:
                tenant.create()
                carry.restore(tenant.carried(), folder, progress)
                with self._lock.hold():
                    self._free(made.name)
                    registry.add(self._tenants, made)
            except BaseException:
                self._take_away(made)
                raise
        return made.name

    def _writable(self) -> None:
        if self.read_only:
            raise ReadOnly("the store was opened read-only, so its tenants stay as they are; open it for writing")

    def _free(self, name: str) -> None:
        if registry.find(self._tenants, name):
            raise BadArgument(f"there is a tenant {name!r} already; choose another name, or delete that one first")

    def close(self) -> None:
        """Write what is still buffered and let go of all tenants."""
        with self._guard:
            every = self._open.take_all()
        self._close(every)
        self._tenants.close()

    @contextmanager
    def _changing(self, name: str) -> Iterator[registry.Tenant]:
        """A tenant's row while nobody here is at work on it and nobody else changes the table of tenants."""
        registry.check_name(name)
        self._writable()
        with self._turns.of(name), self._lock.hold():
            if (found := registry.find(self._tenants, name)) is None:
                raise self._missing(name)
            with self._guard:
                if self._open.on_loan(name):
                    raise StoreBusy(f"tenant {name!r} is being worked on; close the memories that are open on it first")
                there = self._open.take(name)
            self._close(there)
            yield found

    def _finish_deleting(self) -> None:
        """Finish what deletions that were cut short left undone."""
        if registry.leaving(self._tenants):
            with self._lock.hold():
                for tenant in registry.leaving(self._tenants):
                    self._remove(tenant)

    def _remove(self, tenant: registry.Tenant) -> None:
        self._take_away(tenant)
        registry.remove(self._tenants, tenant.name)

    def _keep(self, name: str, tenant: TenantStore) -> None:
        with self._guard:
            before = self._open.take(name)
            self._open.keep(name, tenant)
            too_many = self._open.too_many()
        self._close([*before, *too_many])

    def _create(self, name: str, embedder: str | Embedder | None) -> registry.Tenant:
        loaded = load_embedder(embedder)
        with self._lock.hold():
            if (found := registry.find(self._tenants, name)) is not None:
                return found
            made = registry.new_tenant(name, loaded)
            self._handle(made, loaded).create()
            registry.add(self._tenants, made)
            self._made += 1
            if self._made % registry.UPKEEP == 0:
                registry.tidy(self._tenants)
        found = made if self.folder else registry.find(self._tenants, name)  # in a bucket another may have been quicker
        assert found is not None
        return found

    def _still_called(self, name: str, tenant: TenantStore) -> bool:
        """Is that tenant the one of this name? Another process may have renamed or deleted it, and made another."""
        version = self._tenants.version()
        if self._seen.get(tenant) != version:
            found = registry.find(self._tenants, name)
            if found is None or found.id != tenant.id:
                return False
            self._seen[tenant] = version
        return True

    def _missing(self, name: str) -> StoreMissing:
        known = ", ".join(self.tenants()[:10]) or "none"
        return StoreMissing(f"found no tenant {name!r} at {self.address}; it has: {known}")

    def _opened(self, tenant: registry.Tenant, embedder: str | Embedder | None) -> TenantStore:
        registry.check_schema(tenant)
        tenant = self._migrated(tenant) if schema.pending(tenant.schema) else tenant
        opened = self._handle(tenant, self._loaded(tenant, embedder))
        if not self.read_only:
            opened.finish_forgetting()
        return opened

    def _migrated(self, tenant: registry.Tenant) -> registry.Tenant:
        """The tenant after the steps that bring its tables to this version's schema; each is recorded when done."""
        if self.read_only:
            raise ReadOnly(f"tenant {tenant.name!r} has an older schema; open the store once for writing to migrate it")
        with self._lock.hold():
            tenant = registry.find(self._tenants, tenant.name) or tenant  # another process may have done it
            for step in schema.pending(tenant.schema):
                step.apply(self.place.below(tenant.id).connect())
                if self.folder:
                    Flushed(self.folder / tenant.id).flush()
                tenant = replace(tenant, schema=step.version)
                registry.save(self._tenants, tenant)
        return tenant

    def _loaded(self, tenant: registry.Tenant, embedder: str | Embedder | None) -> Embedder:
        """The tenant's embedder, which all tenants here that were made with it share."""
        with self._loading:
            known = self._embedders.get(tenant.embedder) if embedder is None else embedder
            loaded = registry.embedder_for(tenant, known)
            return self._embedders.setdefault(loaded.name, loaded)

    def _handle(self, tenant: registry.Tenant, embedder: Embedder) -> TenantStore:
        place, connect = self._reached(tenant)
        return TenantStore(tenant, embedder=embedder, place=place, connect=connect, read_only=self.read_only)

    def _take_away(self, tenant: registry.Tenant) -> None:
        place, connect = self._reached(tenant)
        remove(place, tables_of(tenant, place, connect).values())

    def _reached(self, tenant: registry.Tenant) -> tuple[Place, Callable[[], Any]]:
        """Where a tenant's tables are, and how one gets there."""
        place = self.place.below(tenant.id)
        return place, self._connect if place.is_shared else cache(place.connect)

    def _close(self, tenants: Iterable[TenantStore]) -> None:
        """Close tenants, while nobody waits: what they have buffered is written out."""
        for tenant in tenants:
            tenant.close()
            with self._guard:
                self._dropped += tenant.dropped_notes
