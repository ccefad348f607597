"""Threads for what blocks: so many at once, so many more that wait, and an answer in time or none.

A thread cannot be stopped; a request that is given up goes on in its thread, and its place is free when that is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from .problems import Problem

T = TypeVar("T")


class Workers:
    """A bounded pool of threads."""

    def __init__(self, name: str, *, threads: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"telltale-{name}")
        self._most = threads + waiting
        self.busy = 0  # only the event loop's thread changes it

    async def do(self, work: Callable[[], T], *, seconds: float) -> T:
        """What ``work`` returns. Raises a Problem: BUSY with too many before it, TIMEOUT when it takes too long."""
        if self.busy >= self._most:
            raise Problem(503, "BUSY", f"{self.busy} requests are being worked on, which is the most")
        loop = asyncio.get_running_loop()
        self.busy += 1
        running = self._threads.submit(work)
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        return await self._in_time(running, seconds)

    async def _in_time(self, running: Future[T], seconds: float) -> T:
        waiting = asyncio.wrap_future(running)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(waiting)
        except TimeoutError:
            waiting.add_done_callback(_forgotten)
            raise Problem(503, "TIMEOUT", f"this took longer than {seconds:g} s") from None

    def _done(self) -> None:
        self.busy -= 1

    def close(self) -> None:
        """Wait for what runs; nothing new is begun."""
        self._threads.shutdown(wait=True)


def _forgotten(waiting: asyncio.Future[Any]) -> None:
    if not waiting.cancelled():
        waiting.exception()  # nobody waits for it any more; without a look asyncio would complain
