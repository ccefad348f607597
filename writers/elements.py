"""The elements of a JSON array, one after the other out of a stream, however long the array is.

Only brackets, commas and quotes are looked at. Whether an element is JSON at all is for others to find out, so that a
bad one costs itself alone; one that is too long to be held is passed over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_PIECE = 2**20
_SPACE = b" \t\r\n"
_QUOTE, _COMMA, _OPENING, _CLOSING = b'"'[0], b","[0], b"[{", b"]"[0]

# Possessive, so that no input makes them go back over what they have read.
_BETWEEN = re.compile(rb'["\[\]{},]')
_WITHIN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(")?|[\[\]{}]', re.DOTALL)
_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)  # to the closing quote, or as far as the piece goes


@dataclass(frozen=True, slots=True)
class Element:
    """The bytes of one element; without ``data`` where it is too long, with ``fault`` where the array is broken."""

    offset: int
    size: int
    sha256: str
    data: bytes | None
    fault: str = ""


def elements(stream: IO[bytes], most: int) -> Iterator[Element]:
    """The elements of the array that ``stream`` begins with, each of at most ``most`` bytes."""
    splitter, held, offset = _Splitter(), _Held(most), 0
    while new := stream.read(_PIECE):
        piece, at = splitter.left + new, 0
        for end in splitter.ends(piece):
            held.add(piece[at:end])
            if splitter.begun:
                yield from held.taken(offset + end, last=splitter.closed)
            at = end + 1
            held.clear()
        held.add(piece[at : len(piece) - len(splitter.left)])
        offset += len(piece) - len(splitter.left)
    fault = "" if splitter.closed else "the array is not closed: the file breaks off, or a quote is missing"
    yield from held.remaining(offset, fault)


class _Splitter:
    """Where elements end, told from the array's bytes piece by piece."""

    def __init__(self) -> None:
        self.left = b""  # of the last piece, to be put before the next
        self.begun = self.closed = False
        self._depth = 0
        self._in_string = False

    def ends(self, piece: bytes) -> Iterator[int]:
        """The places of the opening bracket, of the commas between elements and of the closing bracket."""
        at: int | None = 0
        self.left = b""
        while at is not None and not self.closed:
            if self._in_string:
                at = self._after_string(piece, at)
            elif self._depth > 1:
                at = self._after_element(piece, at)
            else:
                at, end = self._between(piece, at)
                if end is not None:
                    yield end
                    self.begun = True

    def _after_string(self, piece: bytes, at: int) -> int | None:
        found = _STRING.match(piece, at)
        assert found is not None
        if found.end() < len(piece) and piece[found.end()] == _QUOTE:
            self._in_string = False
            return found.end() + 1
        self.left = piece[found.end() :]  # nothing, or a backslash whose letter is still to come
        return None

    def _after_element(self, piece: bytes, at: int) -> int | None:
        for found in _WITHIN.finditer(piece, at):
            letter = piece[found.start()]
            if letter == _QUOTE:
                if found.lastindex is None:
                    self._in_string = True
                    return found.end()
            elif letter in _OPENING:
                self._depth += 1
            else:
                self._depth -= 1
                if self._depth == 1:
                    return found.end()
        return None

    def _between(self, piece: bytes, at: int) -> tuple[int | None, int | None]:
        """Where to go on, and where an element ends. A closing brace too many ends nothing."""
        found = _BETWEEN.search(piece, at)
        if found is None:
            return None, None
        letter, place = piece[found.start()], found.start()
        self._in_string = letter == _QUOTE
        if letter in _OPENING:
            self._depth += 1
            return found.end(), None if self.begun else place
        self.closed = letter == _CLOSING
        return found.end(), place if self.closed or letter == _COMMA else None


class _Held:
    """The bytes of the element that is being read, as long as they are not too many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.clear()

    def clear(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._digest = hashlib.sha256()

    def add(self, part: bytes) -> None:
        part = part if self._size else part.lstrip(_SPACE)
        if not part:
            return
        self._size += len(part)
        self._digest.update(part)
        if self._size <= self._most:
            self._parts.append(part)
        else:
            self._parts = []

    def taken(self, end: int, *, last: bool) -> Iterator[Element]:
        """The element, which ended before ``end``; none where the array's closing bracket follows nothing."""
        if self._size > self._most:
            yield Element(end - self._size, self._size, self._digest.hexdigest(), None)
        elif self._size or not last:
            data = b"".join(self._parts).rstrip(_SPACE)
            yield Element(end - self._size, len(data), hashlib.sha256(data).hexdigest(), data)

    def remaining(self, end: int, fault: str) -> Iterator[Element]:
        """What stands after the last element, if it is anything."""
        if fault or self._size:
            told = fault or "something follows the array; write one JSON value, or one a line"
            data = b"".join(self._parts) if self._size <= self._most else None
            yield Element(end - self._size, self._size, self._digest.hexdigest(), data, told)
