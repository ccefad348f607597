"""Many memories in one place: opened when somebody asks, closed by least use, and looked after one by one.

Lends memories and passes on what the store does with them; what a memory can do is in agent_memory.py.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from telltale.memory.errors import StoreMissing, UsageError

from . import arguments
from .agent_memory import AgentMemory
from .opening import API_KEY, options_at

if TYPE_CHECKING:  # these load numpy
    from telltale.memory.embedders import Embedder
    from telltale.memory.quota import Quota
    from telltale.memory.store import Store
    from telltale.readers.judge import Judge

MOST_OPEN = 64  # memories


def open_store(
    address: str | Path,
    *,
    read_only: bool = False,
    create: bool = True,
    most_open: int = MOST_OPEN,
    judge: str | Judge | None = None,
    api_key: str | None = None,
    storage_options: Mapping[str, str] | None = None,
) -> Tenants:
    """All memories at ``address``: one for each agent, user or workspace, ten thousand if need be.

    Args:
        address: a folder, a bucket (``s3://...``, ``gs://...``, ``az://...``), LanceDB Cloud (``db://...``), or a
            server, ``http://host:8700``. At a server the memories are looked after, with an operator's key, and none
            is opened.
        read_only: nothing is written, not even that a recall took place.
        create: make the store, and memories that are asked for, where they are missing; ``False`` raises instead.
        most_open: so many memories are kept open, and those that are in use; together they hold 1 GB at most.
        judge: who is asked about candidates near the bar, as in :func:`open`.
        api_key: an operator's, of a server; ``None`` takes it from ``TELLTALE_API_KEY``. Or of ``db://``.
        storage_options: LanceDB's, as in :func:`open`.

    Raises:
        StoreMissing: nothing is there, and ``read_only`` or ``create=False`` forbids making it.
        StoreIO, NotAllowed, UsageError: as their names say.
    """
    if arguments.is_server(address):
        from .client_tenants import connect

        if judge is not None or storage_options is not None:
            raise UsageError("judge= and storage_options= cannot be said to a server: leave them out; it has its own")
        return connect(str(address), api_key=api_key or os.environ.get(API_KEY) or None, read_only=read_only)
    where = arguments.not_a_server(address)
    options = options_at(where, storage_options, api_key)
    asked, most = arguments.judge_of(judge), arguments.count("most_open", most_open)
    from telltale.memory.store import Store

    return Tenants(
        Store.open(where, read_only=read_only, create=create, most_open=most, storage_options=options), asked
    )


class Loan:
    """What a lent memory has in place of a store: closing it gives the memory back, once, and nothing else."""

    def __init__(self, store: Store, name: str) -> None:
        self.address, self.called, self.id_of = store.address, store.called, store.id_of
        self._store, self._name = store, name
        self._dropped: weakref.finalize[[str], AgentMemory] | None = None

    def ends_with(self, memory: AgentMemory) -> None:
        """Give it back when nobody has the memory any more, closed or not."""
        self._dropped = weakref.finalize(memory, self._store.drop, self._name)
        self._dropped.atexit = False

    def close(self) -> None:
        """Give it back."""
        if self._dropped and self._dropped.detach():
            self._store.give_back(self._name)


class Tenants:
    """The memories of one store. Usable from many threads. Made by :func:`open_store`.

    A context manager: leaving it closes all memories and writes out the recalls noted so far.
    """

    def __init__(self, store: Store, judge: Judge | None = None) -> None:
        self._store = store
        self._judge = judge

    def memory(self, name: str = "default", *, embedder: str | Embedder | None = None) -> AgentMemory:
        """The memory called ``name``, made with ``embedder`` where there is none; in use until it is closed.

            with tenants.memory("team-a") as memory:
                memory.recall("Refund order 1832")

        Closing it only gives it back: it stays open for who asks next, until others are asked for more. One in use is
        never closed, and two may be in use under one name.

        Raises:
            BadTenantName, UnknownEmbedder, EmbedderMismatch, SchemaTooNew, StoreMissing: as in :func:`open`.
        """
        loan = Loan(self._store, name)
        memory = AgentMemory(loan, self._store.borrow(name, embedder=embedder), self._judge)
        loan.ends_with(memory)
        return memory

    def names(self) -> list[str]:
        """The names of all memories, sorted."""
        return self._store.tenants()

    def create(self, name: str, *, embedder: str | Embedder | None = None) -> None:
        """Make a memory that is not there yet. Raises BadArgument where it is; ``memory`` makes one without asking."""
        self._store.make(name, embedder=embedder)

    def rename(self, old: str, new: str) -> None:
        """Call a memory by another name. Its ids, its receipts and the keys of a server go on with it.

        Raises BadTenantName, BadArgument where the new name is taken, StoreMissing where there is none of the old,
        StoreBusy while it is in use here, ReadOnly.
        """
        self._store.rename(old, new)

    def delete(self, name: str) -> None:
        """Take a memory away, down to the bytes, and with it the keys that a server knows for it.

        What a crash cuts short is finished when the store is next opened.

        Raises StoreMissing where there is none, StoreBusy while it is in use here, ReadOnly.
        """
        self._store.delete(name)

    def export(self, name: str, path: str | Path) -> int:
        """Write all that a memory holds to a folder or a ``.zip`` that is not there yet; how many episodes that are.

        Episodes, skills and their versions, lessons, feedback, recalls, guard and settings, as JSON lines, with the key
        that its ids are made with: as private as the store. :meth:`import_` reads it.
        """
        return self._store.export(name, Path(path))

    def import_(
        self,
        path: str | Path,
        name: str | None = None,
        *,
        embedder: str | Embedder | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> str:
        """Make a memory of what was exported, under its old name or another; its name. Whole, or not at all.

        What is read is compared with what was written, and taken at its word then: import what you exported.
        ``progress`` is called with the bytes done and the bytes in all; what it raises ends it, and nothing is there.

        Raises BadArgument where it was changed or the name is taken, StoreMissing, UnknownEmbedder, SchemaTooNew.
        """
        return self._store.restore(Path(path), name or "", embedder=embedder, progress=progress)

    def quota(self, name: str) -> Quota:
        """How much a memory may hold."""
        with self._there(name) as memory:
            return memory._tenant.quota  # noqa: SLF001 - the face has no verb for it

    def set_quota(self, name: str, *, episodes: int | None = None, bytes: int | None = None) -> None:  # noqa: A002
        """Limit what a memory may hold: ``None`` is no limit. What is there stays; what would go over is refused whole.

        Storing more raises QuotaExceeded, in every process. ``bytes`` are those of its episodes and skills on disk.
        """
        from telltale.memory.quota import Quota

        with self._there(name) as memory:
            memory._tenant.quota = Quota(episodes=episodes, size=bytes)  # noqa: SLF001 - the same

    def close(self) -> None:
        """Close all memories. Closing again does nothing."""
        self._store.close()

    def _there(self, name: str) -> AgentMemory:
        if name not in self.names():
            raise StoreMissing(f"found no tenant {name!r} at {self._store.address}; create it first")
        return self.memory(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Tenants of {self._store.address!r}>"
