"""Which files are new or have changed, look after look, once nobody is writing to them any more.

By size and time alone, so that it works on every file system and bucket; it knows nothing of what is in the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from .files import Input

Wait = Callable[[], None]
_State = tuple[int, float | None]


def changed(look: Callable[[], Iterable[Input]], wait: Wait) -> Iterator[Input]:
    """Files as they settle: those that looked the same twice and are not as they were when they last came by.

    ``wait`` is called between two looks. At the end, when it raises, what is still unsettled is left out.
    """
    taken: dict[str, _State] = {}
    before: dict[str, _State] = {}
    while True:
        now: dict[str, _State] = {}
        for file in look():
            state = now[file.name] = (file.size, file.modified)
            if before.get(file.name) == state != taken.get(file.name):
                taken[file.name] = state
                yield file
        before = now
        wait()
