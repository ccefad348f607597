"""One thread for many small matrices, where a guard is fitted.

A matrix library that wakes all cores for a product of a hundred rows waits for them longer than it calculates, many
times longer where the machine has other work. The limit is the whole process's, so reading keeps away from it: it
takes dot products, which never wake threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any


class _Inside:
    """How many are within the limit: the first sets it, the last lifts it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.count = 0
        self.limit: Any = None

    def enter(self) -> None:
        with self.lock:
            if not self.count:
                self.limit = _controller().limit(limits=1)
            self.count += 1

    def leave(self) -> None:
        with self.lock:
            self.count -= 1
            if not self.count:
                self.limit.restore_original_limits()


_inside = _Inside()


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it, matrix products use one thread; costs some 20 microseconds. May be nested, and entered by many."""
    _inside.enter()
    try:
        yield
    finally:
        _inside.leave()


@cache
def _controller() -> Any:
    import scipy.linalg  # noqa: F401 - brings a matrix library of its own, which is to be limited too
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
