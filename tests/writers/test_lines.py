"""Files as records: lines, arrays and documents, plain and compressed, good and bad."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telltale.writers import compressed
from telltale.writers.files import opened
from telltale.writers.lines import MOST, Record, records


def read(data: bytes, **limits: int) -> list[Record]:
    return list(records(io.BytesIO(data), **limits))


def values(data: bytes, **limits: int) -> list[Any]:
    return [record.value if record.error is None else record.error.code for record in read(data, **limits)]


def test_lines_are_records_with_their_number_and_offset() -> None:
    found = read(b'{"a": 1}\r\n\n  {"a": 2}\n')
    assert [(record.value, record.line, record.offset) for record in found] == [({"a": 1}, 1, 0), ({"a": 2}, 3, 11)]


def test_a_byte_order_mark_is_taken() -> None:
    assert values(b'\xef\xbb\xbf{"a": 1}\n{"a": 2}') == [{"a": 1}, {"a": 2}]


def test_a_bad_line_is_an_error_in_its_place_and_the_rest_is_read() -> None:
    assert values(b'{"a": 1}\n{"a": NaN}\n{"a": "\xff"}\n{"a": 2') == [{"a": 1}, "BAD_NUMBER", "BAD_TEXT", "BAD_JSON"]


def test_a_bad_first_line_does_not_hide_the_others() -> None:
    assert values(b'{"a": \n{"a": 2}\n') == ["BAD_JSON", {"a": 2}]


def test_the_traces_in_an_array_are_records() -> None:
    found = read(json.dumps([{"text": "a"}, {"text": "é"}, {"text": "c"}], ensure_ascii=False, indent=2).encode())
    assert [(record.value["text"], record.line) for record in found] == [("a", 1), ("é", 2), ("c", 3)]


def test_one_bad_trace_in_an_array_leaves_the_others() -> None:
    assert values(b'[{"text": "a"},\n {"text": NaN},\n {"text": "c"}]') == [{"text": "a"}, "BAD_NUMBER", {"text": "c"}]


def test_a_list_of_messages_is_one_record() -> None:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    assert values(json.dumps(messages, indent=1).encode()) == [messages]
    assert values(json.dumps(messages).encode()) == [messages]


def test_lists_of_messages_on_lines_are_records_each() -> None:
    line = json.dumps([{"role": "user", "content": "hi"}]).encode()
    assert len(read(line + b"\n" + line)) == 2


def test_an_object_over_many_lines_is_one_record() -> None:
    assert values(b'{\n "messages": [\n ]\n}\n') == [{"messages": []}]


def test_a_document_over_the_cap_is_not_read_whole() -> None:
    assert values(b'{\n "messages": [1, 2, 3]\n}', most=20) == ["BAD_JSON", "LINE_TOO_LONG", "BAD_JSON"]


def test_an_overlong_line_is_one_error_and_the_next_line_is_read() -> None:
    data = b'{"a": 1}\n{"a": "' + b"x" * 1000 + b'"}\n{"a": 2}\n'
    found = read(data, most=100)
    assert [record.error.code if record.error else record.value["a"] for record in found] == [1, "LINE_TOO_LONG", 2]
    assert (found[1].line, found[1].offset, found[1].size) == (2, 9, 1010)


def test_a_line_of_exactly_the_longest_length_is_read() -> None:
    line = b'{"a": "' + b"x" * 91 + b'"}'
    assert len(line) == 100
    assert values(line + b"\n" + line, most=100) == [json.loads(line)] * 2


def test_a_line_of_200_mb_is_passed_over_without_being_held(tmp_path: Path) -> None:
    file = tmp_path / "huge.jsonl"
    with file.open("wb") as out:
        out.write(b'{"a": 1}\n{"a": "')
        out.seek(200 * 2**20)
        out.write(b'"}\n{"a": 2}\n')
    tracemalloc.start()
    with opened(file) as (stream, _):
        found = [r.error.code if r.error else r.value["a"] for r in records(stream, most=MOST // 4)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [1, "LINE_TOO_LONG", 2]
    assert peak < MOST


def test_gzip_is_read_as_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"a": 1}\n{"a": 2}\n'))
    with opened(file) as (stream, _):
        assert [record.value for record in records(stream)] == [{"a": 1}, {"a": 2}]


def test_a_small_gzip_of_a_huge_line_is_one_overlong_line(tmp_path: Path) -> None:
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(b'{"a": "' + b"x" * 10**7 + b'"}\n{"a": 2}\n'))
    with opened(file) as (stream, _):
        found = list(records(stream, most=10**5))
    assert [record.error.code if record.error else record.value for record in found] == ["LINE_TOO_LONG", {"a": 2}]


def test_skipped_records_are_not_read_again() -> None:
    assert [record.line for record in read(b'{"a": 1}\n{"a": 2}\n{"a": 3}', skip=2)] == [3]
    assert [record.line for record in read(b'[{"a": 1},\n{"a": 2},\n{"a": 3}]', skip=2)] == [3]


def test_a_list_in_one_line_over_the_cap_is_read_element_by_element() -> None:
    data = json.dumps([{"text": "a" * 60}, {"text": "b" * 200}, {"text": "c"}]).encode() + b"\n"
    found = read(data, most=100)
    assert [record.error.code if record.error else record.value["text"][0] for record in found] == [
        *("a", "LINE_TOO_LONG", "c"),
    ]


def test_a_bad_line_of_messages_does_not_make_an_array_of_the_file() -> None:
    line = json.dumps([{"role": "user", "content": "hi"}]).encode()
    assert values(line[:-3] + b"\n" + line + b"\n" + line) == ["BAD_JSON", json.loads(line), json.loads(line)]


def test_a_list_of_messages_over_the_cap_is_one_overlong_record() -> None:
    data = json.dumps([{"role": "user", "content": "x" * 40}] * 5, indent=1).encode()
    (found,) = read(data, most=100)
    assert (found.error and found.error.code, found.size) == ("LINE_TOO_LONG", len(data))


def zstd(data: bytes) -> bytes:
    import pyarrow as pa

    buffer = pa.BufferOutputStream()
    with pa.CompressedOutputStream(buffer, "zstd") as out:
        out.write(data)
    return bytes(buffer.getvalue().to_pybytes())


def test_zstd_is_read_as_what_it_holds_frame_after_frame(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl.zst"
    file.write_bytes(zstd(b'{"a": 1}\n') + zstd(b'{"a": 2}\n'))
    with opened(file) as (stream, _):
        assert [record.value for record in records(stream)] == [{"a": 1}, {"a": 2}]
        assert [record.line for record in records(stream, skip=1)] == [2], "it can be read again"


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_a_bomb_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]) -> None:
    monkeypatch.setattr(compressed, "LIKELY_BYTES", 10**6)
    file = tmp_path / "bomb"
    file.write_bytes(pack(b'{"a": 1}\n' + b" " * 10**8))
    with opened(file) as (stream, _):
        found = [record.error.code if record.error else record.value for record in records(stream, most=10**5)]
    assert found[-1] == "DECOMPRESSED_TOO_LARGE"


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_a_stream_that_breaks_off_says_so(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    whole = pack(b"".join(json.dumps({"a": n * 7919 % 10_007}).encode() + b"\n" for n in range(100_000)))
    (tmp_path / "broken").write_bytes(whole[: len(whole) // 2])
    with opened(tmp_path / "broken") as (stream, _):
        last = list(records(stream))[-1]
    assert last.error is not None
    assert last.error.code == "BAD_TEXT"
