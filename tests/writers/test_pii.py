"""E-mail addresses, phone and card numbers go where it is asked for; numbers that are something else stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.writers.redact import redact

KEY = b"k" * 32


def kinds(text: str) -> list[str]:
    return [part.split(":")[1] for part in redact(text, KEY, pii=True).split("[")[1:]]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to ann.smith+news@mail.example.co.uk, please", "email"),
        ('{"mail": "A_B@example.org"}', "email"),
        ("call +49 30 901820-0", "phone"),
        ("call +1 (415) 555-0132 today", "phone"),
        ("tel:+442071838750", "phone"),
        ("(415) 555-0132", "phone"),
        ("415-555-0132", "phone"),
        ("card 4111 1111 1111 1111, exp 12/29", "card"),
        ('"card": "5500005555555559"', "card"),
        ("378282246310005", "card"),
    ],
)
def test_what_tells_who_somebody_is_goes_where_it_is_asked_for(text: str, kind: str) -> None:
    assert kinds(text) == [kind]
    assert redact(text, KEY) == text, "a switch"


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112 fails the check",
        "order 9703292036742 of 2026-01-31 at 12:30:59.123",
        "0000 0000 0000 0000",
        "commit 4111111111111111abcdef, 192.168.100.200:8080, v1.22.333",
        "1700000000000 ms, 3.14159265358979, 1e+10, #W2378156",
        "git@github.com:a/b.git user@host npm i @scope/name@1.2.3",
        "uuid 12345678-1234-1234-1234-123456789012",
        "range 100-200-3000 and 555-0132",
    ],
)
def test_numbers_that_are_something_else_stay(text: str) -> None:
    left = text.replace("git@github.com", "")  # which is an address in form
    assert redact(left, KEY, pii=True) == left


def test_one_number_has_one_name_however_it_is_written() -> None:
    spaced, plain = (redact(text, KEY, pii=True) for text in ("4111 1111 1111 1111", "4111111111111111"))
    assert spaced == plain
    assert redact("ANN@example.com", KEY, pii=True) == redact("ann@example.com", KEY, pii=True)


@given(st.text(alphabet="0123456789 +-().@aZ", max_size=60))
def test_redacting_people_twice_changes_nothing(text: str) -> None:
    once = redact(text, KEY, pii=True)
    assert redact(once, KEY, pii=True) == once


@pytest.mark.parametrize("text", ["1" * 300_000, "+1 " * 100_000, "a@" * 150_000, "a.a" * 100_000, "4111 " * 60_000])
def test_a_long_near_miss_is_left_as_it_is(text: str) -> None:
    """It would not end in our time if the work grew faster than the text."""
    assert len(redact(text, KEY, pii=True)) > 1_000
