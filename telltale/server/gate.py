"""Who comes in: a known name in Host, no page of another site, a valid key, and not too often.

Everything is decided from the headers, before a body is read. Knows no route; rights are checked where routes are.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from time import perf_counter, time
from traceback import format_tb
from urllib.parse import urlsplit

from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telltale.memory.errors import TelltaleError

from .keys import Key, Keys
from .metrics import Metrics
from .problems import Problem, no_valid_key, of_error
from .services import Caller

log = logging.getLogger("telltale.server")

OPEN = {"/health", "/ready", "/metrics", "/openapi.json"}
NO_ROUTE = "none"


class Broken(Exception):
    """An answer could not be finished."""


class Watched:
    """Counts and logs what ``app`` answers: route, status, time and the key's id, nothing that was said."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, begun = perf_counter(), 500, False

        async def watched(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
            await send(message)

        scope.setdefault("state", {})
        self._metrics.begun()
        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - whatever it is, neither caller nor log is told more than where
            log.error("a request failed with %s:\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))  # noqa: TRY400
            if begun:
                raise Broken from None
            await Problem(500, "INTERNAL", "something went wrong within the server").response()(scope, receive, watched)
        finally:
            seconds = perf_counter() - started
            route, caller = getattr(scope.get("route"), "path", NO_ROUTE), scope["state"].get("caller")
            method = scope["method"] if route != NO_ROUTE else NO_ROUTE
            self._metrics.answered(route, method, status, seconds)
            log.info("%s %s %d %.1f ms key=%s", method, route, status, seconds * 1000, caller.id if caller else "-")


class Gate:
    """Lets requests through to ``app`` with the caller that their key names."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: Keys,
        tenant: str,
        hosts: Collection[str] | None,
        rate: RateLimitItem | None,
    ) -> None:
        """``tenant``: whose memory it is where the store has no keys. ``hosts``: names in Host; None: any."""
        self._app, self._keys, self._hosts = app, keys, hosts
        self._anybody = Caller(tenant=tenant)
        self._rate, self._limiter = rate, SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            headers = Headers(scope=scope)
            self._check_names(headers)
            if scope["path"] not in OPEN:
                scope["state"]["caller"] = caller = await self._caller(headers)
                self._check_rate(caller)
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        except TelltaleError as error:  # the keys cannot be read: nobody comes in
            await of_error(error).response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_names(self, headers: Headers) -> None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if self._hosts is not None and _name(f"//{host}", "hostname") not in self._hosts:
            raise Problem(421, "MISDIRECTED", "this server does not go by the name that Host says")
        if origin is not None and _name(origin, "netloc") != host:
            raise Problem(403, "FORBIDDEN", "pages of other sites may not ask this server")

    async def _caller(self, headers: Headers) -> Caller:
        if not self._keys.is_fresh():
            await run_in_threadpool(self._keys.all)
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        key: Key | None = self._keys.holder(shown.strip()) if scheme.lower() == "bearer" else None
        if key is not None:
            return Caller.with_key(key)
        if self._keys.all() or scheme:
            raise no_valid_key()
        return self._anybody

    def _check_rate(self, caller: Caller) -> None:
        if self._rate is None or self._limiter.hit(self._rate, caller.id):
            return
        wait = max(1, round(self._limiter.get_window_stats(self._rate, caller.id).reset_time - time() + 0.5))
        raise Problem(429, "RATE_LIMITED", f"more than {self._rate}", headers={"Retry-After": str(wait)})


def _name(address: str, part: str) -> str:
    try:
        return getattr(urlsplit(address), part) or ""
    except ValueError:  # a bracket that nothing closes
        return ""
