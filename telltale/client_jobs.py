"""Long work at a server: begun, and waited for until it has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from telltale.memory.errors import StoreBusy

from .client_http import Connection, Opened, error_of, in_path
from .client_told import Job, of_json

WAIT = 20  # seconds that the server holds a question for the end ...
GLANCE = 1  # ... where nobody watches, and where somebody does

Progress = Callable[[int, int], None]


def done(
    connection: Connection,
    path: str,
    body: bytes | Opened | None = None,
    *,
    query: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    jobs: str = "/jobs",
    again: bool = True,
) -> Any:
    """The result of the job that a request to ``path`` begins, as JSON's own types. Raises what the job failed with.

    Args:
        jobs: where it is looked at.
        again: beginning it twice does no harm, so that the request is sent again as a read is.
    """
    job = of_json(connection.ask("POST", path, body, query=query, again=again), Job)
    while job.state in {"queued", "running"}:
        job = of_json(connection.get(f"{jobs}/{in_path(job.id)}", wait=GLANCE if progress else WAIT), Job)
        if progress and job.done is not None and job.total is not None:
            progress(job.done, job.total)
    if job.error is not None:
        raise error_of(job.error["code"], job.error["detail"], job.error["hint"], status=500)
    if job.state == "stopped":
        raise StoreBusy("the server was stopped before this was done: ask again; nothing is stored twice")
    return job.result
