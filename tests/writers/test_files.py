"""What paths, patterns, addresses and standard input name, and how what is there is read."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fsspec
import pytest

from telltale.memory.errors import BadArgument
from telltale.writers import files as finding
from telltale.writers.files import Input, expand


@pytest.fixture
def bucket() -> Iterator[str]:
    """A bucket in working memory."""
    store = fsspec.filesystem("memory")
    for name, data in (("a.jsonl", b'{"a": 1}\n'), ("in/b.jsonl.gz", gzip.compress(b"{}\n")), (".hidden", b"x")):
        store.pipe(f"/runs/{name}", data)
    yield "memory://runs"
    store.rm("/runs", recursive=True)


def names(*paths: str | Path) -> list[str]:
    return [file.name for file in expand(paths)]


def held(file: Input) -> bytes:
    with file.opened() as (stream, _):
        return stream.read()


def test_a_bucket_is_read_whole_by_pattern_or_by_name(bucket: str) -> None:
    assert names(bucket) == names(f"{bucket}/") == ["memory://runs/a.jsonl", "memory://runs/in/b.jsonl.gz"]
    assert names(f"{bucket}/*.jsonl") == names(f"{bucket}/a.jsonl") == ["memory://runs/a.jsonl"]
    assert names(f"{bucket}/**/*.gz") == ["memory://runs/in/b.jsonl.gz"]


def test_an_object_is_read_like_a_file(bucket: str) -> None:
    one, packed = expand([bucket])
    assert (one.source, one.size, held(one), held(packed)) == ("a.jsonl", 9, b'{"a": 1}\n', b"{}\n")
    assert (packed.beside("../a.jsonl"), packed.beside("none")) == (b"", b"")
    assert one.beside("a.jsonl") == b'{"a": 1}\n'
    assert one.modified is not None


def test_an_object_is_another_once_it_is_written_anew(bucket: str) -> None:
    before = next(expand([bucket])).digest()
    assert next(expand([bucket])).digest() == before
    fsspec.filesystem("memory").pipe("/runs/a.jsonl", b'{"a": 12}\n')
    assert next(expand([bucket])).digest() != before


@pytest.mark.parametrize("address", ["memory://nowhere", "memory://runs/*.csv", "nosuch://runs"])
def test_an_address_that_names_nothing_is_refused(bucket: str, address: str) -> None:
    with pytest.raises(BadArgument, match="check the address"):
        names(address)


def test_standard_input_is_read_once_and_can_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    finding._standard_input.cache_clear()
    monkeypatch.setattr(finding, "_SPOOLED", 4)
    given: Any = SimpleNamespace(buffer=io.BytesIO(gzip.compress(b'{"a": 1}\n')))
    monkeypatch.setattr(sys, "stdin", given)
    (file,) = expand(["-"])
    assert (held(file), held(file)) == (b'{"a": 1}\n', b'{"a": 1}\n')
    assert (file.name, file.source, file.size) == ("-", "stdin", len(given.buffer.getvalue()))
    assert file.digest() == file.digest()


def test_a_file_is_named_once_whatever_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"{}")
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "a.jsonl")
    assert len(names(tmp_path, tmp_path / "*.jsonl", tmp_path / "a.jsonl")) == 1


def test_what_is_beside_a_file_is_read_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"{}")
    (tmp_path / "result.json").write_bytes(b"[]")
    (file, _) = expand([tmp_path])
    assert (file.beside("result.json"), file.beside("none.json")) == (b"[]", b"")
