"""What other JSON readers let through in silence is refused with a code, and nothing else is."""

from __future__ import annotations

import json
import math
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.errors import RecordError
from telltale.writers import strict_json

NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_what_json_writes_is_read_as_json_reads_it(value: Any, escaped: bool) -> None:
    data = json.dumps(value, ensure_ascii=escaped).encode()
    assert strict_json.loads(data) == json.loads(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a": 1, "b": {"c": 2, "c": 3}}', "DUPLICATE_KEY"),
        (b'{"a": NaN}', "BAD_NUMBER"),
        (b"[-Infinity]", "BAD_NUMBER"),
        (b"[1e999]", "BAD_NUMBER"),
        (b"[18446744073709551616]", "BAD_NUMBER"),
        (b"[-9223372036854775809]", "BAD_NUMBER"),
        (b"[" + b"9" * 5000 + b"]", "BAD_NUMBER"),
        (b"[" * 65 + b"]" * 65, "TOO_DEEP"),
        (b"[" * 100_000, "TOO_DEEP"),
        (b'{"a":' * 100_000, "TOO_DEEP"),
        (b'["\\ud800"]', "BAD_TEXT"),
        (b'{"\\udc00": 1}', "BAD_TEXT"),
        (b'["caf\xe9"]', "BAD_TEXT"),
        (b'{"a": 1', "BAD_JSON"),
        (b'{"a": 1} x', "BAD_JSON"),
        (b"", "BAD_JSON"),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else value,
)
def test_bad_json_is_refused_with_its_code(data: bytes, code: str) -> None:
    with pytest.raises(RecordError) as refused:
        strict_json.loads(data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}\r\n', {"a": 1}),
        (b"[18446744073709551615, -9223372036854775808]", [2**64 - 1, -(2**63)]),
        (b'["\\ud83d\\ude00", "\\\\ud800"]', ["\U0001f600", "\\ud800"]),
        (b"[" * 64 + b"]" * 64, reduce(lambda held, _: [held], range(63), list[Any]())),
        (b'["' + b"[" * 100 + b'"]', ["[" * 100]),
        (b'[{"a": 1}, {"a": 1}]', [{"a": 1}, {"a": 1}]),
    ],
)
def test_good_json_that_is_easily_refused_is_read(data: bytes, value: Any) -> None:
    assert strict_json.loads(data) == value


def test_the_offset_counts_bytes_and_names_the_bad_one() -> None:
    with pytest.raises(RecordError) as refused:
        strict_json.loads('{"é": 1, x}'.encode())
    assert refused.value.offset == 10
    with pytest.raises(RecordError) as refused:
        strict_json.loads(b'["ab\xff"]')
    assert refused.value.offset == 4


def test_an_unfinished_string_of_escapes_takes_no_longer_than_its_length() -> None:
    with pytest.raises(RecordError):
        strict_json.loads(b"[" * 65 + b'"' + b'\\"' * 10**6)


@pytest.mark.parametrize("data", [b'{"a":1,"a":"\\u003a"}', b'{"a": ":", "a": 1}', b'{"\\u0061":1,"a":2}'])
def test_a_colon_within_a_text_does_not_hide_a_duplicate_key(data: bytes) -> None:
    with pytest.raises(RecordError, match="DUPLICATE_KEY"):
        strict_json.loads(data)


@given(VALUES)
def test_both_ways_of_reading_say_the_same(value: Any) -> None:
    data = json.dumps(value).encode()
    assert strict_json.loads(data) == strict_json._slowly(data) == value


@given(st.floats())
def test_no_number_comes_out_that_is_not_finite(value: float) -> None:
    data = json.dumps(value).encode()
    if math.isfinite(value):
        assert strict_json.loads(data) == value
        return
    with pytest.raises(RecordError):
        strict_json.loads(data)
