"""What a running server has, and what one request is given of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from starlette.responses import Response

from .audit import Audit
from .jobs import Jobs
from .keys import RIGHTS, Key
from .metrics import Metrics
from .pool import Lent, Pool, Whose
from .repeats import Repeats
from .told import answer, to_bytes
from .upkeep import Upkeep
from .workers import Workers

T = TypeVar("T")

READ, WRITE, LONG = 30.0, 60.0, 600.0  # seconds that an answer may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: by its key, or, where the server has none, whoever reaches this machine's own address."""

    tenant: str  # as it was called a second ago at most
    tenant_id: str = ""  # where a key names it
    rights: tuple[str, ...] = RIGHTS
    id: str = "local"  # of the key

    @classmethod
    def with_key(cls, key: Key) -> Caller:
        """The holder of ``key``."""
        return cls(tenant=key.tenant, tenant_id=key.tenant_id, rights=key.rights, id=key.id)

    @property
    def whose(self) -> Whose:
        """Whose memory the caller has."""
        return Whose(self.tenant, self.tenant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a running server has; made once in app.py."""

    pool: Pool
    readers: Workers
    writers: Workers
    loaders: Workers
    jobs: Jobs
    repeats: Repeats
    audit: Audit
    upkeep: Upkeep
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Here:
    """One request's place: whose memory, and who works on it."""

    services: Services
    caller: Caller

    async def read(
        self, work: Callable[[Lent], bytes], *, seconds: float = READ, library: str | None = None
    ) -> Response:
        """The JSON that ``work`` makes of the caller's memory, and of a library beside it, as an answer."""
        return answer(await self.services.readers.do(lambda: self._on(work, library), seconds=seconds))

    async def on_writer(self, work: Callable[[Lent], T], *, seconds: float, runs: int = 1) -> T:
        """What ``work`` gives that changes the caller's memory, by so many runs."""

        def wrote(lent: Lent) -> T:
            done = work(lent)
            self.services.upkeep.wrote(lent.tenant, runs)
            return done

        workers = self.services.writers if runs == 1 else self.services.loaders
        return await workers.do(lambda: self._on(wrote), seconds=seconds)

    async def change(self, work: Callable[[Lent], bytes], *, seconds: float = WRITE, runs: int = 1) -> Response:
        """The JSON that ``work`` makes while it changes the caller's memory by so many runs, as an answer."""
        return answer(await self.on_writer(work, seconds=seconds, runs=runs))

    async def write(self, what: str, work: Callable[[Lent], Any], *, seconds: float = WRITE) -> Response:
        """What ``work`` did to the caller's memory, as an answer; the audit log has it as ``what``."""

        def noted(lent: Lent) -> bytes:
            done = work(lent)
            self.note(what, done)
            return to_bytes(done)

        return await self.change(noted, seconds=seconds)

    def note(self, what: str, done: Any) -> None:
        """Put into the audit log what was done."""
        self.services.audit.note(self.caller.tenant, self.caller.id, what, done)

    def _on(self, work: Callable[[Lent], T], library: str | None = None) -> T:
        with self.services.pool.lent(self.caller.whose, library) as lent:
            return work(lent)


def here(request: Request) -> Here:
    """The place of ``request``."""
    return Here(request.app.state.services, request.state.caller)


async def _here(request: Request) -> Here:
    return here(request)


At = Annotated[Here, Depends(_here)]
