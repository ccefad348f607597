"""The routes that tell a memory something: finished runs, one, many or a stream of them, and what became of recalls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Request
from starlette.responses import Response

from . import told
from .asked import AskedFeedback, Trace, Traces
from .lines import remember_lines, remembered
from .pool import Lent
from .routing import needs, router
from .services import LONG, WRITE, At, Here

tell = router()

Once = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="the same key and body again, within a day, get the first answer; another body is an error",
    ),
]
NDJSON = "application/x-ndjson"
LINES = {"requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}}}


@tell.post("/remember", **needs("ingest", told.Remembered))
async def remember(asked: Trace, request: Request, at: At, once: Once = None) -> Response:
    """Take in one finished run; its episodes are on disk when this answers. The same run again adds nothing."""

    def work(lent: Lent) -> bytes:
        ids = lent.memory.remember(asked.trace, **asked.model_dump(exclude={"trace"}))
        done = told.Remembered(episodes=tuple(ids))
        at.note("remember", done)
        return told.to_bytes(done)

    return await _once(work, await request.body(), at, once)


@tell.post("/remember/many", **needs("ingest", told.AllRemembered))
async def remember_many(asked: Traces, request: Request, at: At, once: Once = None) -> Response:
    """Take in many finished runs; each has a result of its own, on disk when this answers."""

    def work(lent: Lent) -> bytes:
        found = remembered(list(enumerate(asked, 1)), lent.tenant)
        done = told.AllRemembered(results=tuple(found), refused=sum(one.error is not None for one in found))
        at.note("remember", done)
        return told.to_bytes(done)

    return await _once(work, await request.body(), at, once, runs=len(asked))


@tell.post("/remember/lines", **needs("ingest", told.AllRemembered, more=LINES))
async def remember_stream(request: Request, at: At) -> Response:
    """Take in a stream of runs, one JSON object a line, as they come; the answer follows the last.

    Each line is what /v1/remember takes. What came before a broken connection is stored; sending it again adds nothing.
    """
    return told.answer(await remember_lines(request.stream(), at))


@tell.post("/feedback", **needs("ingest", told.Noted))
async def feedback(asked: AskedFeedback, at: At) -> Response:
    """Say what became of a recall, by its id or receipt; on disk when this answers."""

    def work(lent: Lent) -> told.Noted:
        lent.memory.feedback(asked.recall, **asked.model_dump(exclude={"recall"}))
        return told.Noted(recall=asked.recall)

    return await at.write("feedback", work)


async def _once(work: Callable[[Lent], bytes], body: bytes, at: Here, key: str | None, *, runs: int = 1) -> Response:
    """The answer of ``work``, or the one that was given under that key before."""
    if key is None:
        return await at.change(work, seconds=WRITE, runs=runs)

    def worked(lent: Lent) -> bytes:
        if lent.tenant.read_only:
            return work(lent)  # raises before anything is written
        return at.services.repeats.once(lent.tenant.id, key, body, lambda: work(lent))

    return await at.change(worked, seconds=LONG, runs=runs)
