"""The server put together: routes, what they work with, and what every request passes first.

watched (count, log) -> gate (name, key, rate) -> bodies (size, patience) -> routes -> threads -> a memory
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from limits import RateLimitItem
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from telltale import __version__
from telltale.memory.errors import TelltaleError
from telltale.memory.place import Options, place_of
from telltale.readers.judge import Judge

from . import told
from .agents import offer_mcp
from .audit import Audit
from .bodies import MOST, PAUSE, Bodies
from .gate import Gate, Watched
from .jobs import Jobs
from .keys import Keys
from .metrics import Metrics
from .openapi import describe
from .pool import Pool
from .problems import Problem, answer_with_problems
from .repeats import Repeats
from .routes_ask import ask
from .routes_keep import keep
from .routes_skills import skill_routes
from .routes_tell import tell
from .routes_tenants import operate
from .services import Services
from .upkeep import Upkeep
from .workers import Workers

LOOPBACK = ("127.0.0.1", "localhost", "::1")
READERS = 8  # threads
WRITERS = 32  # that wait for each other most of the time: what waits is written together, so that many are better
LOADERS = 4  # of those who bring many runs at once, which is work and no waiting
WAITING = 64  # requests of each kind that may wait for a thread


def make_app(
    address: str,
    *,
    storage_options: Options | None = None,
    tenant: str = "default",
    keys: Keys | None = None,
    hosts: Collection[str] | None = LOOPBACK,
    rate: RateLimitItem | None = None,
    most: int = MOST,
    pause: float = PAUSE,
    waiting: int = WAITING,
    audit: Path | None = None,
    judge: Judge | None = None,
    read_only: bool = False,
) -> FastAPI:
    """The ASGI application that serves the store at ``address``.

    Args:
        address: a folder, a bucket or a service.
        storage_options: LanceDB's for it.
        tenant: whose memory it is while the store has no keys.
        keys: the store's keys; ``None`` opens them.
        hosts: the names that Host may say; ``None``: any.
        rate: how often one key may ask; ``None``: as often as it likes.
        most: bytes of a body that is held whole.
        pause: seconds between two pieces of a body.
        waiting: requests that may wait for a thread; more are answered with 503.
        audit: a file for the audit log; ``None``: none is kept.
        judge: who is asked about candidates near the bar.
        read_only: nothing is written.
    """
    place = place_of(address, storage_options)
    pool = Pool(place, judge=judge, read_only=read_only)
    services = Services(
        pool=pool,
        readers=Workers("read", threads=READERS, waiting=waiting),
        writers=Workers("write", threads=WRITERS, waiting=waiting),
        loaders=Workers("load", threads=LOADERS, waiting=waiting),
        jobs=Jobs(),
        repeats=Repeats(place),
        audit=Audit(audit),
        upkeep=Upkeep(),
        metrics=Metrics(),
    )
    services.metrics.watch("telltale_jobs_unfinished", "Jobs that wait or run", lambda: services.jobs.unfinished)
    said = "Notes of recalls that could not be written"
    services.metrics.count("telltale_notes_dropped", said, lambda: pool.dropped_notes)
    plain: dict[str, Any] = {"docs_url": None, "redoc_url": None, "redirect_slashes": False}
    app = FastAPI(title="telltale", separate_input_output_schemas=False, lifespan=_life(services), **plain)
    app.state.services = services
    answer_with_problems(app)
    for router in (ask, tell, skill_routes, keep, operate):
        app.include_router(router)
    _add_open_routes(app, services)
    app.state.speaking_mcp = offer_mcp(app, services)
    describe(app, __version__)
    app.add_middleware(Bodies, most=most, pause=pause)
    app.add_middleware(
        Gate, keys=keys or Keys(address, storage_options=storage_options), tenant=tenant, hosts=hosts, rate=rate
    )
    app.add_middleware(Watched, metrics=services.metrics)
    return app


def _life(services: Services) -> Any:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with app.state.speaking_mcp:
            yield
        await run_in_threadpool(close, services)

    return life


def close(services: Services) -> None:
    """Finish what runs, write out what is buffered, let go of the store."""
    services.jobs.close()
    services.readers.close()
    services.writers.close()
    services.loaders.close()
    services.upkeep.close()
    services.pool.close()


def _add_open_routes(app: FastAPI, services: Services) -> None:
    """What may be asked without a key, and names no tenant."""

    @app.get("/health", response_model=told.Alive, operation_id="health")
    async def health() -> Response:
        """The server is there."""
        return told.answer(told.to_bytes(told.Alive(status="ok", version=__version__)))

    @app.get("/ready", response_model=told.Alive, operation_id="ready")
    async def ready() -> Response:
        """The store can be read."""
        try:
            await services.readers.do(services.pool.names, seconds=10)
        except TelltaleError as error:
            raise Problem(503, error.code, "the store cannot be read") from error
        return told.answer(told.to_bytes(told.Alive(status="ready", version=__version__)))

    @app.get("/metrics", operation_id="metrics", response_class=Response)
    async def metrics() -> Response:
        """Numbers for Prometheus."""
        return Response(services.metrics.told(), media_type="text/plain; version=0.0.4; charset=utf-8")
