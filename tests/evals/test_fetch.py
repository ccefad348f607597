"""Public sets from a server on this machine and from local copies: proven, or not kept."""

from __future__ import annotations

import csv
import io
import json
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
from telltale.evals.command import evaluate
from telltale.evals.fetch import addresses, fetch
from telltale.evals.originals import ORIGINALS, Original

DOCUMENTS = (
    b'{"_id": "Ann", "title": "", "text": "Ann likes tea."}\n{"_id": "Bo", "title": "", "text": "Bo likes tea."}\n'
)
QUESTIONS = b'{"_id": "q0", "text": "Who likes tea?"}\n'
RIGHT = b'{"query-id": "q0", "corpus-id": "Ann", "score": 1}\n{"query-id": "q0", "corpus-id": "Bo", "score": 1}\n'
MADE = convert.limit(DOCUMENTS, QUESTIONS, RIGHT)
SMALL = Original(
    folder="small",
    repository="someone/small",
    commit="c0ffee",
    paths=("a.jsonl", "b.jsonl", "c.jsonl"),
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
    for name, raw in zip(SMALL.paths, (DOCUMENTS, QUESTIONS, RIGHT), strict=True):
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
    with pytest.raises(BadArgument, match=r"found sha256 .*, expected .*on their way"):
        fetch(SMALL, tmp_path / "sets", mirror=mirror)
    assert not (tmp_path / "sets").exists()


def test_a_set_that_is_there_survives_a_fetch_that_fails(mirror: str, tmp_path: Path) -> None:
    (path,) = fetch(SMALL, tmp_path / "sets", mirror=mirror)
    (tmp_path / "served" / "someone" / "small" / "c0ffee" / "b.jsonl").unlink()
    with pytest.raises(BadArgument, match=r"404.*--data"):
        fetch(SMALL, tmp_path / "sets", mirror=mirror)
    assert path.read_bytes() == MADE["cases.jsonl"]
    assert [file.name for file in path.parent.iterdir()] == ["cases.jsonl"]


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


def test_a_set_without_converter_says_where_a_copy_goes(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match=r"--data with a folder that holds alfred/cases\.jsonl"):
        fetch(ORIGINALS["alfred"], tmp_path)


def asked(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(evaluate, ["fetch", *arguments], input=answer)


def test_the_licence_is_shown_before_anything_is_fetched_and_no_means_no(tmp_path: Path) -> None:
    ran = asked("banking77", "--to", str(tmp_path / "sets"), "--mirror", "http://127.0.0.1:9", answer="n\n")
    assert ran.exit_code == 1
    assert "Creative Commons Attribution 4.0" in ran.output
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
    assert all(f"/{one.commit}/" in address for one in ORIGINALS.values() for address in addresses(one))


# The originals as they were, as far as case files tell: each converter has to give those files again, byte for byte.


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def proven(name: str, made: convert.Files) -> bool:
    return all(sha256(made[file]).hexdigest() == digest for file, digest in ORIGINALS[name].sha256.items())


def test_limit_is_converted_to_the_published_file(shared_data: Path) -> None:
    folder = shared_data / "limit_small"
    given = [(folder / name).read_bytes() for name in ("corpus.jsonl", "queries.jsonl", "qrels.jsonl")]
    assert proven("limit", convert.limit(*given))


def test_banking77_is_converted_to_the_published_files(shared_data: Path) -> None:
    rows = rows_of(shared_data / "banking77" / "cases.jsonl")

    def table(split: str) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(
            [("text", "category"), *((row["text"], row["plan"]) for row in rows if row["split"] == split)]
        )
        return text.getvalue().encode()

    assert proven("banking77", convert.banking77(table("memory"), table("query")))


def test_clinc150_is_converted_to_the_published_file(shared_data: Path) -> None:
    rows = rows_of(shared_data / "clinc150_val" / "cases.jsonl")
    full: dict[str, list[list[str]]] = {"val": [], "oos_val": []}
    domains: dict[str, list[str]] = {}
    for row in rows:
        full[row["source"].partition(":")[2]].append([row["text"], row["plan"] or "oos"])
        if row["plan"]:
            domains.setdefault(row["domain"], []).append(row["plan"])
    assert proven("clinc150", convert.clinc150(json.dumps(full).encode(), json.dumps(domains).encode()))


def test_tau_retail_is_read_from_python_without_running_it(shared_data: Path) -> None:
    rows = rows_of(shared_data / "tau_retail" / "cases.jsonl")

    def task(row: dict[str, Any]) -> str:
        actions = ", ".join("Action(name={name!r}, kwargs={arguments!r})".format(**one) for one in row["actions"])
        said = f"user_id={row['context']['user_id']!r}, instruction={row['text']!r}, outputs={row['outputs']!r}"
        return f"Task({said}, actions=[{actions}])"

    def module(part: str) -> bytes:
        tasks = ", ".join(task(row) for row in rows if f"-{part}-" in row["id"])
        return f"from tau_bench.types import Task\nTASKS = [{tasks}]\n".encode()

    assert proven("tau_retail", convert.tau_retail(*map(module, ("train", "dev", "test"))))
    with pytest.raises(ValueError, match="malformed"):
        convert.tau_retail(b"TASKS = [Task(instruction=open('/etc/passwd').read())]", b"T = []", b"T = []")
