"""How a memory at a server asks: what is there, and what is to change."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from telltale.memory.errors import ReadOnly

from .client_http import Connection

T = TypeVar("T")


class Served:
    """One connection, and whether anything may be changed through it."""

    _connection: Connection
    _read_only: bool

    def _read(self, path: str, kind: type[T], under: str = "", **query: Any) -> T:
        """What is at ``path``, as a ``kind``; or what of it stands ``under`` a name."""
        from .client_told import of_json

        return of_json(self._connection.get(path, **query), kind, under)

    def _asked(self, path: str, said: Any) -> bytes:
        """The answer to a question that changes nothing."""
        return self._connection.ask("POST", path, _json(said), again=True)

    def _change(self, method: str, path: str, said: Any = None, *, again: bool = False, once: str = "") -> bytes:
        """The answer to what changes the memory; ``once`` is a name under which it is done once however often sent."""
        self._check_writable()
        body = None if said is None else _json(said)
        headers = {"Idempotency-Key": once} if once else {}
        return self._connection.ask(method, path, body, headers=headers, again=again or bool(once))

    def _check_writable(self) -> None:
        if self._read_only:
            raise ReadOnly("this memory was opened read-only; open it without read_only to change it")


def _json(said: Any) -> bytes:
    return json.dumps(said).encode()
