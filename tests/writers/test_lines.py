"""Files as records: lines, arrays and documents, plain and compressed, good and bad."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

from telltale.writers.lines import MAX_LINE, Record, opened, records


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
    assert values(b'{\n "messages": [1, 2, 3]\n}', max_document=10) == ["BAD_JSON", "BAD_JSON", "BAD_JSON"]


def test_an_overlong_line_is_one_error_and_the_next_line_is_read() -> None:
    data = b'{"a": 1}\n{"a": "' + b"x" * 1000 + b'"}\n{"a": 2}\n'
    found = read(data, max_line=100)
    assert [record.error.code if record.error else record.value["a"] for record in found] == [1, "LINE_TOO_LONG", 2]
    assert (found[1].line, found[1].offset, found[1].size) == (2, 9, 1010)


def test_a_line_of_exactly_the_longest_length_is_read() -> None:
    line = b'{"a": "' + b"x" * 91 + b'"}'
    assert len(line) == 100
    assert values(line + b"\n" + line, max_line=100) == [json.loads(line)] * 2


def test_a_line_of_100_mb_is_passed_over_without_being_held(tmp_path: Path) -> None:
    file = tmp_path / "huge.jsonl"
    with file.open("wb") as out:
        out.write(b'{"a": 1}\n{"a": "')
        out.seek(100 * 2**20)
        out.write(b'"}\n{"a": 2}\n')
    tracemalloc.start()
    with opened(file) as (stream, _):
        found = [record.error.code if record.error else record.value["a"] for record in records(stream)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [1, "LINE_TOO_LONG", 2]
    assert peak < 3 * MAX_LINE


def test_gzip_is_read_as_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"a": 1}\n{"a": 2}\n'))
    with opened(file) as (stream, _):
        assert [record.value for record in records(stream)] == [{"a": 1}, {"a": 2}]


def test_a_small_gzip_of_a_huge_line_is_one_overlong_line(tmp_path: Path) -> None:
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(b'{"a": "' + b"x" * 10**7 + b'"}\n{"a": 2}\n'))
    with opened(file) as (stream, _):
        found = list(records(stream, max_line=10**5, max_document=10**5))
    assert [record.error.code if record.error else record.value for record in found] == ["LINE_TOO_LONG", {"a": 2}]


def test_a_gzip_that_breaks_off_says_so(tmp_path: Path) -> None:
    file = tmp_path / "broken.gz"
    whole = gzip.compress(b"".join(json.dumps({"a": n}).encode() + b"\n" for n in range(10_000)))
    file.write_bytes(whole[: len(whole) // 2])
    with opened(file) as (stream, _):
        last = list(records(stream))[-1]
    assert last.error is not None
    assert last.error.code == "BAD_TEXT"


def test_skipped_records_are_not_read_again() -> None:
    assert [record.line for record in read(b'{"a": 1}\n{"a": 2}\n{"a": 3}', skip=2)] == [3]
    assert [record.line for record in read(b'[{"a": 1},\n{"a": 2},\n{"a": 3}]', skip=2)] == [3]
