"""Bytes as they were before gzip or zstd, told by their first bytes; seekable to the start, never held whole.

What is broken, or grows beyond all likelihood while it is unpacked, is one ``Broken``. Knows nothing of their meaning.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from typing import IO, Any, cast

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
LIKELY_BYTES = 256 * 2**20  # so much may come of a file of any size ...
LIKELY_RATIO = 200  # ... and of a larger one so many times its own size
_PIECE = 2**18


class Broken(Exception):
    """The compressed stream cannot be followed; ``code`` is a reject's."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def decompressed(packed: IO[bytes]) -> IO[bytes]:
    """What ``packed`` (seekable, at its start) holds; itself where it is not compressed.

    Reading it raises Broken: BAD_TEXT for a stream that breaks off, DECOMPRESSED_TOO_LARGE for one that has no end.
    """
    start = packed.read(len(ZSTD))
    packed.seek(0)
    if start.startswith(GZIP):
        return _buffered(_Unpacked(packed, lambda: gzip.GzipFile(fileobj=packed)))
    if start.startswith(ZSTD):
        return _buffered(_Unpacked(packed, lambda: _zstd(packed)))
    return packed


def _buffered(raw: io.RawIOBase) -> IO[bytes]:
    return cast("IO[bytes]", io.BufferedReader(raw, _PIECE))


def _zstd(packed: IO[bytes]) -> Any:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(_Lent(packed), "r"), "zstd")


class _Lent(io.RawIOBase):
    """A stream that whoever reads it cannot close."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(size)


class _Unpacked(io.RawIOBase):
    def __init__(self, packed: IO[bytes], make: Callable[[], Any]) -> None:
        self._packed, self._make = packed, make
        self._stream, self._given = make(), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._given

    def seek(self, target: int, whence: int = io.SEEK_SET, /) -> int:
        if (target, whence) != (0, io.SEEK_SET):
            raise io.UnsupportedOperation("a compressed stream can only be read again from its start")
        self._packed.seek(0)
        self._stream, self._given = self._make(), 0
        return 0

    def readinto(self, buffer: Any, /) -> int:
        try:
            found = self._stream.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk, not the stream
            raise Broken("BAD_TEXT", f"the compressed stream is broken ({error}); compress the file anew") from error
        self._given += len(found)
        if self._given > LIKELY_BYTES and self._given > LIKELY_RATIO * self._packed.tell():
            reason = f"{self._packed.tell()} bytes became more than {self._given}; unpack the file if it is meant"
            raise Broken("DECOMPRESSED_TOO_LARGE", reason)
        buffer[: len(found)] = found
        return len(found)
