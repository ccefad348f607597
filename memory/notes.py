"""Notes that nobody waits for: what each recall showed, buffered and written in the background.

When writing is broken they are dropped and counted, so that reading goes on. Knows nothing of what a note says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Condition, Thread
from time import monotonic

from .errors import TelltaleError

FLUSH_SECONDS = 1.0
FLUSH_NOTES = 200
KEPT_NOTES = 5_000  # beyond these, new notes are dropped until writing works again

DAYS_KEPT = 30  # that a note stays once it is written: somebody may say what became of the recall
MOST_KEPT = 200_000  # notes: some 100 MB, and a fifth of a second to put in order while other writers wait


class Notes:
    """A buffer in front of ``write``, emptied every second, at 200 notes, and on close."""

    def __init__(self, write: Callable[[Mapping[str, bytes]], None]) -> None:
        self._write = write
        self._waiting: dict[str, bytes] = {}
        self._leaving: dict[str, bytes] = {}  # being written: no longer waiting, not yet to be read back
        self._changed = Condition()
        self._thread: Thread | None = None
        self._closed = False
        self.dropped = 0

    def add(self, name: str, note: bytes) -> None:
        """Buffer a note; returns at once."""
        with self._changed:
            if len(self._waiting) >= KEPT_NOTES:
                self.dropped += 1
                return
            self._waiting[name] = note
            if self._thread is None or not self._thread.is_alive():
                self._closed = False
                self._thread = Thread(target=self._run, name="telltale-notes", daemon=True)
                self._thread.start()
            if len(self._waiting) >= FLUSH_NOTES:
                self._changed.notify()

    def get(self, name: str) -> bytes | None:
        """A note that is not written yet."""
        with self._changed:
            return self._waiting.get(name) or self._leaving.get(name)

    def flush(self) -> None:
        """Write what waits. What cannot be written is dropped and counted."""
        with self._changed:
            taken, self._waiting = self._waiting, {}
            self._leaving |= taken
        if not taken:
            return
        try:
            self._write(taken)
        except TelltaleError:
            self.dropped += len(taken)
        finally:
            with self._changed:
                self._leaving = {name: note for name, note in self._leaving.items() if name not in taken}

    def close(self) -> None:
        """Write what waits and end the thread."""
        with self._changed:
            thread, self._thread, self._closed = self._thread, None, True
            self._changed.notify()
        if thread is not None:
            thread.join(timeout=10)
        self.flush()

    def _run(self) -> None:
        """Write until nothing waits, so that a memory nobody asks keeps no thread."""
        while True:
            until = monotonic() + FLUSH_SECONDS
            with self._changed:
                self._changed.wait_for(lambda: self._closed or len(self._waiting) >= FLUSH_NOTES, until - monotonic())
            self.flush()
            with self._changed:
                if self._closed or not self._waiting:
                    self._thread = self._thread if self._closed else None
                    return
