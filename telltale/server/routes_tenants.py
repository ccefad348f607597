"""The routes for the tenants as such, for whoever holds an operator's key: none looks into a memory, and no key of a
tenant reaches one of them.

What is exported is all that a memory holds, with the key that its ids are made with: an operator's key is worth as much
as the files of the store.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from telltale.tenancy import Tenants

from . import told
from .asked import LONGEST_NAME, AskedName, AskedQuota, AskedTenant, Name
from .jobs import Job, Progress
from .keys import OPERATOR
from .problems import Problem
from .routing import Wait, needs, router
from .services import LONG, READ, WRITE, At, Here
from .uploads import uploaded

T = TypeVar("T")

operate = router()

MOST_NAMES = 10_000  # of one answer
MOST_UNPACKED = 16 * 2**30  # bytes of a memory that comes in
ZIP = "application/zip"
FILE = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}
PACKED: dict[int | str, dict[str, Any]] = {
    200: {"description": "the exported memory", "content": {ZIP: {"schema": {"type": "string"}}}}
}

After = Annotated[str, Query(max_length=LONGEST_NAME, description="the last name of the page before")]
Limit = Annotated[int, Query(ge=1, le=MOST_NAMES, description="at most so many")]
As = Annotated[Name | None, Query(description="under this name, instead of the one that it had")]


@operate.get("/tenants", **needs(OPERATOR, told.TenantNames))
async def tenants(at: At, after: After = "", limit: Limit = 1_000) -> Response:
    """The names of all memories, sorted, a page at a time."""

    def work(found: Tenants) -> told.TenantNames:
        names = list(islice((name for name in found.names() if name > after), limit + 1))
        return told.TenantNames(tenants=tuple(names[:limit]), next=names[limit - 1] if len(names) > limit else None)

    return _answer(await at.services.readers.do(lambda: work(at.services.pool.tenants), seconds=READ))


@operate.post("/tenants", **needs(OPERATOR, told.TenantNamed))
async def create_tenant(asked: AskedTenant, at: At) -> Response:
    """Make a memory that is not there yet."""

    def work(found: Tenants) -> told.TenantNamed:
        found.create(asked.name, embedder=asked.embedder)
        return told.TenantNamed(name=asked.name)

    return _answer(await _changed(at, "create tenant", asked.name, work))


@operate.post("/tenants/import", **needs(OPERATOR, Job, more=FILE, status=202))
async def import_tenant(request: Request, at: At, name: As = None) -> Response:
    """Make a memory of what was exported, sent as a .zip: whole, or not at all; as a job."""
    what, jobs = "import tenant", at.services.jobs
    jobs.check_room(at.caller.whose)  # before the body is read
    upload = await uploaded(request.stream(), "tenant.zip")
    await run_in_threadpool(_check_size, upload.path)

    def work(progress: Progress) -> told.TenantNamed:
        with upload as path:
            return told.TenantNamed(name=at.services.pool.tenants.import_(path, name, progress=progress))

    begun = jobs.start(at.caller.whose, what, work, after=lambda done: _note(at, what, done.name, done))
    return told.answer(told.to_bytes(begun), 202, {"Location": f"/v1/tenants/imports/{begun.id}"})


@operate.post("/tenants/{name}/rename", **needs(OPERATOR, told.TenantNamed))
async def rename_tenant(name: str, asked: AskedName, at: At) -> Response:
    """Call a memory by another name; its keys, ids and receipts stay good."""

    def work(found: Tenants) -> told.TenantNamed:
        found.rename(name, asked.to)
        return told.TenantNamed(name=asked.to)

    return _answer(await _changed(at, "rename tenant", name, work))


@operate.get("/tenants/{name}/quota", **needs(OPERATOR, told.TenantQuota))
async def quota(name: str, at: At) -> Response:
    """How much a memory may hold."""
    return _answer(await at.services.readers.do(lambda: _quota(at.services.pool.tenants, name), seconds=READ))


@operate.put("/tenants/{name}/quota", **needs(OPERATOR, told.TenantQuota))
async def set_quota(name: str, asked: AskedQuota, at: At) -> Response:
    """Limit what a memory may hold; null is no limit."""

    def work(found: Tenants) -> told.TenantQuota:
        found.set_quota(name, episodes=asked.episodes, bytes=asked.bytes)
        return _quota(found, name)

    return _answer(await _changed(at, "set quota", name, work))


@operate.get("/tenants/{name}/export", **needs(OPERATOR, None), response_class=FileResponse, responses=PACKED)
async def export_tenant(name: str, at: At) -> Response:
    """All that a memory holds, as a .zip that can be imported: as private as the store."""
    folder = TemporaryDirectory(prefix="telltale-", ignore_cleanup_errors=True)
    path = Path(folder.name) / "tenant.zip"

    def work() -> int:
        assert folder  # stays until the work is done, wanted or not
        return at.services.pool.tenants.export(name, path)

    episodes = await at.services.readers.do(work, seconds=LONG)
    _note(at, "export tenant", name, {"episodes": episodes})
    return FileResponse(path, media_type=ZIP, filename="tenant.zip", background=BackgroundTask(folder.cleanup))


@operate.get("/tenants/imports/{id}", **needs(OPERATOR, Job))
async def imported(id: str, at: At, wait: Wait = 0) -> Response:  # noqa: A002 - the word of the path
    """How an import goes, at once or when it has ended."""
    return _answer(await at.services.jobs.waited_for(at.caller.whose, id, wait))


@operate.api_route("/tenants/{name}", methods=["DELETE"], **needs(OPERATOR, told.TenantNamed))
async def delete_tenant(name: str, at: At) -> Response:
    """Take a memory away for good, down to the bytes; its keys end with it."""

    def work(found: Tenants) -> told.TenantNamed:
        found.delete(name)
        return told.TenantNamed(name=name)

    return _answer(await _changed(at, "delete tenant", name, work))


async def _changed(at: Here, what: str, name: str, work: Callable[[Tenants], T]) -> T:
    def noted() -> T:
        done = work(at.services.pool.tenants)
        _note(at, what, name, done)
        return done

    return await at.services.writers.do(noted, seconds=WRITE)


def _note(at: Here, what: str, name: str, done: object) -> None:
    at.services.audit.note(name, at.caller.id, what, done)


def _answer(done: object) -> Response:
    return told.answer(told.to_bytes(done))


def _quota(found: Tenants, name: str) -> told.TenantQuota:
    limits = found.quota(name)
    return told.TenantQuota(episodes=limits.episodes, bytes=limits.size)


def _check_size(path: Path) -> None:
    """Raises a Problem where the archive unpacks to more than fits; Python reads no more of a file than that says."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(one.file_size for one in archive.infolist())
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        raise Problem(422, "BAD_ARGUMENT", "the body is no .zip", hint="send what an export gave") from None
    if size > MOST_UNPACKED:
        raise Problem(413, "DECOMPRESSED_TOO_LARGE", f"the archive unpacks to more than {MOST_UNPACKED} bytes")
