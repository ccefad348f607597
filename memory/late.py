"""A bound on how long a call may take, whatever it waits for. Knows nothing of what is called."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Given = TypeVar("Given")


def within(seconds: float, call: Callable[[], Given], *, name: str) -> Given:
    """What ``call`` gives, in a thread of that ``name``. Raises what it raises, and TimeoutError when it is too late.

    Then it is left behind, and what it still gives is lost.

    >>> within(10, lambda: 6 * 7, name="sum")
    42
    """
    said = Future[Given]()

    def run() -> None:
        try:
            said.set_result(call())
        except BaseException as error:  # noqa: BLE001 - whoever waits is to see it
            said.set_exception(error)

    Thread(target=run, name=name, daemon=True).start()  # the exit would wait for a pool's
    return said.result(seconds)
