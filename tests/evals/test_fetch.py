"""Public sets from a server on this machine and from local copies: proven, or not kept."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from telltale import BadArgument
from telltale.evals import convert
from telltale.evals.case_rows import Files
from telltale.evals.command import evaluate
from telltale.evals.fetch import addresses, fetch
from telltale.evals.originals import ORIGINALS, Original, Source

DOCUMENTS = (
    b'{"_id": "Ann", "title": "", "text": "Ann likes tea."}\n{"_id": "Bo", "title": "", "text": "Bo likes tea."}\n'
)
QUESTIONS = b'{"_id": "q0", "text": "Who likes tea?"}\n'
RIGHT = b'{"query-id": "q0", "corpus-id": "Ann", "score": 1}\n{"query-id": "q0", "corpus-id": "Bo", "score": 1}\n'
MADE = convert.limit(DOCUMENTS, QUESTIONS, RIGHT)
NAMES = ("a.jsonl", "b.jsonl", "c.jsonl")
SMALL = Original(
    folder="small",
    sources=(Source(repository="someone/small", commit="c0ffee", paths=NAMES),),
    licence="MIT",
    cite="Nobody 2020",
    sha256={"cases.jsonl": sha256(MADE["cases.jsonl"]).hexdigest()},
    convert=convert.limit,
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served" / "someone" / "small" / "c0ffee"
    folder.mkdir(parents=True)
    for name, raw in zip(NAMES, (DOCUMENTS, QUESTIONS, RIGHT), strict=True):
        (folder / name).write_bytes(raw)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served")))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_fetched_set_is_converted_proven_and_written(mirror: str, tmp_path: Path) -> None:
    (path,) = fetch(SMALL, tmp_path / "sets", mirror=mirror)
    assert path == tmp_path / "sets" / "small" / "cases.jsonl"
    asked = json.loads(path.read_text().splitlines()[-1])
    assert (asked["plans"], asked["has_match"]) == (["Ann", "Bo"], True)


def test_changed_originals_are_refused_and_leave_nothing_behind(mirror: str, tmp_path: Path) -> None:
    changed = tmp_path / "served" / "someone" / "small" / "c0ffee" / "a.jsonl"
    changed.write_bytes(DOCUMENTS.replace(b"tea", b"tee"))
    with pytest.raises(BadArgument, match=r"found sha256 .*, expected .*not those of that commit"):
        fetch(SMALL, tmp_path / "sets", mirror=mirror)
    assert not (tmp_path / "sets").exists()


def test_a_set_that_is_there_survives_a_fetch_that_fails(mirror: str, tmp_path: Path) -> None:
    (path,) = fetch(SMALL, tmp_path / "sets", mirror=mirror)
    (tmp_path / "served" / "someone" / "small" / "c0ffee" / "b.jsonl").unlink()
    with pytest.raises(BadArgument, match=r"404.*--data"):
        fetch(SMALL, tmp_path / "sets", mirror=mirror)
    assert path.read_bytes() == MADE["cases.jsonl"]
    assert {file.name for file in path.parent.iterdir()} == {"cases.jsonl", "SOURCE.json"}


def test_originals_that_are_something_else_are_refused(mirror: str, tmp_path: Path) -> None:
    (tmp_path / "served" / "someone" / "small" / "c0ffee" / "c.jsonl").write_text("<html>busy</html>")
    with pytest.raises(BadArgument, match="cannot be read"):
        fetch(SMALL, tmp_path / "sets", mirror=mirror)


def test_a_local_copy_is_proven_and_asks_no_network(tmp_path: Path) -> None:
    (tmp_path / "copies" / "small").mkdir(parents=True)
    copy = tmp_path / "copies" / "small" / "cases.jsonl"
    copy.write_bytes(MADE["cases.jsonl"])
    (path,) = fetch(SMALL, tmp_path / "sets", data=tmp_path / "copies", mirror="http://nowhere.invalid")
    assert path.read_bytes() == copy.read_bytes()
    copy.write_bytes(copy.read_bytes() + b"\n")
    with pytest.raises(BadArgument, match="the copy was changed"):
        fetch(SMALL, tmp_path / "other", data=tmp_path / "copies")


@pytest.mark.parametrize("address", ["file:///etc", "ftp://127.0.0.1", "/etc"])
def test_a_mirror_is_no_file_of_this_machine(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="https://"):
        fetch(SMALL, tmp_path, mirror=address)


def test_beside_the_files_stands_where_they_came_from(mirror: str, tmp_path: Path) -> None:
    (path,) = fetch(SMALL, tmp_path / "sets", mirror=mirror)
    told = json.loads(path.with_name("SOURCE.json").read_text())
    assert (told["licence"], told["cite"], told["files"]) == ("MIT", "Nobody 2020", dict(SMALL.sha256))
    assert told["originals"][f"{mirror}/someone/small/c0ffee/b.jsonl"] == sha256(QUESTIONS).hexdigest()


def test_clones_are_converted_and_ask_no_network(mirror: str, tmp_path: Path) -> None:
    folder = tmp_path / "served" / "someone" / "small"
    for name in NAMES:
        (folder / "c0ffee" / name).rename(folder / name)
    (path,) = fetch(SMALL, tmp_path / "sets", data=tmp_path / "served", mirror="http://nowhere.invalid")
    assert path.read_bytes() == MADE["cases.jsonl"]
    assert set(json.loads(path.with_name("SOURCE.json").read_text())["originals"].values()) == {None}
    with pytest.raises(BadArgument, match="neither small/ nor clones of someone/small"):
        fetch(SMALL, tmp_path / "other", data=tmp_path / "sets" / "small")


def listed(files: Iterator[tuple[str, bytes]]) -> Files:
    return {"cases.jsonl": "".join(f"{path} {raw.decode()}\n" for path, raw in files).encode()}


MANY = Original(
    folder="many",
    sources=(Source(repository="someone/many", commit="f00d", paths=("data",), archive="told.json"),),
    licence="MIT",
    cite="Nobody 2021",
    sha256={"cases.jsonl": sha256(b"data/a/told.json 1\ndata/b/told.json 2\n").hexdigest()},
    convert=listed,
)
KEPT = {"data/a/told.json": b"1", "data/b/told.json": b"2"}
PASSED_OVER = {"data/a/other.json": b"3", "elsewhere/told.json": b"4", "data/untold.json": b"5"}


@pytest.fixture
def archive(mirror: str, tmp_path: Path) -> Path:
    path = tmp_path / "served" / "someone" / "many" / "tar.gz" / "f00d"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as packed:
        for name, raw in (KEPT | PASSED_OVER).items():
            member = tarfile.TarInfo(f"many-f00d/{name}")
            member.size = len(raw)
            packed.addfile(member, io.BytesIO(raw))
        link = tarfile.TarInfo("many-f00d/data/c/told.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)
    return path


def test_of_an_archive_the_named_files_alone_are_read_and_no_link_is_followed(
    mirror: str, archive: Path, tmp_path: Path
) -> None:
    (path,) = fetch(MANY, tmp_path / "sets", mirror=mirror)
    assert path.read_text() == "data/a/told.json 1\ndata/b/told.json 2\n"


def test_an_archive_that_breaks_off_leaves_nothing_behind(mirror: str, archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:100])
    with pytest.raises(BadArgument, match="check the network"):
        fetch(MANY, tmp_path / "sets", mirror=mirror)
    assert not (tmp_path / "sets").exists()


def asked(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(evaluate, ["fetch", *arguments], input=answer)


def test_the_licence_is_shown_before_anything_is_fetched_and_no_means_no(tmp_path: Path) -> None:
    ran = asked("banking77", "--to", str(tmp_path / "sets"), "--mirror", "http://127.0.0.1:9", answer="n\n")
    assert ran.exit_code == 1
    assert "Creative Commons Attribution 4.0" in ran.output
    assert f"gives cases_oos.jsonl, SHA-256 {ORIGINALS['banking77'].sha256['cases_oos.jsonl']}" in ran.output
    assert "http://127.0.0.1:9/PolyAI-LDN/task-specific-datasets/57ec275d" in ran.output
    assert not (tmp_path / "sets").exists()


def test_an_unknown_set_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    ran = asked("bank", "--to", str(tmp_path))
    assert isinstance(ran.exception, BadArgument)
    assert "banking77" in str(ran.exception)


def test_every_set_is_proven_from_the_local_copies(shared_data: Path, tmp_path: Path) -> None:
    ran = asked("--all", "--to", str(tmp_path), "--data", str(shared_data), "--yes")
    assert ran.exit_code == 0, ran.output
    assert ran.output.count("verified") == sum(len(one.sha256) for one in ORIGINALS.values())


def test_an_address_names_the_commit() -> None:
    for one in ORIGINALS.values():
        commits = [source.commit for source in one.sources for _ in source.paths]
        assert all(commit in address for commit, address in zip(commits, addresses(one), strict=True))
