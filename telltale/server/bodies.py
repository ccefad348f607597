"""Bodies of requests, kept within bounds while they come in: size, size unpacked, and patience. Parses nothing."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import Problem

MOST = 16 * 2**20  # bytes of a body, as sent and unpacked
MOST_OF = {  # streams are never held whole
    "/v1/ingest": 2**30,
    "/v1/tenants/import": 2**30,
    "/v1/remember/lines": 256 * 2**20,
}
PAUSE = 10.0  # seconds between two pieces of a body
WHOLE = 60.0  # seconds for a body that is held whole
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_PIECE = 2**20  # bytes that are unpacked at once


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
            unpacking = _unpacker(headers.get("content-encoding", "identity").strip().lower())
            _check_length(headers.get("content-length", "0"), most)
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        body = _Body(receive, unpacking, most=most, pause=self._pause, whole=None if streamed else WHOLE)
        await self._app(scope, body.receive, send)


class _Body:
    def __init__(
        self, receive: Receive, unpacking: _Plain | _Packed, *, most: int, pause: float, whole: float | None
    ) -> None:
        self._receive, self._unpacking, self._most, self._pause, self._whole = receive, unpacking, most, pause, whole
        self._sent = self._given = 0
        self._until: float | None = None
        self._came = self._ended = False  # all of what was sent; all of what it unpacks to

    async def receive(self) -> Message:
        """The next piece."""
        if self._ended:
            return await self._receive()
        while not self._unpacking.waits and not self._came:
            message = await self._in_time()
            if message["type"] != "http.request":
                return message
            self._take(message)
        piece = self._unpacking.next()
        self._given += len(piece)
        if self._given > self._most:
            raise _unpacks_too_large(self._most)
        self._ended = self._came and not self._unpacking.waits
        if self._ended:
            self._unpacking.end()
        return {"type": "http.request", "body": piece, "more_body": not self._ended}

    def _take(self, message: Message) -> None:
        piece = message.get("body", b"")
        self._came = not message.get("more_body", False)
        self._sent += len(piece)
        if self._sent > self._most:
            raise _too_large(self._most)
        self._unpacking.take(piece)

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


class _Plain:
    """A body as it was sent."""

    waits = b""

    def take(self, piece: bytes) -> None:
        """Take in the next piece."""
        self.waits = piece

    def next(self) -> bytes:
        """What waits."""
        piece, self.waits = self.waits, b""
        return piece

    def end(self) -> None:
        """Nothing can be missing."""


class _Packed:
    """A body that was sent as gzip (of any number of members) or deflate, unpacked a piece at a time."""

    def __init__(self) -> None:
        self.waits = b""
        self._member: Any = None

    def take(self, piece: bytes) -> None:
        """Take in the next piece, still packed."""
        self.waits = piece

    def next(self) -> bytes:
        """The next of what waits, unpacked."""
        if self.waits and (self._member is None or self._member.eof):
            self._member = zlib.decompressobj(_GZIP_OR_ZLIB)
        if self._member is None:
            return b""
        try:
            found: bytes = self._member.decompress(self.waits, _PIECE)
        except zlib.error:
            raise _broken() from None
        self.waits = self._member.unconsumed_tail or self._member.unused_data
        return found

    def end(self) -> None:
        """Raises a Problem where the body breaks off."""
        if self._member is not None and not self._member.eof:
            raise _broken()


def _unpacker(encoding: str) -> _Plain | _Packed:
    if encoding in {"", "identity"}:
        return _Plain()
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return _Packed()
    raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "the Content-Encoding is neither gzip nor deflate nor left out")


def _broken() -> Problem:
    return Problem(400, "BAD_TEXT", "the body is not what its Content-Encoding says", hint="pack it anew")


def _check_length(said: str, most: int) -> None:
    if not said.isdecimal():
        raise Problem(400, "BAD_REQUEST", "Content-Length is no number", hint="leave it to the HTTP library")
    if int(said[:20]) > most:
        raise _too_large(most)


def _too_large(most: int) -> Problem:
    return Problem(413, "BODY_TOO_LARGE", f"the body is larger than {most} bytes", headers={"Connection": "close"})


def _unpacks_too_large(most: int) -> Problem:
    said = f"the body unpacks to more than {most} bytes"
    return Problem(413, "DECOMPRESSED_TOO_LARGE", said, headers={"Connection": "close"})
