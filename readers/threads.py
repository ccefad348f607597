"""One thread for many small matrices, where a guard is fitted.

A matrix library that wakes all cores for a product of a hundred rows waits for them longer than it calculates, many
times longer where the machine has other work. The limit is the whole process's, so reading keeps away from it: it
takes dot products, which never wake threads.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Within it, NumPy's matrix products use one thread; costs some 20 microseconds."""
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
