"""Places in a text by the look of what stands there: token classes, with the words before them.

``9`` is a number, ``A`` capitals, ``Aa`` a capitalised word, ``a`` a lower-case one, ``w`` any run of letters and
digits, ``Aa+`` capitalised words in a row, ``~`` all up to the end of the clause; everything else stands for itself.
So ``9 Aa+, Aa`` finds "12 Elm Street, Leeds", ``A> 9`` capitals before a number, ``A <9`` a number after capitals.
After FlashFill (Gulwani, POPL 2011): a few examples, classes instead of values. Knows nothing of runs; a shape is
matched token by token and never becomes a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple, overload

_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+|\s+|.", re.DOTALL)
_CLASS = re.compile(r"Aa\+|Aa|.", re.DOTALL)
_CLASSES = frozenset(("9", "A", "Aa", "a"))
_REST, _WORD, _ROW = "~", "w", "Aa+"
_MARKS = frozenset("+~<>")  # say something in a shape, and so cannot stand for themselves
_ENDS = frozenset(".,;:!?\n")  # of a clause
_BREAKS = _ENDS - {":", ","}  # what words before do not reach over
_LONGEST = 16  # tokens of a value that has a shape
_GAP = 4  # tokens between the words before and the value: `: `, ` "`, `': '`
_CONTEXT = 2  # words before
_OCCURRENCES = 4  # of one value


class Token(NamedTuple):
    """One piece of a text."""

    kind: str  # a class, " ", or the character itself
    said: str
    before: tuple[str, ...]  # up to two words right before, lower-cased; () where none stand near


class Tokens(Sequence[Token]):
    """The pieces of a text in order, whole: joined they are the text."""

    def __init__(self, text: str) -> None:
        self._tokens: list[Token] = []
        self._after: dict[tuple[str, ...], list[int]] = {}
        words: tuple[str, ...] = ()
        gap = 1  # since the last of them
        for at, match in enumerate(_TOKEN.finditer(text)):
            kind = _kind(match[0])
            before = words if gap else ()
            self._tokens.append(Token(kind, match[0], before))
            for some in {before, before[-1:], ()}:
                self._after.setdefault(some, []).append(at)
            gap = 0 if kind in _CLASSES else gap + 1
            if kind == "9" or kind in _BREAKS or gap > _GAP:
                words = ()
            elif not gap:
                words = (*before, match[0].lower())[-_CONTEXT:]

    @overload
    def __getitem__(self, at: int) -> Token: ...
    @overload
    def __getitem__(self, at: slice) -> list[Token]: ...
    def __getitem__(self, at: int | slice) -> Token | list[Token]:
        return self._tokens[at]

    def __len__(self) -> int:
        return len(self._tokens)

    def after(self, words: Sequence[str]) -> Sequence[int]:
        """Where the pieces stand that come right after ``words``, at most two; all of them where there are none."""
        return self._after.get(tuple(words), ())


def shaped(found: Tokens, shape: str, after: Sequence[str] = ()) -> list[str]:
    """The stretches of a text that have ``shape``, in order, none overlapping.

    Args:
        after: lower-cased words that stand right before; empty: wherever it is.
    """
    behind, core, ahead = parts_of(shape)
    wanted = _CLASS.findall(core)
    first = wanted[0] if wanted else ""
    matches, until = [], 0
    for at in found.after(after):
        kind = found[at].kind
        if at < until or not (
            kind == first or (first == _ROW and kind == "Aa") or (first in (_WORD, _REST) and kind in _CLASSES)
        ):
            continue
        end = _end(found, at, wanted)
        if end and _between(found, at, end, _CLASS.findall(behind), _CLASS.findall(ahead)):
            matches.append("".join(token.said for token in found[at:end]))
            until = end
    return matches


def parts_of(shape: str) -> tuple[str, str, str]:
    """What has to stand before, what is taken, and what has to stand after.

    >>> parts_of("A> 9"), parts_of("9 Aa")
    (('', 'A', ' 9'), ('', '9 Aa', ''))
    """
    before, mark, rest = shape.partition("<")
    core, _, after = (rest if mark else shape).partition(">")
    return (before if mark else ""), core, after


def shapes_of(found: Tokens, value: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Under what words before, shape and number ``value`` is found in a text: the most particular words first."""
    for start, end in islice(_places(found, value), _OCCURRENCES):
        before = found[start].before
        for words in dict.fromkeys((before, before[-1:], ())):
            for shape in _shapes(found, start, end, bool(words)):
                there = shaped(found, shape, words)
                said = "".join(token.said for token in found[start:end])
                if said in there:
                    yield words, shape, there.index(said)


def _kind(said: str) -> str:
    if said.isdigit():
        return "9"
    if not said.isalpha():
        return " " if said.isspace() and "\n" not in said else said[0] if said.strip() else "\n"
    if said.isupper():
        return "A"
    return "Aa" if said[0].isupper() and said[1:].islower() else "a"


def _shapes(found: Tokens, start: int, end: int, in_context: bool) -> Iterator[str]:
    kinds = [token.kind for token in found[start:end]]
    if not set(kinds) & _MARKS:
        shape = re.sub(r"Aa(?: Aa)+", _ROW, "".join(kinds))
        yield shape
        if not in_context:
            yield from (f"{shape}>{near}" for near in _near(found[end : end + 2]))
            yield from (f"{near[::-1]}<{shape}" for near in _near(found[max(0, start - 2) : start][::-1]))
    if in_context and all(kind in _CLASSES for kind in kinds):
        yield _WORD
    if in_context and (end == len(found) or found[end].kind in _ENDS):
        yield _REST


def _near(side: Sequence[Token]) -> Iterator[str]:
    """A number, capitals or a sign next to a stretch, from the inside out."""
    kinds = [token.kind for token in side[: 2 if side and side[0].kind == " " else 1]]
    if kinds and kinds[-1] not in _MARKS | _BREAKS | {" ", "a", "Aa"}:
        yield "".join(kinds)


def _between(found: Tokens, start: int, end: int, behind: Sequence[str], ahead: Sequence[str]) -> bool:
    """Whether these kinds stand right before and after."""
    before = [token.kind for token in found[max(0, start - len(behind)) : start]]
    return before == list(behind) and [token.kind for token in found[end : end + len(ahead)]] == list(ahead)


def _places(found: Tokens, value: str) -> Iterator[tuple[int, int]]:
    """First and last token of each place where ``value`` stands as a whole, whatever its case."""
    wanted = [match.casefold() for match in _TOKEN.findall(value.strip().lstrip("#"))]
    if not 0 < len(wanted) <= _LONGEST:
        return
    for at in range(len(found) - len(wanted) + 1):
        end = at + len(wanted)
        there = found[at].said.casefold() == wanted[0] and _free(found, at, end)
        if there and [token.said.casefold() for token in found[at:end]] == wanted:
            yield at, end


def _free(found: Tokens, start: int, end: int) -> bool:
    """Nothing that belongs to the same word stands before or after."""
    return not (start and found[start].kind in _CLASSES and found[start - 1].kind in _CLASSES) and not (
        end < len(found) and found[end].kind in _CLASSES and found[end - 1].kind in _CLASSES
    )


def _end(found: Tokens, at: int, wanted: Sequence[str]) -> int:
    """One past the last token of a stretch of the wanted shape that begins at ``at``; 0 where there is none."""
    start = at
    for kind in wanted:
        if kind == _REST:
            while at < len(found) and found[at].kind not in _ENDS:
                at += 1
        elif kind == _WORD:
            while at < len(found) and found[at].kind in _CLASSES:
                at += 1
        elif kind == _ROW:
            at = _row(found, at)
        elif at < len(found) and found[at].kind == kind:
            at += 1
        else:
            return 0
        if at == start:
            return 0
    return at if _free(found, start, at) else 0


def _row(found: Tokens, at: int) -> int:
    if at >= len(found) or found[at].kind != "Aa":
        return at
    while at + 2 < len(found) and found[at + 1].kind == " " and found[at + 2].kind == "Aa":
        at += 2
    return at + 1
