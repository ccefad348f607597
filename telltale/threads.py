"""Calls that must not block, in a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """What ``function`` returns or raises, awaited."""
    import asyncio

    return await asyncio.to_thread(function, *args, **named)
