"""Files as records: JSON lines, a JSON array, or one JSON document, plain or gzip, with memory bounded by one record.

Every record knows where it stands, and what cannot be read is a record with an error in its place. Knows nothing of
what the records mean.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from telltale.memory.errors import RecordError

from . import strict_json

MAX_LINE = 32 * 2**20
MAX_DOCUMENT = 64 * 2**20
_PIECE = 2**20
_GZIP = b"\x1f\x8b"
_SPACE = b" \t\r\n"
_BROKEN = (gzip.BadGzipFile, EOFError, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One JSON value of a file with its place; ``error`` says why there is no value."""

    line: int  # from 1; in a JSON array: the element, from 1
    offset: int  # bytes from the start of the (decompressed) file
    size: int  # bytes
    sha256: str
    opening: str = ""  # its first character
    value: Any = None
    error: RecordError | None = None
    text: str = ""  # the line itself where it is words and no JSON, for formats that are plain text


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The file's bytes, decompressed where it is gzip, and the raw file, whose ``tell()`` is the progress."""
    with path.open("rb") as raw:
        compressed = raw.read(2) == _GZIP
        raw.seek(0)
        yield (cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if compressed else raw), raw


def beginning(stream: IO[bytes], size: int) -> bytes:
    """The first bytes of a seekable stream, which is left at its start; nothing where its compression is broken."""
    try:
        found = stream.read(size)
        stream.seek(0)
    except _BROKEN:
        return b""
    return found


def records(
    stream: IO[bytes], *, skip: int = 0, max_line: int = MAX_LINE, max_document: int = MAX_DOCUMENT
) -> Iterator[Record]:
    """The records of a seekable stream in order, the first ``skip`` left out without being parsed.

    A stream whose first line is whole JSON and not its only one is JSON lines; else it is one document, and if that is
    a list of traces, its elements are the records. A line over ``max_line`` is one LINE_TOO_LONG and the next is read.
    """
    try:
        stream.seek(0)
        document = _document(stream, max_line, max_document)
        stream.seek(0)
        if document is None:
            yield from _lines(stream, skip, max_line)
        else:
            yield from (record for record in _of_document(document) if record.line > skip)
    except _BROKEN as error:
        broken = RecordError("BAD_TEXT", f"the gzip stream is broken ({type(error).__name__}); compress the file anew")
        yield Record(line=0, offset=0, size=0, sha256=_sha(b""), error=broken)


def _lines(stream: IO[bytes], skip: int, max_line: int) -> Iterator[Record]:
    number = offset = 0
    while data := stream.readline(max_line + 1):
        number += 1
        start, offset = offset, offset + len(data)
        if len(data) > max_line and not data.endswith(b"\n"):
            size, sha = _rest_of_line(stream, data)
            offset = start + size
            if number > skip:
                yield _too_long(number, start, size, sha, max_line)
        elif number > skip and data.strip(_SPACE):
            yield _record(data, line=number, offset=start)


def _rest_of_line(stream: IO[bytes], data: bytes) -> tuple[int, str]:
    digest, size = hashlib.sha256(data), len(data)
    while piece := stream.readline(_PIECE):
        digest.update(piece)
        size += len(piece)
        if piece.endswith(b"\n"):
            break
    return size, digest.hexdigest()


def _too_long(line: int, offset: int, size: int, sha: str, max_line: int) -> Record:
    reason = f"a line of {size} bytes; at most {max_line} are read: split it, or write one trace a line"
    error = RecordError("LINE_TOO_LONG", reason, offset=offset)
    return Record(line=line, offset=offset, size=size, sha256=sha, error=error)


def _record(data: bytes, *, line: int, offset: int) -> Record:
    value, error = _parsed(data)
    opening = data.removeprefix(strict_json.BOM).lstrip(_SPACE)[:1].decode("ascii", "replace")
    words = error is not None and error.code == "BAD_JSON" and opening not in {"[", "{"}
    text = data.decode("utf-8", "replace").rstrip("\r\n") if words else ""
    return Record(
        line=line,
        offset=offset,
        size=len(data),
        sha256=_sha(data),
        opening=opening,
        value=value,
        error=error,
        text=text,
    )


def _parsed(data: bytes) -> tuple[Any, RecordError | None]:
    try:
        return strict_json.loads(data), None
    except RecordError as error:
        return None, error


def _document(stream: IO[bytes], max_line: int, max_document: int) -> bytes | None:
    """The whole stream where it is one JSON text, None where it is lines."""
    first = _first_line(stream, max_line)
    if first is None or len(first) > max_line:
        return None
    if _is_json(first):
        return None if _first_line(stream, max_line) else first
    stream.seek(0)
    data = stream.read(max_document + 1)
    return data if len(data) <= max_document and _is_json(data) else None


def _of_document(data: bytes) -> Iterator[Record]:
    """Elements of a list of traces are records; a list of messages is one, and so is anything else."""
    if not _is_list_of_traces(data):
        yield _record(data, line=1, offset=0)
        return
    number = 0
    try:
        for number, (offset, element) in enumerate(strict_json.elements(data), 1):
            yield _record(element, line=number, offset=offset)
    except RecordError as error:
        yield Record(line=number + 1, offset=0, size=len(data), sha256=_sha(data), error=error)


def _is_list_of_traces(data: bytes) -> bool:
    try:
        _, first = next(strict_json.elements(data), (0, b'{"role": 0}'))
    except RecordError:
        return False
    value = json.loads(first)
    return not (isinstance(value, dict) and "role" in value)


def _first_line(stream: IO[bytes], max_line: int) -> bytes | None:
    while data := stream.readline(max_line + 1):
        if data.strip(_SPACE):
            return data
    return None


def _is_json(data: bytes) -> bool:
    """Is it JSON in form, whatever the strict reader may have against its content?"""
    _, error = _parsed(data)
    if error is None or error.code == "TOO_DEEP":
        return True
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
