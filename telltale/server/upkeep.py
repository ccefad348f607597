"""Memories put in order beside the requests: many small writes leave many small files, each slowing the next."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from telltale.memory.errors import TelltaleError
from telltale.memory.tenants import TenantStore

log = logging.getLogger("telltale.server")

EVERY = 64  # writes of a tenant
RUNS = 16  # that are stored together count as one write more: a thousand without an index slow every search


class Upkeep:
    """One thread for all tenants; what it cannot do now, it does another time."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="telltale-upkeep")
        self._writes: Counter[str] = Counter()  # of each tenant, since it was last put in order

    def wrote(self, tenant: TenantStore, runs: int = 1) -> None:
        """Take note of a write of so many runs; now and then have the tenant put in order."""
        self._writes[tenant.id] += 1 + runs // RUNS
        if self._writes[tenant.id] >= EVERY:
            del self._writes[tenant.id]
            self._thread.submit(_put_in_order, tenant)

    def growing(self, tenant: TenantStore) -> Callable[[], None]:
        """What to call while much is taken in: it takes note of the runs that have come since it was called last."""
        seen, there = tenant.changed(), tenant.count()

        def look() -> None:
            nonlocal seen, there
            now = tenant.changed()
            if now != seen:
                before, seen, there = there, now, tenant.count()
                self.wrote(tenant, max(0, there - before))

        return look

    def close(self) -> None:
        """Wait for what is under way."""
        self._thread.shutdown(wait=True, cancel_futures=True)


def _put_in_order(tenant: TenantStore) -> None:
    try:
        tenant.maintain()
    except TelltaleError as error:
        log.warning("upkeep was put off: %s", error.code)
