"""Streams as records: JSON lines, an array, a document or an archive of them, with memory bounded by one record.

Every record knows where it stands, and what cannot be read is a record with an error in its place. Knows nothing of
what the records mean.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from telltale.memory.errors import RecordError

from . import strict_json
from .archive import ZIP, members
from .compressed import Broken
from .elements import Element, elements

MOST = 64 * 2**20  # bytes of a record: a line, an element of an array, or a document
_PIECE = 2**20
_SPACE = b" \t\r\n"
_IS_LOG = re.compile(
    rb'\s*\{\s*"(?:version":\s*\d+,\s*"status|id":\s*.{1,200}?,\s*"epoch)"', re.DOTALL
)  # Inspect's has NaN
_ITEMS = {"message", "reasoning", "function_call", "function_call_output"}  # of OpenAI's Responses


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One JSON value of a stream with its place; ``error`` says why there is no value."""

    line: int  # from 1; in a JSON array: the element, from 1
    offset: int  # bytes from the start of the (decompressed) stream
    size: int  # bytes
    sha256: str
    opening: str = ""  # its first character
    value: Any = None
    error: RecordError | None = None
    text: str = ""  # the line itself where it is words and no JSON, for formats that are plain text


def beginning(stream: IO[bytes], size: int) -> bytes:
    """The first bytes of a seekable stream, which is left at its start; nothing where its compression is broken."""
    try:
        found = stream.read(size)
        stream.seek(0)
    except Broken:
        return b""
    return found


def records(stream: IO[bytes], *, skip: int = 0, most: int = MOST) -> Iterator[Record]:
    """The records of a seekable stream in order, the first ``skip`` left out without being parsed.

    A stream whose first line is whole JSON and not its only one is JSON lines; else it is one document, and if that is
    a list of traces, its elements are the records. A record over ``most`` bytes is one LINE_TOO_LONG and the next is
    read.
    """
    try:
        stream.seek(0)
        archived = beginning(stream, len(ZIP)) == ZIP
        yield from _of_archive(stream, skip, most) if archived else _found(stream, skip, most)
    except Broken as error:
        broken = RecordError(error.code, error.reason)
        yield Record(line=0, offset=0, size=0, sha256=_sha(b""), error=broken)


def _found(stream: IO[bytes], skip: int, most: int) -> Iterator[Record]:
    first = _next_line(stream, most)
    second = _next_line(stream, most) if len(first) <= most else b""
    stream.seek(0)
    opening = _opening(first)
    of_lines = bool(second) and (_is_json(first) or (opening == "[" and _is_list(second)))
    if opening == "[" and not of_lines:
        yield from _of_array(stream, skip, most)
    elif of_lines or not second:
        yield from _lines(stream, skip, most)
    else:
        data = stream.read(most + 1)
        stream.seek(0)
        whole = len(data) <= most and _is_json(data)
        found = iter([_record(data, line=1, offset=0)]) if whole else _lines(stream, skip, most)
        yield from (record for record in found if record.line > skip)


# ---- lines ---------------------------------------------------------------------------------------------------------


def _lines(stream: IO[bytes], skip: int, most: int) -> Iterator[Record]:
    number = offset = 0
    while data := stream.readline(most + 1):
        number += 1
        start, offset = offset, offset + len(data)
        if len(data) > most and not data.endswith(b"\n"):
            place = _rest_of_line(stream, data)
            offset = start + place["size"]
            if number > skip:
                yield _too_long("line", most, line=number, offset=start, **place)
        elif number > skip and data.strip(_SPACE):
            yield _record(data, line=number, offset=start)


def _rest_of_line(stream: IO[bytes], data: bytes) -> dict[str, Any]:
    return _passed_over(data, iter(partial(stream.readline, _PIECE), b""), until=b"\n")


def _passed_over(data: bytes, pieces: Iterator[bytes], until: bytes | None = None) -> dict[str, Any]:
    """Size and hash of ``data`` and what follows it, to the end or to a piece that ends so."""
    digest, size = hashlib.sha256(data), len(data)
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        if until and piece.endswith(until):
            break
    return {"size": size, "sha256": digest.hexdigest()}


def _next_line(stream: IO[bytes], most: int) -> bytes:
    """The next line that is not blank, cut after ``most`` and one more byte; nothing at the end."""
    while data := stream.readline(most + 1):
        if data.strip(_SPACE):
            return data
    return b""


# ---- an array ------------------------------------------------------------------------------------------------------


def _of_array(stream: IO[bytes], skip: int, most: int) -> Iterator[Record]:
    """Elements of a list of traces are records; a list of messages is one."""
    first = next(elements(stream, most), None)
    stream.seek(0)
    if first is None or _is_message(first):
        yield from _as_one(stream, skip, most)
        return
    for number, element in enumerate(elements(stream, most), 1):
        if number > skip:
            yield _of_element(element, number, most)


def _as_one(stream: IO[bytes], skip: int, most: int) -> Iterator[Record]:
    data = stream.read(most + 1)
    if skip:
        return
    if len(data) <= most:
        yield _record(data, line=1, offset=0)
        return
    place = _passed_over(data, iter(partial(stream.read, _PIECE), b""))
    yield _too_long("list of messages", most, line=1, offset=0, **place)


def _of_element(element: Element, number: int, most: int) -> Record:
    place: dict[str, Any] = {"line": number, "offset": element.offset, "size": element.size, "sha256": element.sha256}
    if element.fault:
        _, error = _parsed(element.data or b"")
        known = error is not None and error.code not in {"BAD_JSON", "BAD_TEXT"}
        return Record(**place, opening="[", error=error if known else RecordError("BAD_JSON", element.fault))
    if element.data is None:
        return _too_long("element", most, **place)
    return _record(element.data, line=number, offset=element.offset, sha=element.sha256)


def _is_message(element: Element) -> bool:
    value, _ = _parsed(element.data or b"")
    return isinstance(value, dict) and ("role" in value or str(value.get("type")) in _ITEMS)


# ---- an archive ----------------------------------------------------------------------------------------------------


def _of_archive(stream: IO[bytes], skip: int, most: int) -> Iterator[Record]:
    """The header of an evaluation's log and its samples; what is no such archive is one error."""
    for number, member in enumerate(members(stream, most), 1):
        if number <= skip:
            continue
        if member.data is not None:
            yield _record(member.data, line=number, offset=0)
        else:
            line = 0 if number == 1 else number
            fault = RecordError(member.code, member.fault)
            yield Record(line=line, offset=0, size=member.size, sha256=_sha(b""), error=fault)


# ---- one record ----------------------------------------------------------------------------------------------------


def _record(data: bytes, *, line: int, offset: int, sha: str = "") -> Record:
    value, error = _parsed(data)
    place: dict[str, Any] = {"line": line, "offset": offset, "size": len(data), "sha256": sha or _sha(data)}
    opening = _opening(data)
    words = error is not None and error.code == "BAD_JSON" and opening not in {"[", "{"}
    text = data.decode("utf-8", "replace").rstrip("\r\n") if words else ""
    return Record(**place, opening=opening, value=value, error=error, text=text)


def _too_long(what: str, most: int, **place: Any) -> Record:
    reason = f"a {what} of {place['size']} bytes; at most {most} are read: split it, or write one trace a line"
    return Record(**place, error=RecordError("LINE_TOO_LONG", reason))


def _parsed(data: bytes) -> tuple[Any, RecordError | None]:
    try:
        return strict_json.loads(data, nan=_IS_LOG.match(data) is not None), None
    except RecordError as error:
        return None, error


def _opening(data: bytes) -> str:
    return data[:100].removeprefix(strict_json.BOM).lstrip(_SPACE)[:1].decode("ascii", "replace")


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


def _is_list(line: bytes) -> bool:
    return _opening(line) == "[" and _is_json(line)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
