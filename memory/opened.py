"""The tenants of a store that are open: so many and so much at most, closed by least use, never one that is on loan.

Makes none itself and knows nothing of what a tenant holds. Callers hold the store's guard.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator

from .tenants import TenantStore

OPEN_TENANTS = 64  # whose tables and resident columns are kept
OPEN_BYTES = 1 << 30  # that all of them together may hold in memory


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
        """Keep a tenant open, and close what is too much with it."""
        self._open[name] = tenant
        self.make_room()

    def lend(self, name: str) -> None:
        """Keep the tenant open until it is given back."""
        self._loans[name] += 1

    def give_back(self, name: str) -> None:
        """One who was lent the tenant is done with it."""
        self.dropped.append(name)
        self.make_room()

    def on_loan(self, name: str) -> bool:
        """Is somebody at work on the tenant?"""
        self._take_back()
        return name in self._loans

    def let_go(self, name: str) -> None:
        """Close the tenant, if it is open."""
        if tenant := self._open.pop(name, None):
            tenant.close()

    def close(self) -> None:
        """Close all."""
        for name in [*self._open]:
            self.let_go(name)

    def make_room(self) -> None:
        """Close what was used least lately, until there are few enough; the last that was used stays."""
        self._take_back()
        for name in [*self._too_many()]:
            self.let_go(name)

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

    def __len__(self) -> int:
        return len(self._open)
