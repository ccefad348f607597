"""A file that comes as a body, in a folder of its own until it has been taken in. Its place is never told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from types import TracebackType

from starlette.concurrency import run_in_threadpool

from telltale.writers.summary import IngestSummary

from .problems import Problem

NAME = "upload"


class Upload:
    """The file on disk; leaving it takes it away."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="telltale-"))
        self.path = self._folder / NAME

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        rmtree(self._folder, ignore_errors=True)

    def without_path(self, summary: IngestSummary) -> IngestSummary:
        """``summary`` with the upload called what its sender may call it."""
        return replace(summary, rejects=tuple(replace(reject, file=NAME) for reject in summary.rejects))


async def uploaded(pieces: AsyncIterator[bytes]) -> Upload:
    """The body that comes in ``pieces``. Raises a Problem where it is empty, or what reading it raises."""
    upload = Upload()
    try:
        await _write(pieces, upload.path)
    except BaseException:
        upload.__exit__(None, None, None)
        raise
    return upload


async def _write(pieces: AsyncIterator[bytes], path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        async for piece in pieces:
            await run_in_threadpool(file.write, piece)
            size += len(piece)
    if not size:
        raise Problem(422, "BAD_ARGUMENT", "the body is empty", hint="send the file as the body")
