"""Secrets that are not in one piece: broken over lines, or within base64.

A line that was wrapped, a string literal over several lines and a JSON text with escaped newlines break a token in two.
Joined again, what a kind's shape asks for tells how many pieces belong to it; where the shape allows more, a piece on
the next line belongs only if it looks random.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .secret_rules import BREAK
from .secret_shapes import Shape, beginnings

_BREAK = re.compile(BREAK)
_RUN = re.compile(r"[A-Za-z0-9_.+/=~-]*")
_PIECES, _LONGEST = 8, 4_000
_MIXED = re.compile(
    r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_.+/=~-]{6,}|[A-Za-z]*(?:[a-z][A-Z]|[A-Z]{2}[a-z])\w*"
)


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret stands, and what it is."""

    start: int
    end: int
    kind: str
    value: str


def tokens(text: str) -> Iterator[Secret]:
    """The tokens that give themselves away, whole or broken over lines, in order."""
    done = line = 0
    for start, shape in beginnings(text):
        if start >= done:
            line = line if start < line else _run(text, start)
            if (found := _token(text, start, shape, line)) is not None:
                done = found.end
                yield found


def _token(text: str, start: int, shape: Shape, line: int) -> Secret | None:
    """The token of that shape which begins at ``start``, on a line whose letters go on to ``line``."""
    whole = shape.pattern.match(text, start)
    end = whole.end() if whole else line
    found = Secret(start, end, shape.kind, whole[0]) if whole else None
    if end - start > _LONGEST or _BREAK.match(text, end) is None:
        return found
    joined = text[start:end]
    for at, piece in _pieces(text, end):
        fits = shape.pattern.match(joined + piece)
        likely = _MIXED.fullmatch(piece) is not None
        if fits is not None and fits.end() > len(joined) and (likely or found is None):
            if found is not None or likely or fits.end() == len(joined + piece):
                found = Secret(start, at + fits.end() - len(joined), shape.kind, fits[0])
        elif not likely:
            break
        joined += piece
    return found


def continued(text: str, end: int, value: str) -> tuple[int, str]:
    """The end of a value and the value, with what the next lines add to it."""
    for at, piece in _pieces(text, end):
        if _MIXED.fullmatch(piece) is None or len(piece) < 8:
            break
        end, value = at + len(piece), value + piece
    return end, value


def _run(text: str, start: int) -> int:
    found = _RUN.match(text, start)
    assert found is not None  # it matches nothing, too
    return found.end()


def _pieces(text: str, end: int) -> Iterator[tuple[int, str]]:
    """What the next lines begin with, and where."""
    for _ in range(_PIECES):
        broken = _BREAK.match(text, end)
        if broken is None:
            return
        at, end = broken.end(), _run(text, broken.end())
        if at == end:
            return
        yield at, text[at:end]


# ---- base64 --------------------------------------------------------------------------------------------------------

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{24,12000}+={0,2}(?![A-Za-z0-9+/=_-])")
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
_RUNS = bytes(97 if byte in _LETTERS else 32 for byte in range(256))  # each of them as one letter, all else as space
_SHORTEST = b"a" * 24
_GROUP, _LOOK = 4, 32
_TEXT = bytes((*range(32, 127), *b"\t\r\n"))


def encoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Where base64 stands that holds plain text, and the text."""
    if _SHORTEST not in text.encode("utf-8", "replace").translate(_RUNS):
        return
    for run in _BASE64.finditer(text):
        if _decoded(run[0][:_LOOK]) and (plain := _decoded(run[0])):
            yield run.start(), run.end(), plain


def _decoded(run: str) -> str:
    """The text; nothing where it is no text, which hashes, keys and pictures are not."""
    bare = run.rstrip("=").replace("-", "+").replace("_", "/")
    if len(bare) % _GROUP == 1:
        return ""
    found = base64.b64decode(bare + "=" * (-len(bare) % _GROUP))
    return "" if found.translate(None, _TEXT) else found.decode("ascii")
