"""Facts that are said in words: negations, named choices, counts, relative dates, questions.

One dictionary lookup a word; the lexicon is data in ``lexicon.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import lexicon
from .facet_units import measured

Word = tuple[str, int, int]  # lower-cased word, start, end
Fact = tuple[str, str, int, int]  # kind, value, start, end


class _Entry(NamedTuple):
    """A phrase of the lexicon, filed under its first word."""

    rest: tuple[str, ...]  # the words after the first
    kind: str  # of the fact, or how to read on
    value: str


def _phrases() -> Iterator[tuple[str, str, str]]:
    """Every phrase with the kind and value it stands for."""
    for dimension, values in lexicon.CHOICES.items():
        for value, others in values.items():
            for phrase in (value, *filter(None, others.split(", "))):
                yield phrase, f"choice:{dimension}", value
                if not phrase.endswith("s"):
                    yield f"{phrase}s", f"choice:{dimension}", value
    for ahead in ("", "next ", "last ", "this "):
        for day in (*lexicon.DAYS, *(("week", "month", "year") if ahead else ())):
            yield f"{ahead}{day}", "date:relative", f"{ahead}{day}"
    yield from ((month, "date", f"--{number:02d}") for month, number in lexicon.MONTHS.items())
    yield from ((word, "file_type", word) for word in lexicon.FILE_WORDS)
    yield from ((phrase, "count", value) for phrase, value in lexicon.COUNTS.items())
    yield from ((word, "number word", str(number)) for word, number in lexicon.NUMBERS.items())
    yield from ((phrase, "negation", "") for phrase in lexicon.NEGATORS)
    yield from (("all", "all", "all"), ("via", "via", ""))


def _lexicon() -> dict[str, tuple[_Entry, ...]]:
    """The phrases by their first word, longest first."""
    by_first: dict[str, list[_Entry]] = {}
    for phrase, kind, value in _phrases():
        first, *rest = phrase.replace("-", " ").split()
        by_first.setdefault(first, []).append(_Entry(tuple(rest), kind, value))
    return {first: tuple(sorted(entries, key=lambda entry: -len(entry.rest))) for first, entries in by_first.items()}


_LEXICON = _lexicon()


def said_facts(text: str, found: list[Word]) -> Iterator[Fact]:
    """The facts that the words ``found`` in the lower-cased ``text`` say, in order of their start."""
    if found and found[0][0] in lexicon.QUESTION_WORDS:
        yield "form", "question", found[0][1], found[0][2]
    until = 0
    for at, (word, start, _) in enumerate(found):
        for entry in _LEXICON.get(word, ()):
            if start < until or not _follows(text, found, at, entry.rest):
                continue
            fact = _read(text, found, at, entry)
            if fact is not None:
                until = found[at + len(entry.rest)][2]  # what is negated may itself be a choice
                yield fact
            break


def _follows(text: str, found: list[Word], at: int, rest: tuple[str, ...]) -> bool:
    """Whether the words ``rest`` come right after word ``at``, with nothing but space or a hyphen between."""
    return all(_joined(text, found, i) and found[i + 1][0] == word for i, word in enumerate(rest, start=at))


def _joined(text: str, found: list[Word], at: int) -> bool:
    """Whether only space, hyphen or underscore stands between word ``at`` and the next."""
    return at + 1 < len(found) and not text[found[at][2] : found[at + 1][1]].strip(" \t\r\n\v\f\u00a0-_")


def _read(text: str, found: list[Word], first: int, entry: _Entry) -> Fact | None:
    """The fact of a lexicon entry that stands at word ``first``."""
    last = first + len(entry.rest)
    start, end = found[first][1], found[last][2]
    following, _, after = found[last + 1] if _joined(text, found, last) else ("", 0, 0)
    match entry.kind:
        case "negation":
            return _negated(text, found, last, start)
        case "number word":
            measure = measured(int(entry.value), following)
            return (*measure, start, after) if measure else ("count", entry.value, start, end)
        case "all":
            takes = following in lexicon.AFTER_ALL or (len(following) > 3 and following.endswith("s"))
            return ("count", "all", start, end) if takes else None
        case "via":
            return ("choice:via", following, start, after) if following and following not in _LEXICON else None
    return entry.kind, entry.value, start, end


def _negated(text: str, found: list[Word], last: int, start: int) -> Fact | None:
    """What the negator that ends at word ``last`` negates: the next telling word of the same clause."""
    wish: Fact | None = None
    for at in range(last, min(last + 5, len(found) - 1)):
        if not _joined(text, found, at):
            break
        word, _, end = found[at + 1]
        if word in lexicon.WISHES:
            wish = wish or ("negation", word, start, end)
        elif word not in lexicon.PASSED_OVER:
            return "negation", word, start, end
    return wish
