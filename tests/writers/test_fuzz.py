"""Mutilated real traces: whatever is done to them, nothing is lost, and each reject says where and why."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from telltale.memory.store import TenantStore
from telltale.writers.files import opened
from telltale.writers.formats.detect import Reading
from telltale.writers.ingest import ingest

LARGEST = 40_000  # bytes of a file that is mutilated, so that ten thousand take minutes
CODES = {
    *("BAD_JSON", "BAD_TEXT", "BAD_NUMBER", "DUPLICATE_KEY", "TOO_DEEP", "LINE_TOO_LONG", "EMPTY_TRACE", "NO_TASK"),
    *("UNKNOWN_FORMAT", "BAD_FIELD", "DECOMPRESSED_TOO_LARGE"),
}
ODD = (
    *(b"NaN", b"-Infinity", b"1e999", b"9" * 30, b'"\\ud800"', b"\xff\xfe", b"\x00", b'"a":1,"a":2', b"[" * 70),
    *(b"null", b"true", b"{}", b"[]", b'""', b"\n", b"\\", b'"', b"\xef\xbb\xbf", b"}{", b",,", "é\u2028".encode()),
)


def cut_off(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def drop(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[at + rng.randint(1, 50) :]


def flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data or b"x")
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def insert(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(ODD) + data[at:]


def swap_values(data: bytes, rng: random.Random) -> bytes:
    """One value of the document, or of one of its lines, replaced by another kind of value."""
    lines = data.splitlines() or [b""]
    place = rng.randrange(len(lines))
    for whole, part in ((True, data), (False, lines[place])):
        try:
            value = json.loads(part)
        except ValueError:
            continue
        changed = json.dumps(_changed(value, rng)).encode()
        return changed if whole else b"\n".join([*lines[:place], changed, *lines[place + 1 :]])
    return data


def _changed(value: object, rng: random.Random) -> object:
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        return value | {key: _changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        return [*value[:at], _changed(value[at], rng), *value[at + 1 :]]
    return rng.choice([None, True, -1, 10**18, 0.5, "", "x", [], {}, [None], {"": ""}, [[]], {"role": "user"}])


MUTATIONS: Sequence[Callable[[bytes, random.Random], bytes]] = (cut_off, drop, flip, insert, swap_values)


def mutilate(folder: Path, originals: Sequence[Path], count: int, rng: random.Random) -> None:
    for number in range(count):
        original = rng.choice(originals)
        data = original.read_bytes()
        for _ in range(rng.randint(1, 3)):
            data = rng.choice(MUTATIONS)(data, rng)
        (folder / f"{number:05}{original.suffix}").write_bytes(data)


def nothing_is_lost(tenant: TenantStore, shared_data: Path, tmp_path: Path, count: int) -> None:
    files = sorted(path for path in (shared_data / "traces").rglob("*") if path.is_file() and path.name != "SOURCE.md")
    (folder := tmp_path / "mutilated").mkdir()
    mutilate(folder, [file for file in files if file.stat().st_size <= LARGEST], count, random.Random(count))
    rejects = tmp_path / "rejects.jsonl"
    summary = ingest(folder, tenant, rejects=rejects)
    told = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert len(told) == summary.rejected > 0
    assert {reject["code"] for reject in told} <= CODES
    assert all(reject["reason"] and reject["line"] >= 0 and reject["offset"] >= 0 for reject in told)
    formats = summary.by_format.values()
    assert (sum(one.files for one in formats), sum(one.rejects for one in formats)) == (count, summary.rejected)
    assert summary.stored + summary.duplicates == sum(one.episodes for one in formats)
    for file in folder.iterdir():
        assert_every_record_came_to_something(file)


def assert_every_record_came_to_something(file: Path) -> None:
    with opened(file) as (stream, _):
        reading = Reading(stream, file.name)
        found = {(one.record.line, one.record.offset) for one in reading}
    if reading.resumable:  # its records stand alone
        assert len(found) == reading.read
    else:
        assert found


def test_three_hundred_mutilated_traces_go_in_or_are_refused(
    tenant: TenantStore, shared_data: Path, tmp_path: Path
) -> None:
    nothing_is_lost(tenant, shared_data, tmp_path, 300)


@pytest.mark.long
def test_ten_thousand_mutilated_traces_go_in_or_are_refused(
    tenant: TenantStore, shared_data: Path, tmp_path: Path
) -> None:
    nothing_is_lost(tenant, shared_data, tmp_path, 10_000)
