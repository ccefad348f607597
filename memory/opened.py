"""The tenants of a store that are open: so many and so much at most, closed by least use, never one that is on loan.

Makes and closes none itself: callers hold the store's guard here, and close what they are given after that.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from .tenants import TenantStore

OPEN_TENANTS = 64  # whose tables and resident columns are kept
OPEN_BYTES = 1 << 30  # that all of them together may hold in memory
OPENING = 8  # that are opened, made, renamed or deleted at once


class Opened:
    """Open tenants by name, the one that was asked for last at the end."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: OrderedDict[str, TenantStore] = OrderedDict()
        self._loans: Counter[str] = Counter()
        self.dropped: deque[str] = deque()  # lent to what was collected instead of given back; added to without guard

    def get(self, name: str) -> TenantStore | None:
        """The tenant, if it is open; it was used just now."""
        if name in self._open:
            self._open.move_to_end(name)
        return self._open.get(name)

    def keep(self, name: str, tenant: TenantStore) -> None:
        """Keep a tenant open; it was used just now."""
        self._open[name] = tenant

    def lend(self, name: str) -> None:
        """Keep the tenant open until it is given back."""
        self._loans[name] += 1

    def give_back(self, name: str) -> None:
        """One who was lent the tenant is done with it."""
        self.dropped.append(name)

    def on_loan(self, name: str) -> bool:
        """Is somebody at work on the tenant?"""
        self._take_back()
        return name in self._loans

    def take(self, name: str) -> list[TenantStore]:
        """The tenant, if it is open: from now on it is not."""
        return [self._open.pop(name)] if name in self._open else []

    def take_all(self) -> list[TenantStore]:
        """All that are open: from now on none is."""
        return [tenant for name in [*self._open] for tenant in self.take(name)]

    def too_many(self) -> list[TenantStore]:
        """Those used least lately, until there are few enough; the last that was used stays, as do those on loan."""
        self._take_back()
        return [tenant for name in [*self._too_many()] for tenant in self.take(name)]

    def _take_back(self) -> None:
        while self.dropped:
            self._loans -= Counter({self.dropped.popleft(): 1})

    def _too_many(self) -> Iterator[str]:
        sizes = {name: tenant.held for name, tenant in self._open.items()}
        count, held = len(sizes), sum(sizes.values())
        for name, size in [*sizes.items()][:-1]:
            if count <= self._most and held <= OPEN_BYTES:
                return
            if name not in self._loans:
                count, held = count - 1, held - size
                yield name

    def __iter__(self) -> Iterator[TenantStore]:
        return iter([*self._open.values()])

    def __len__(self) -> int:
        return len(self._open)


class Turns:
    """Work on one name takes turns; on different names so many work at once."""

    def __init__(self, most: int) -> None:
        self._most = BoundedSemaphore(most)
        self._guard = Lock()
        self._locks: dict[str, Lock] = {}
        self._wanted: Counter[str] = Counter()

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Alone with that name for as long as a block takes."""
        with self._guard:
            lock = self._locks.setdefault(name, Lock())
            self._wanted[name] += 1
        try:
            with lock, self._most:
                yield
        finally:
            with self._guard:
                self._wanted[name] -= 1
                if not self._wanted[name]:
                    del self._wanted[name], self._locks[name]
