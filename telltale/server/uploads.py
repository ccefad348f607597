"""A file that comes as a body, in a folder of its own until it has been taken in. Its place is never told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from starlette.concurrency import run_in_threadpool

from telltale.writers.summary import IngestSummary

from .problems import Problem


class Upload:
    """The file on disk; leaving it takes it away, and so does nobody's wanting it any more."""

    def __init__(self, name: str) -> None:
        self._folder = TemporaryDirectory(prefix="telltale-", ignore_cleanup_errors=True)
        self.path = Path(self._folder.name) / name

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def without_path(self, summary: IngestSummary) -> IngestSummary:
        """``summary`` with the upload called what its sender may call it."""
        return replace(summary, rejects=tuple(replace(reject, file=self.path.name) for reject in summary.rejects))


async def uploaded(pieces: AsyncIterator[bytes], name: str) -> Upload:
    """The body that comes in ``pieces``. Raises a Problem where it is empty, or what reading it raises."""
    upload, size = Upload(name), 0
    with upload.path.open("wb") as file:
        async for piece in pieces:
            await run_in_threadpool(file.write, piece)
            size += len(piece)
    if not size:
        raise Problem(422, "BAD_ARGUMENT", "the body is empty", hint="send the file as the body")
    return upload
