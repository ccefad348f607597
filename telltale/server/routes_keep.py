"""The routes that look after a memory: learning, distilling and files as jobs, and what is taken away for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from . import told
from .asked import AskedDistill, AskedForget, AskedIngest, AskedPrior, AskedRevoke
from .jobs import AllJobs, Job, Progress
from .pool import Lent
from .routing import Wait, needs, router
from .services import LONG, At, Here
from .uploads import uploaded

keep = router()

FILE = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}


@keep.post("/learn", **needs("ingest", Job, status=202))
async def learn(at: At) -> Response:
    """Fit the guard, group procedures, find look-alikes: as a job. Recalls go on meanwhile."""
    return _started(at, "learn", lambda lent, _: lent.memory.learn_in_background().result())


@keep.post("/distill", **needs("ingest", Job, status=202))
async def distill(at: At, asked: AskedDistill | None = None) -> Response:
    """Make skills of procedures that succeeded often enough: as a job."""
    episodes = asked.episodes if asked else None
    return _started(at, "distill", lambda lent, _: told.Skills(skills=tuple(lent.memory.distill(episodes=episodes))))


@keep.post("/ingest", **needs("ingest", Job, more=FILE, status=202))
async def ingest(request: Request, at: At, asked: Annotated[AskedIngest, Query()]) -> Response:
    """Take in a file of finished runs, in any format that is known, plain, gzip or zstd: as a job."""
    at.services.jobs.check_room(at.caller.whose)  # before the body is read
    upload = await uploaded(request.stream(), asked.name)

    def work(lent: Lent, progress: Progress) -> object:
        with upload as path:
            return upload.without_path(
                lent.memory.ingest(path, progress=progress, **asked.model_dump(exclude={"name"}))
            )

    return _started(at, "ingest", work)


@keep.get("/jobs", **needs("read", AllJobs))
async def jobs(at: At) -> Response:
    """The jobs that this server remembers, latest first."""
    return told.answer(told.to_bytes(at.services.jobs.all(at.caller.whose)))


@keep.get("/jobs/{id}", **needs("read", Job))
async def job(id: str, at: At, wait: Wait = 0) -> Response:  # noqa: A002 - the word of the path
    """How a job goes, at once or when it has ended."""
    return told.answer(told.to_bytes(await at.services.jobs.waited_for(at.caller.whose, id, wait)))


@keep.post("/forget", **needs("admin", told.Forgotten))
async def forget(asked: AskedForget, at: At) -> Response:
    """Take away one episode, all of a source, or all before a time, and all that came of it. Cannot be undone."""
    return await at.write("forget", lambda lent: _forgotten(lent, **asked.model_dump()), seconds=LONG)


@keep.post("/sources/revoke", **needs("admin", told.Forgotten))
async def revoke_source(asked: AskedRevoke, at: At) -> Response:
    """Take away everything from a source whose word is not trusted any more, and all that came of it."""
    return await at.write("revoke source", lambda lent: _forgotten(lent, source=asked.source), seconds=LONG)


@keep.get("/grants", **needs("admin", told.Grants))
async def grants(at: At) -> Response:
    """Who may read this memory as a library beside its own."""
    return await at.read(lambda lent: told.to_bytes(told.Grants(grants=tuple(lent.memory.grants()))))


@keep.put("/grants/{name}", **needs("admin", told.Grants))
async def grant(name: str, at: At) -> Response:
    """Let a memory of this store, or with `*` every one, read this one as a library."""

    def work(lent: Lent) -> told.Grants:
        lent.memory.grant(name)
        return told.Grants(grants=tuple(lent.memory.grants()))

    return await at.write("grant", work)


@keep.api_route("/grants/{name}", methods=["DELETE"], **needs("admin", told.Grants))
async def revoke_grant(name: str, at: At) -> Response:
    """Take that back; the next recall knows."""

    def work(lent: Lent) -> told.Grants:
        lent.memory.revoke_grant(name)
        return told.Grants(grants=tuple(lent.memory.grants()))

    return await at.write("revoke grant", work)


@keep.put("/prior", **needs("admin", told.Done))
async def use_prior(asked: AskedPrior, at: At) -> Response:
    """Let the memory start from another prior than the one that telltale ships, until it has learned."""

    def work(lent: Lent) -> told.Done:
        lent.memory.use_prior(asked.prior)
        return told.Done(done=True)

    return await at.write("use prior", work)


def _forgotten(lent: Lent, **which: Any) -> told.Forgotten:
    gone = lent.memory.forget(**which)
    return told.Forgotten(
        forgotten=tuple(gone), told=tuple(gone.told()), went=gone.went, skills=gone.skills, remade=gone.remade
    )


def _started(at: Here, what: str, work: Callable[[Lent, Progress], object]) -> Response:
    def looked_after(lent: Lent, progress: Progress) -> object:
        look = at.services.upkeep.growing(lent.tenant)

        def told(done: int, total: int) -> None:
            look()
            progress(done, total)

        try:
            return work(lent, told)
        finally:
            look()

    def lent_to(progress: Progress) -> object:
        with at.services.pool.lent(at.caller.whose) as lent:
            return looked_after(lent, progress)

    begun = at.services.jobs.start(at.caller.whose, what, lent_to, after=lambda done: at.note(what, done))
    return told.answer(told.to_bytes(begun), 202, {"Location": f"/v1/jobs/{begun.id}"})
