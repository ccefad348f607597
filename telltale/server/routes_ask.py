"""The routes that ask a memory."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from telltale import __version__
from telltale.memory.types import Candidate as Gathered
from telltale.memory.types import Case, Decision, Episode, Recall, Verdict

from . import told
from .asked import LONGEST_NAME, AskedCandidates, AskedRecall, AskedWhy
from .pool import Lent
from .problems import Problem
from .routing import needs, router
from .services import LONG, At

ask = router()
MOST_ON_A_PAGE = 1_000

After = Annotated[str, Query(max_length=LONGEST_NAME, description="the last id of the page before")]
Beside = Annotated[str | None, Query(min_length=1, max_length=LONGEST_NAME, description="a library")]
Limit = Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="at most so many")]


@ask.post("/recall", **needs("read", told.Recalled))
async def recall(asked: AskedRecall, at: At) -> Response:
    """What may be followed for a case, and what only looks like it."""

    def work(lent: Lent) -> bytes:
        found = lent.memory.recall(
            asked.text,
            asked.context,
            k=asked.k,
            risk=asked.risk,
            budget=asked.budget,
            strict=asked.strict,
            kinds=asked.kinds,
        )
        at.services.metrics.recalled(abstained=found.abstained)
        return told.recalled(lent.memory, found, verdicts=asked.verdicts, why=asked.why, provider=asked.messages)

    return await at.read(work, library=asked.library)


@ask.post("/why", **needs("read", told.Reasons))
async def why(asked: AskedWhy, at: At) -> Response:
    """Why a candidate got its verdict for a case, as a recall of it would judge now."""
    judged = Gathered(id=asked.candidate, text="", kind="episode" if asked.kinds == "episodes" else "skill")
    candidate = Verdict(candidate=judged, decision=Decision.REFUSED, probability=0)
    found = Recall(id="", case=Case(text=asked.text, context=asked.context or {}), verdicts=(candidate,))

    def work(lent: Lent) -> bytes:
        return told.to_bytes(told.Reasons(reasons=lent.memory.why(found, asked.candidate)))

    return await at.read(work, library=asked.library)


@ask.post("/candidates", **needs("read", told.Candidates))
async def candidates(asked: AskedCandidates, at: At) -> Response:
    """What search alone finds, unguarded: for baselines and debugging, not for prompts."""

    def work(lent: Lent) -> bytes:
        found = lent.memory.candidates(asked.text, asked.context, by=asked.by, k=asked.k)
        return told.to_bytes(told.Candidates(candidates=tuple(found)))

    return await at.read(work, library=asked.library)


@ask.get("/episodes", **needs("read", told.Episodes))
async def episodes(at: At, after: After = "", limit: Limit = 100) -> Response:
    """What the memory holds, by id, a page at a time."""

    def work(lent: Lent) -> bytes:
        following = (id_ for id_ in lent.tenant.ids() if id_ > after)
        ids = list(islice(following, limit + 1))
        page = tuple(lent.tenant.episodes(ids[:limit]))
        return told.to_bytes(told.Episodes(episodes=page, next=ids[limit - 1] if len(ids) > limit else None))

    return await at.read(work)


@ask.get("/episodes/{id}", **needs("read", Episode))
async def episode(id: str, at: At) -> Response:  # noqa: A002 - the word of the path
    """One episode."""

    def work(lent: Lent) -> bytes:
        for found in lent.tenant.episodes([id]):
            return told.to_bytes(found)
        raise Problem(404, "NOT_FOUND", "there is no such episode")

    return await at.read(work)


@ask.get("/look-alikes", **needs("read", told.LookAlikes))
async def look_alikes(at: At, limit: Limit = 100) -> Response:
    """Alike episodes that were handled differently, most alike first."""

    def work(lent: Lent) -> bytes:
        return told.to_bytes(told.LookAlikes(look_alikes=tuple(lent.memory.look_alikes()[:limit])))

    return await at.read(work)


@ask.get("/check", **needs("admin", told.Checked))
async def check(at: At) -> Response:
    """Compare every stored byte with what was written."""

    def work(lent: Lent) -> bytes:
        found = told.to_bytes(told.Checked(problems=tuple(lent.memory.check())))
        return found.replace(at.services.pool.address.encode(), b"<store>")

    return await at.read(work, seconds=LONG)


@ask.get("/about", **needs("read", told.About))
async def about(at: At, library: Beside = None) -> Response:
    """Who is asking, and how its memory stands; with a library, whether it may be read, too."""

    def work(lent: Lent) -> bytes:
        return told.to_bytes(
            told.About(
                tenant=lent.tenant.name,
                rights=at.caller.rights,
                episodes=lent.tenant.count(),
                is_stale=lent.memory.is_stale(),
                dropped_notes=lent.memory.dropped_notes(),
                version=__version__,
            )
        )

    return await at.read(work, library=library)
