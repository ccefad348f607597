"""Long work as jobs: started at once, looked at while it runs.

What a job promises is what the memory promises: what was stored is stored. The job itself lives in this process; a
restart forgets it, and sending the same again takes up where it was.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from telltale.jsonable import jsonable
from telltale.memory.errors import TelltaleError
from telltale.memory.identity import new_id

from .pool import Whose
from .problems import Problem, of_error

log = logging.getLogger("telltale.server")

Progress = Callable[[int, int], None]
Work = Callable[[Progress], Any]

WAITING = 16  # jobs of one tenant that are not done
KEPT = 1_000  # jobs that are done, of all tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job failed."""

    code: str
    detail: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of long work."""

    id: str
    what: str  # "ingest", "learn", "distill", "import tenant"
    state: str = "queued"  # queued, running, done, failed, stopped
    created: float  # seconds since the epoch
    started: float | None = None
    ended: float | None = None
    done: int | None = None  # bytes, where they can be counted ...
    total: int | None = None  # ... of so many
    result: Any = None  # as the Python API gives it
    error: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllJobs:
    """The jobs that this server remembers, latest first."""

    jobs: tuple[Job, ...] = field(default=())


class Stopped(Exception):
    """The server is being stopped."""


class Jobs:
    """The jobs of all tenants, and those of operators."""

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="telltale-job")
        self._lock = Lock()
        self._jobs: dict[tuple[str, str], Job] = {}  # by the tenant's mark and the job's id, oldest first
        self._ends: dict[str, Future[None]] = {}
        self._stopping = False

    @property
    def unfinished(self) -> int:
        """How many wait or run."""
        return sum(job.ended is None for job in list(self._jobs.values()))

    def start(self, whose: Whose, what: str, work: Work, *, after: Callable[[Any], None]) -> Job:
        """Begin ``work`` when its turn comes; ``after`` is told what came of it. Raises what ``check_room`` does."""
        with self._lock:
            self.check_room(whose)
            job = Job(id=new_id(), what=what, created=time.time())
            self._jobs[whose.mark, job.id] = job
            self._tidy()
            self._ends[job.id] = self._threads.submit(self._run, whose, job.id, work, after)
        return job

    def check_room(self, whose: Whose) -> None:
        """Raises a Problem where no further job of the tenant can be begun."""
        if self._stopping:
            raise Problem(503, "STOPPING", "the server is being stopped")
        if sum(job.ended is None for (of, _), job in list(self._jobs.items()) if of == whose.mark) >= WAITING:
            raise Problem(
                429, "TOO_MANY_JOBS", f"{WAITING} jobs of this memory wait already", headers={"Retry-After": "10"}
            )

    def get(self, whose: Whose, id_: str) -> Job:
        """A job of that tenant. Raises a Problem: NOT_FOUND."""
        found = self._jobs.get((whose.mark, id_))
        if found is None:
            raise Problem(404, "NOT_FOUND", "there is no such job: it is of another time, or never was")
        return found

    async def waited_for(self, whose: Whose, id_: str, seconds: float) -> Job:
        """The same when it has ended, or after so many seconds."""
        found, end = self.get(whose, id_), self._ends.get(id_)
        if not seconds or end is None or found.ended is not None:
            return found
        await asyncio.wait([asyncio.wrap_future(end)], timeout=seconds)
        return self.get(whose, id_)

    def all(self, whose: Whose) -> AllJobs:
        """The jobs of a tenant, latest first."""
        return AllJobs(jobs=tuple(job for (of, _), job in reversed(list(self._jobs.items())) if of == whose.mark))

    def close(self) -> None:
        """Stop what can be stopped between two steps, wait for the rest, begin nothing new."""
        self._stopping = True
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _run(self, whose: Whose, id_: str, work: Work, after: Callable[[Any], None]) -> None:
        def progress(done: int, total: int) -> None:
            if self._stopping:
                raise Stopped
            self._change(whose, id_, done=done, total=total)

        self._change(whose, id_, state="running", started=time.time())
        try:
            result = work(progress)
            after(result)
            ended: dict[str, Any] = {"state": "done", "result": jsonable(result)}
        except Stopped:
            ended = {"state": "stopped"}
        except TelltaleError as error:
            ended = {"state": "failed", "error": _failure(of_error(error))}
        except Problem as problem:
            ended = {"state": "failed", "error": _failure(problem)}
        except Exception:
            log.exception("a job failed")
            ended = {
                "state": "failed",
                "error": _failure(Problem(500, "INTERNAL", "something went wrong within the server")),
            }
        self._change(whose, id_, ended=time.time(), **ended)

    def _change(self, whose: Whose, id_: str, **changes: Any) -> None:
        with self._lock:
            self._jobs[whose.mark, id_] = replace(self._jobs[whose.mark, id_], **changes)

    def _tidy(self) -> None:
        done = [name for name, job in self._jobs.items() if job.ended is not None]
        for name in done[: max(0, len(done) - KEPT)]:
            del self._jobs[name]
            self._ends.pop(name[1], None)


def _failure(problem: Problem) -> Failure:
    return Failure(code=problem.code, detail=str(problem.detail), hint=problem.hint)
