"""The elements of an array out of a stream: each in its place, however the stream is read and whatever is in it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.writers import elements as splitting
from telltale.writers.elements import Element, elements

LEAVES = st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\,[]{}é\n ')
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='k"\\,]'), inner))


def split(data: bytes, most: int = 10**6) -> list[Element]:
    return list(elements(io.BytesIO(data), most))


def texts(data: bytes, most: int = 10**6) -> list[Any]:
    return [element.fault or element.data for element in split(data, most)]


@given(st.lists(VALUES, min_size=1, max_size=5), st.integers(1, 9), st.sampled_from([None, 1]))
def test_the_elements_stand_where_they_say_however_the_stream_is_cut(
    values: list[Any], piece: int, indent: int | None
) -> None:
    data = b" " + json.dumps(values, ensure_ascii=False, indent=indent).encode() + b"\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "_PIECE", piece)
        found = split(data)
    assert [json.loads(element.data or b"") for element in found] == values
    assert all(data[e.offset : e.offset + e.size] == e.data for e in found)


def test_an_empty_array_has_none() -> None:
    assert split(b" [ \n ]\n") == []


def test_an_element_that_is_too_long_is_passed_over() -> None:
    long = b'{"a": "' + b"x" * 100 + b'"}'
    found = split(b'[{"a": 1}, ' + long + b', {"a": 2}]', most=50)
    assert [element.data for element in found] == [b'{"a": 1}', None, b'{"a": 2}']
    assert (found[1].offset, found[1].size) == (11, len(long))


def test_a_broken_element_costs_itself_alone() -> None:
    assert texts(b'[{"a": ]}, {"b" 1}, 7 8, {"c": 3}]') == [b'{"a": ]}', b'{"b" 1}', b"7 8", b'{"c": 3}']


@pytest.mark.parametrize("data", [b'[{"a": 1}, {"a"', b'[{"a": 1},', b'[{"a": 1}', b'[{"a": 1}, "x\\'])
def test_an_array_that_breaks_off_says_so_at_its_end(data: bytes) -> None:
    *_, last = texts(data)
    assert "breaks off" in last


def test_what_follows_the_array_is_told_of() -> None:
    assert texts(b"[1, 2] {}") == [b"1", b"2", "something follows the array; write one JSON value, or one a line"]
