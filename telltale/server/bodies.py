"""Bodies of requests, kept within bounds while they come in: size, size unpacked, and patience. Parses nothing."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import Problem

MOST = 16 * 2**20  # bytes of a body, as sent and unpacked
MOST_OF = {"/v1/ingest": 2**30, "/v1/remember/lines": 256 * 2**20}  # streams are never held whole
PAUSE = 10.0  # seconds between two pieces of a body
WHOLE = 60.0  # seconds for a body that is held whole
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Bodies:
    """Lets bodies through to ``app`` while they keep within the bounds; a Problem is raised in place of the rest."""

    def __init__(self, app: ASGIApp, *, most: int = MOST, pause: float = PAUSE) -> None:
        self._app, self._most, self._pause = app, most, pause

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        streamed = scope["path"] in MOST_OF
        most = MOST_OF[scope["path"]] if streamed else self._most
        try:
            unpack = _unpacker(headers.get("content-encoding", "identity").strip().lower(), most)
            if int(headers.get("content-length", "0")) > most:
                raise _too_large(most)
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        body = _Body(receive, unpack, most=most, pause=self._pause, whole=None if streamed else WHOLE)
        await self._app(scope, body.receive, send)


class _Body:
    def __init__(
        self, receive: Receive, unpack: Callable[[bytes], bytes], *, most: int, pause: float, whole: float | None
    ) -> None:
        self._receive, self._unpack, self._most, self._pause, self._whole = receive, unpack, most, pause, whole
        self._sent = self._given = 0
        self._until: float | None = None
        self._done = False

    async def receive(self) -> Message:
        """The next piece."""
        if self._done:
            return await self._receive()
        message = await self._in_time()
        if message["type"] != "http.request":
            return message
        piece = message.get("body", b"")
        self._done = not message.get("more_body", False)
        self._sent += len(piece)
        if self._sent > self._most:
            raise _too_large(self._most)
        unpacked = self._unpack(piece)
        self._given += len(unpacked)
        if self._given > self._most:
            raise _unpacks_too_large(self._most)
        return {**message, "body": unpacked}

    async def _in_time(self) -> Message:
        now = asyncio.get_running_loop().time()
        if self._whole is not None and self._until is None:
            self._until = now + self._whole
        until = now + self._pause if self._until is None else min(now + self._pause, self._until)
        try:
            async with asyncio.timeout_at(until):
                return await self._receive()
        except TimeoutError:
            raise Problem(408, "TOO_SLOW", "the body did not come in time", headers={"Connection": "close"}) from None


def _unpacker(encoding: str, most: int) -> Callable[[bytes], bytes]:
    if encoding in {"", "identity"}:
        return lambda piece: piece
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "the Content-Encoding is neither gzip nor deflate nor left out")
    unpacking: Any = zlib.decompressobj(_GZIP_OR_ZLIB)

    def unpack(piece: bytes) -> bytes:
        try:
            found: bytes = unpacking.decompress(piece, most + 1)
        except zlib.error as error:
            raise Problem(400, "BAD_TEXT", "the body is not what its Content-Encoding says") from error
        if unpacking.unconsumed_tail:
            raise _unpacks_too_large(most)
        return found

    return unpack


def _too_large(most: int) -> Problem:
    return Problem(413, "BODY_TOO_LARGE", f"the body is larger than {most} bytes", headers={"Connection": "close"})


def _unpacks_too_large(most: int) -> Problem:
    said = f"the body unpacks to more than {most} bytes"
    return Problem(413, "DECOMPRESSED_TOO_LARGE", said, headers={"Connection": "close"})
