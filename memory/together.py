"""Writes that wait for the same lock, made as one by whoever gets it first: a commit costs much, more in it little.

Each caller has its own answer or its own error. Nothing waits for company: who comes alone is written alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from threading import Lock
from typing import Generic, TypeVar

from .durable import WriterLock
from .errors import StoreBusy, StoreIO

T = TypeVar("T")
R = TypeVar("R")


class _Asked(Generic[T, R]):
    """What one caller wants written, and what came of it."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.answer: Future[R] = Future()


class Together(Generic[T, R]):
    """One kind of write under one lock.

    ``write`` gives an answer for each item that it is given, in order, or raises and has written nothing. Then the
    items are written in halves, down to those that cannot be. ``hold`` is how the lock is held while writing.
    """

    def __init__(
        self,
        lock: WriterLock,
        hold: Callable[[], AbstractContextManager[None]],
        write: Callable[[list[T]], Sequence[R]],
    ) -> None:
        self._lock, self._hold, self._write = lock, hold, write
        self._guard = Lock()
        self._waiting: list[_Asked[T, R]] = []

    def do(self, item: T) -> R:
        """What ``write`` answers for ``item``; raises what it raises for it, and what holding the lock raises."""
        mine: _Asked[T, R] = _Asked(item)
        with self._guard:
            self._waiting.append(mine)
        try:
            with self._lock.among_threads():
                if not mine.answer.done():
                    with self._hold():
                        self._write_waiting()
        except StoreBusy:
            if self._withdrawn(mine):
                raise  # else another is writing it just now, and what is written must not be called refused
        except BaseException:
            self._withdrawn(mine)
            raise
        return mine.answer.result()

    def _withdrawn(self, mine: _Asked[T, R]) -> bool:
        with self._guard:
            waits = mine in self._waiting
            if waits:
                self._waiting.remove(mine)
            return waits

    def _write_waiting(self) -> None:
        with self._guard:
            taken, self._waiting = self._waiting, []
        try:
            self._settle(taken)
        finally:
            for one in taken:
                if not one.answer.done():
                    one.answer.set_exception(StoreIO("the thread that wrote this was stopped; write it again"))

    def _settle(self, taken: Sequence[_Asked[T, R]]) -> None:
        try:
            found = self._write([one.item for one in taken])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to whom it concerns
            if len(taken) == 1:
                taken[0].answer.set_exception(error)
            else:
                middle = len(taken) // 2
                self._settle(taken[:middle])
                self._settle(taken[middle:])
        else:
            for one, answer in zip(taken, found, strict=True):
                one.answer.set_result(answer)
