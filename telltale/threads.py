"""Calls that must not block, in a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """What ``function`` returns or raises, awaited."""
    import asyncio

    return await asyncio.to_thread(function, *args, **named)


class AsyncClosing:
    """What is closed at the end of ``async with``."""

    async def close(self) -> None:
        """Let go of everything."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
