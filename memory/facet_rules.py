"""Facts that have a shape: amounts, dates, times, durations, quantities, identifiers, versions, error codes.

Each rule is a compiled pattern over lower-cased text and a reader of its match; a rule that stands earlier claims its
span from the later ones. Patterns begin with a plain character class wherever they can, which lets the regular
expression engine skip to the digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from .facet_units import CURRENCIES, SCALES, date, measured, number, plain
from .lexicon import EXTENSIONS, NOT_PLURAL, SOFTWARE, THINGS

Found = tuple[str, str, int] | None  # kind, value, end of the span; None: no fact after all


class Rule(NamedTuple):
    """One pattern and its reader; ``needs`` is a string without which the pattern cannot match ('' = a digit)."""

    needs: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Found]


_NAMED = (  # what stands before a bare number -> the kind of the fact
    {thing: f"identifier:{thing}" for thing in THINGS}
    | {"zipcode": "identifier:zip", "postcode": "identifier:zip"}
    | dict.fromkeys(SOFTWARE, "version")
    | dict.fromkeys(("http", "status", "error", "err", "exit", "errno"), "error_code")
)
_BEFORE = re.compile(r"([a-z]+)\s*(?:(?:number|no\.?|nr\.?|ids?|code|status|ending in)\s*)?[:#=]?\s*#?$")
_DIGITS, _NOT_DIGIT, _LETTERS = re.compile(r"[0-9]+"), re.compile(r"[^0-9]"), re.compile(r"[a-z]+")
_LEAD = re.compile(r"[a-z]{1,3}(?=-?[0-9])")
_HEX = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{7,}")
_ERROR_NUMBER, _HTTP_ERROR = re.compile(r"e[0-9]{3,5}"), re.compile(r"[45][0-9][0-9]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _named(match: re.Match[str]) -> tuple[str, str]:
    """What the number at ``match`` is called by the word before it, and the kind that makes it; else empty."""
    before = _BEFORE.search(match.string[max(0, match.start() - 32) : match.start()])
    return (before[1], _NAMED[before[1]]) if before and before[1] in _NAMED else ("", "")


def _amount(match: re.Match[str]) -> Found:
    value = number(match[2]) * SCALES.get(match[3] or "", 1)
    return "amount", f"{CURRENCIES[match[1]]} {value:.2f}", match.end()


def _measure(match: re.Match[str]) -> Found:
    found = measured(number(match[1]) * SCALES.get(match[2] or "", 1), match[3])
    return (*found, match.end()) if found else None


def _hours_and_minutes(match: re.Match[str]) -> Found:
    found = measured(int(match[1]) * 60 + int(match[2]), "min")
    return (*found, match.end()) if found else None


def _dated(readings: set[str | None], match: re.Match[str]) -> Found:
    known = sorted(filter(None, readings))
    return ("date", " or ".join(known), match.end()) if known else None


def _iso_date(match: re.Match[str]) -> Found:
    return _dated({date(match[1], int(match[2]), match[3])}, match)


def _numeric_date(match: re.Match[str]) -> Found:
    """Both readings of 5/3/2024, where both are dates; with dots the day comes first."""
    first, mark, second, year = match.groups()
    day_first = date(year, int(second), first)
    return _dated({day_first} if mark == "." else {day_first, date(year, int(first), second)}, match)


def _day_month(match: re.Match[str]) -> Found:
    return _dated({date(match[3], _MONTHS.index(match[2][:3]) + 1, match[1])}, match)


def _month_day(match: re.Match[str]) -> Found:
    return _dated({date(match[3] or match[4], _MONTHS.index(match[1][:3]) + 1, match[2])}, match)


def _time(match: re.Match[str]) -> Found:
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    hour = hour % 12 + (12 if half[0] == "p" else 0) if half else hour
    return "time", f"{hour:02d}:{minute:02d}", match.end()


def _phone(match: re.Match[str]) -> Found:
    digits = _NOT_DIGIT.sub("", match[0])
    return ("identifier:phone", digits, match.end()) if 9 <= len(digits) <= 15 else None


def _version(match: re.Match[str]) -> Found:
    said = match[1].removeprefix("v").rstrip(".")
    if not said or (said == match[1] and said.count(".") < 2):
        return None
    name, kind = _named(match)
    return f"version:{name}" if kind == "version" else "version", said, match.end()


def _identifier(match: re.Match[str]) -> Found:
    """A token of letters and digits, or a long run of digits: its kind is its shape."""
    token = match[0].lstrip("#")
    if token.isdigit():
        return ("identifier:9", token, match.end()) if len(token) >= 7 and match[0] == token else None
    if _ERROR_NUMBER.fullmatch(token):
        return "error_code", token.upper(), match.end()
    if _HEX.fullmatch(token):
        return "identifier:hex", token, match.end()
    if token[0].isdigit() and (len(token) < 6 or "-" in token):
        return None
    return f"identifier:{shape(token)}", token.upper(), match.end()


def shape(token: str) -> str:
    """The pattern of an identifier: digits become 9, words A; a leading run of up to three letters stays.

    >>> shape("w6067464"), shape("sku-123"), shape("raj_lee_3061")
    ('W9', 'SKU-9', 'A_A_9')
    """
    lead = _LEAD.match(token)
    head = lead[0].upper() if lead else ""
    return head + _LETTERS.sub("A", _DIGITS.sub("9", token[len(head) :]))


def _bare(match: re.Match[str]) -> Found:
    """A number without a unit: what the word before or after makes of it."""
    name, kind = _named(match)
    if kind == "version":
        return (kind if name in ("version", "release") else f"version:{name}"), match[1], match.end(1)
    if kind == "error_code":
        http = name in ("http", "status") or _HTTP_ERROR.fullmatch(match[1])
        return kind, f"{'HTTP' if http else name.upper()} {match[1]}", match.end(1)
    if kind:
        return kind, match[1], match.end(1)
    value, after = plain(number(match[1])), match[2] or ""
    if after == "x" or (len(after) > 2 and after.endswith("s") and after not in NOT_PLURAL):
        return "count", value, match.end(2)
    hashed = match.string[match.start() - 1 : match.start()] == "#"
    return "identifier:#9" if hashed else "number", value, match.end(1)


def _file_type(match: re.Match[str]) -> Found:
    return ("file_type", match[1], match.end()) if match[1] in EXTENSIONS else None


def _whole(kind: str) -> Callable[[re.Match[str]], Found]:
    def read(match: re.Match[str]) -> Found:
        said = match[0].rstrip(".,;:!?)'\"")
        return kind, said, match.start() + len(said)

    return read


_D = r"[0-9](?<![\w.,/@-][0-9])"  # the first digit of a number that nothing is glued to
_NUM = (
    rf"{_D}(?:[0-9]{{0,2}}(?:,[0-9]{{3}})+(?:\.[0-9]{{1,6}})?|[0-9]{{0,2}}(?:\.[0-9]{{3}})+,[0-9]{{1,2}}"
    r"|[0-9]{0,14}(?:[.,][0-9]{1,6})?)(?![0-9])"
)
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_SCALE = r"(?:\s?(k|m|bn|thousand|million|billion)(?!\w))?"
_HOURS = r"\s*h(?:ours?|rs?)?\s*(?:and\s+)?([0-9]{1,2})\s*m(?:in(?:ute)?s?)?\b"
RULES: tuple[Rule, ...] = tuple(
    Rule(needs, re.compile(pattern), read)
    for needs, pattern, read in (
        ("@", r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+", _whole("identifier:email")),
        ("://", r"https?://[^\s<>\"]+", _whole("identifier:url")),
        ("-", r"[0-9a-f]{8}(?<!\w.{8})-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", _whole("identifier:uuid")),
        (".", rf"{_D}[0-9]{{0,2}}(?:\.[0-9]{{1,3}}){{3}}(?![\w.])", _whole("identifier:ip")),
        ("-", rf"({_D}[0-9]{{3}})-([0-9]{{1,2}})-([0-9]{{1,2}})(?![0-9-])", _iso_date),
        ("", rf"({_D}[0-9]?)([/.-])([0-9]{{1,2}})\2([0-9]{{4}}|[0-9]{{2}})(?![\w/-])", _numeric_date),
        ("", rf"({_D}[0-9]?)(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+([0-9]{{4}}))?\b", _day_month),
        ("", rf"\b{_MONTH}\s+(?:([0-9]{{1,2}})(?:st|nd|rd|th)?(?:,?\s+([0-9]{{4}}))?|([0-9]{{4}}))\b", _month_day),
        ("", rf"([$€£¥₹])\s*({_NUM}){_SCALE}", _amount),
        ("", rf"(usd|eur|gbp|jpy|inr|cad|aud|chf|cny|sek)(?<!\w...)\s*({_NUM}){_SCALE}", _amount),
        ("", rf"({_D}[0-9]{{0,2}}){_HOURS}", _hours_and_minutes),
        ("", rf"({_D}[0-9]?)(?::([0-9]{{2}})(?::[0-9]{{2}})?)?\s*([ap]\.?m\b)", _time),
        (":", rf"({_D}[0-9]?):([0-9]{{2}})(?::[0-9]{{2}})?()(?![\w:])", _time),
        ("", r"([v0-9](?<![\w.].)[0-9]*(?:\.[0-9]+)*)(?![\w%])", _version),
        ("", rf"({_NUM})\s*+(?:-\s*+)?(?:(k|thousand|million|billion)\s+)?([a-z]+|[%°$€£¥₹][cf]?)(?!\w)", _measure),
        ("+", r"\+[0-9]{1,3}(?:[\s().-]{1,8}[0-9]{2,5}){2,5}(?!\w)", _phone),
        ("", r"[(0-9](?<![\w.,].)[0-9]{2,3}\)?[\s.-]{1,8}[0-9]{3}[\s.-]{1,8}[0-9]{4}(?!\w)", _phone),
        ("err_", r"err_(?<!\w....)[a-z0-9_]*[a-z0-9]", lambda match: ("error_code", match[0].upper(), match.end())),
        ("", r"(?<![\w@./#-])#?(?=[a-z_-]*+[0-9])[a-z0-9]+(?:[-_][a-z0-9]+)*(?!\w)", _identifier),
        ("", rf"({_NUM})(?:\s*([a-z]+))?", _bare),
        (".", r"\.([a-z][a-z0-9]{1,6})\b", _file_type),
    )
)  # fmt: skip
