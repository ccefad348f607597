"""What tells who a person is: e-mail addresses, phone numbers, card numbers. Looked for only where it is asked for.

A phone number must be written as one (with its country, or in groups), a card number must pass Luhn's check: order
numbers, dates and times are neither. Names and postal addresses are not found; that takes a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .hidden import Secret

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}+@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
_PHONE = re.compile(
    r"(?<![\w.+/-])(?:\+[1-9](?:[ ().-]{0,2}[0-9]){7,14}|\([0-9]{3}\)[ .-]?[0-9]{3}[ .-][0-9]{4}"
    r"|(?:1[ .-])?[2-9][0-9]{2}([.-])[2-9][0-9]{2}\1[0-9]{4})(?![\w/-]|\.[0-9])"
)
_CARD = re.compile(
    r"(?<![\w.+/-])[2-6][0-9]{3}(?:([ -]?)[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}|[ -]?[0-9]{6}[ -]?[0-9]{5})(?![\w/-]|\.[0-9])"
)


def people(text: str) -> Iterator[Secret]:
    """The addresses and numbers in ``text``, in order."""
    found: list[Secret] = []
    if "@" in text:
        found += (Secret(one.start(), one.end(), "email", one[0].lower()) for one in _EMAIL.finditer(text))
    if any(map(str.isdigit, text)):
        found += (
            Secret(one.start(), one.end(), "card", _digits(one[0])) for one in _CARD.finditer(text) if _is_card(one[0])
        )
        found += (
            Secret(one.start(), one.end(), "phone", _digits(one[0]))
            for one in _PHONE.finditer(text)
            if _is_phone(one[0])
        )
    yield from sorted(found, key=lambda one: (one.start, -one.end))


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _is_phone(text: str) -> bool:
    return 8 <= len(_digits(text)) <= 15


def _is_card(text: str) -> bool:
    """13 to 19 digits whose check digit is right (ISO/IEC 7812-1, annex B)."""
    digits = [int(digit) for digit in _digits(text)]
    doubled = [
        digit if at % 2 == 0 else (digit * 2 - 9 if digit > 4 else digit * 2) for at, digit in enumerate(digits[::-1])
    ]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0 and len(set(digits)) > 1
