"""A root address with many tenants: opens, creates and hands them out. What one can do is in tenants.py."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any

from . import registry, schema
from .block import Block, Gathered, Stored
from .check import Problem
from .durable import Flushed, WriterLock
from .embedders import Embedder, load_embedder
from .errors import ReadOnly, StoreIO, StoreMissing
from .lance import connect
from .table import Table
from .tenants import TenantStore

__all__ = ["Block", "Gathered", "Problem", "Store", "Stored", "TenantStore"]

OPEN_TENANTS = 64  # tenants whose tables and resident columns are kept; the least recently asked for is let go


class Store:
    """One root address, many tenants."""

    def __init__(self, address: str, *, read_only: bool, create: bool) -> None:
        self.address = address
        self.read_only = read_only
        self._may_create = create and not read_only
        self.folder = None if "://" in address else Path(address)
        self._lock = WriterLock(self.folder / "store.lock" if self.folder else None)
        self._guard = RLock()
        self._open: OrderedDict[str, TenantStore] = OrderedDict()
        self._connection: Any = None
        self._tenants = Table("tenants", connection=self._connect, folder=self.folder, schema=schema.tenants)

    @classmethod
    def open(cls, address: str | Path, *, read_only: bool = False, create: bool = True) -> Store:
        """The store at a folder or an object-store address (``s3://``, ``gs://``, ``az://``).

        Raises StoreMissing where there is none and ``create`` is off or the store is read-only, StoreIO where the
        folder cannot be made.
        """
        store = cls(str(address).rstrip("/") or "/", read_only=read_only, create=create)
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
        return store

    def tenant(self, name: str = "default", *, embedder: str | Embedder | None = None) -> TenantStore:
        """The tenant called ``name``, made with ``embedder`` (WordLlama by default) where there is none.

        Raises BadTenantName, UnknownEmbedder, EmbedderMismatch when it was made with another embedder, SchemaTooNew,
        and StoreMissing when there is no such tenant and the store was opened read-only or with ``create`` off.
        """
        registry.check_name(name)
        with self._guard:
            if name not in self._open:
                found = registry.find(self._tenants, name) or self._create(name, embedder)
                self._open[name] = self._opened(found, embedder)
                self._let_go()
            self._open.move_to_end(name)
            if embedder is not None:
                registry.embedder_for(self._open[name].row, embedder)
            return self._open[name]

    def tenants(self) -> list[str]:
        """The names of all tenants, sorted."""
        return registry.names(self._tenants)

    def close(self) -> None:
        """Write what is still buffered and let go of all tenants."""
        with self._guard:
            while self._open:
                self._open.popitem()[1].close()
            self._tenants.close()

    def _connect(self) -> Any:
        if self._connection is None:
            self._connection = connect(self.address)
        return self._connection

    def _create(self, name: str, embedder: str | Embedder | None) -> registry.Tenant:
        if not self._may_create:
            known = ", ".join(self.tenants()[:10]) or "none"
            raise StoreMissing(f"found no tenant {name!r} at {self.address}; it has: {known}")
        loaded = load_embedder(embedder)
        with self._lock.hold():
            if registry.find(self._tenants, name) is None:
                made = registry.new_tenant(name, loaded)
                self._opened(made, loaded).create()
                registry.add(self._tenants, made)
        found = registry.find(self._tenants, name)  # on an object store another process may have been quicker
        assert found is not None
        return found

    def _opened(self, tenant: registry.Tenant, embedder: str | Embedder | None) -> TenantStore:
        registry.check_schema(tenant)
        tenant = self._migrated(tenant) if schema.pending(tenant.schema) else tenant
        loaded = registry.embedder_for(tenant, embedder)
        address = f"{self.address}/{tenant.id}"
        opened = TenantStore(tenant, embedder=loaded, address=address, read_only=self.read_only)
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
                step.apply(connect(f"{self.address}/{tenant.id}"))
                if self.folder:
                    Flushed(self.folder / tenant.id).flush()
                tenant = replace(tenant, schema=step.version)
                registry.save(self._tenants, tenant)
        return tenant

    def _let_go(self) -> None:
        while len(self._open) > OPEN_TENANTS:
            self._open.popitem(last=False)[1].close()
