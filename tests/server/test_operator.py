"""An operator's key: it looks after the tenants and into none; keys of tenants follow what becomes of these."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from telltale.server.audit import verify
from telltale.server.keys import RIGHTS, Keys
from telltale.tenancy import open_store

from .conftest import HOME, ended, holding, key_of, refunds, serving
from .test_keys import COMMAND, NEEDED, command

ROUTES = [
    ("GET", "/v1/tenants", None),
    ("POST", "/v1/tenants", {"name": "x"}),
    ("POST", "/v1/tenants/ant/rename", {"to": "x"}),
    ("GET", "/v1/tenants/ant/quota", None),
    ("PUT", "/v1/tenants/ant/quota", {"episodes": 0}),
    ("GET", "/v1/tenants/ant/export", None),
    ("POST", "/v1/tenants/import", None),
    ("GET", "/v1/tenants/imports/1", None),
    ("DELETE", "/v1/tenants/ant", None),
]


@pytest.fixture
def operator(store: str) -> Iterator[TestClient]:
    """Somebody who looks after the tenants of a server."""
    key = Keys(store).create_operator()[0]
    with serving(store) as client:
        yield holding(client, key)


def test_an_operator_can_do_nothing_within_a_memory(operator: TestClient, store: str) -> None:
    key_of(store, "ant")
    tried = [*NEEDED.values(), ("GET", "/v1/about", None), ("GET", "/v1/jobs", None), ("GET", "/v1/check", None)]
    answers = [operator.request(verb, path, json=body) for verb, path, body in tried]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "FORBIDDEN")}
    named = operator.get("/v1/tenants", params={"tenant": "ant"})
    assert named.json()["code"] == "TENANT_MISMATCH"


@pytest.mark.parametrize(("verb", "path", "body"), ROUTES)
def test_no_key_of_a_tenant_and_nobody_without_a_key_is_an_operator(
    store: str, verb: str, path: str, body: object
) -> None:
    with serving(store) as client:
        assert client.request(verb, path, json=body).status_code == 403
        answer = holding(client, key_of(store, "ant", *RIGHTS)).request(verb, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


def test_names_come_in_pages(operator: TestClient) -> None:
    for name in ("b", "a", "c"):
        assert operator.post("/v1/tenants", json={"name": name}).json() == {"name": name}
    assert operator.get("/v1/tenants?limit=2").json() == {"tenants": ["a", "b"], "next": "b"}
    assert operator.get("/v1/tenants?limit=2&after=b").json() == {"tenants": ["c"], "next": None}


def test_a_key_goes_on_with_the_tenant_that_it_was_made_for(operator: TestClient, store: str) -> None:
    key = holding(operator, key_of(store, "ant"))
    key.post("/v1/remember", json=refunds(1)[0])
    assert operator.post("/v1/tenants/ant/rename", json={"to": "bee"}).status_code == 200
    operator.post("/v1/tenants", json={"name": "ant"})  # somebody else
    assert (key.get("/v1/about").json()["tenant"], key.get("/v1/about").json()["episodes"]) == ("bee", 1)
    assert key.post("/v1/recall", json={"text": "Refund", "tenant": "ant"}).json()["code"] == "TENANT_MISMATCH"
    assert "bee" in command("keys", "list", "--store", store).stdout


def test_a_key_ends_with_its_tenant_and_does_not_make_it_anew(operator: TestClient, store: str) -> None:
    key = holding(operator, key_of(store, "ant"))
    key.post("/v1/remember", json=refunds(1)[0])
    assert operator.delete("/v1/tenants/ant").json() == {"name": "ant"}
    assert key.post("/v1/remember", json=refunds(1)[0]).status_code == 401
    operator.post("/v1/tenants", json={"name": "ant"})
    assert key.get("/v1/about").status_code == 401
    assert operator.get("/v1/tenants").json()["tenants"] == ["ant"]
    assert "deleted" in command("keys", "list", "--store", store).stdout


def test_keys_follow_what_is_done_to_the_store_beside_the_server(operator: TestClient, store: str) -> None:
    key, gone = holding(operator, key_of(store, "ant")), holding(operator, key_of(store, "cat"))
    for one in (key, gone):
        one.post("/v1/remember", json=refunds(1)[0])
    assert command("tenants", "rename", "ant", "bee", "--store", store).returncode == 0
    assert command("tenants", "delete", "cat", "--yes", "--store", store).returncode == 0
    assert key.get("/v1/about").json()["tenant"] == "bee"
    assert len(key.get("/v1/episodes").json()["episodes"]) == 1
    assert gone.get("/v1/episodes").status_code == 401
    assert operator.get("/v1/tenants").json()["tenants"] == ["bee"]


def test_an_answer_or_a_job_of_one_is_not_told_to_the_next_of_the_name(operator: TestClient, store: str) -> None:
    first, once = holding(operator, key_of(store, "ant")), {"Idempotency-Key": "1"}
    mine = first.post("/v1/remember", json=refunds(1)[0], headers=once).json()["episodes"]
    job = first.post("/v1/learn").json()["id"]
    assert first.get(f"/v1/jobs/{job}?wait=30").json()["ended"]
    operator.delete("/v1/tenants/ant")
    second = holding(operator, key_of(store, "ant"))
    assert second.post("/v1/remember", json=refunds(1)[0], headers=once).json()["episodes"] != mine
    assert second.get(f"/v1/jobs/{job}").status_code == 404


def test_every_change_of_an_operator_is_in_the_log(store: str, tmp_path: Path) -> None:
    key, log = Keys(store).create_operator()[0], tmp_path / "audit.jsonl"
    with serving(store, audit=log) as client:
        asking = holding(client, key)
        asking.post("/v1/tenants", json={"name": "ant"})
        asking.put("/v1/tenants/ant/quota", json={"episodes": 3})
        kept = asking.get("/v1/tenants/ant/export").content
        asking.post("/v1/tenants/ant/rename", json={"to": "bee"})
        ended(asking, asking.post("/v1/tenants/import", content=kept, headers={"Content-Type": "application/zip"}))
        asking.delete("/v1/tenants/bee")
    lines = [orjson.loads(line) for line in log.read_bytes().splitlines()]
    assert verify(log) == 6
    done = ["create tenant", "set quota", "export tenant", "rename tenant", "import tenant", "delete tenant"]
    assert [line["what"] for line in lines] == done
    assert [line["tenant"] for line in lines] == ["ant", "ant", "ant", "ant", "ant", "bee"]


@pytest.mark.parametrize("body", [b"", b"PK", b"x" * 100])
def test_what_is_no_export_makes_nothing(operator: TestClient, body: bytes) -> None:
    answer = operator.post("/v1/tenants/import", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_ARGUMENT")
    assert "/tmp" not in answer.text
    assert operator.get("/v1/tenants").json()["tenants"] == []


def test_an_import_is_a_job_that_tells_how_far_it_is_and_makes_a_whole_memory_or_none(
    operator: TestClient, store: str
) -> None:
    holding(operator, key_of(store, "ant")).post("/v1/remember", json=refunds(1)[0])
    kept = operator.get("/v1/tenants/ant/export").content
    job = ended(operator, operator.post("/v1/tenants/import?name=bee", content=kept))
    assert (job["what"], job["state"], job["result"]) == ("import tenant", "done", {"name": "bee"})
    assert job["done"] == job["total"] > 0
    again = ended(operator, operator.post("/v1/tenants/import?name=bee", content=kept))
    assert (again["state"], again["error"]["code"]) == ("failed", "BAD_ARGUMENT")
    assert operator.get("/v1/tenants").json()["tenants"] == ["ant", "bee"]


def test_an_upload_that_breaks_off_makes_nothing_and_leaves_nothing(
    operator: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    assert broken_off(operator, "POST", "/v1/tenants/import", b"PK")["status"] == 400
    assert set(tmp_path.iterdir()) == before
    assert operator.get("/v1/tenants").json()["tenants"] == []
    assert "a request failed" not in caplog.text


def test_an_export_that_nobody_waits_for_leaves_nothing(
    operator: TestClient, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key_of(store, "ant")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    assert broken_off(operator, "GET", "/v1/tenants/ant/export")["status"] == 200
    assert set(tmp_path.iterdir()) == before
    assert "a request failed" not in caplog.text


def broken_off(client: TestClient, method: str, path: str, body: bytes = b"") -> Message:
    """How an answer begins to somebody who goes away after so much of a body."""
    said: list[Message] = []
    pieces: list[Message] = [{"type": "http.request", "body": body, "more_body": True}] if body else []
    pieces.append({"type": "http.disconnect"})
    headers = [(b"host", b"127.0.0.1"), (b"authorization", client.headers["Authorization"].encode())]

    async def ask() -> None:
        async def receive() -> Message:
            return pieces.pop(0)

        async def send(message: Message) -> None:
            said.append(message)

        asked = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
        await client.app(asked, receive, send)

    asyncio.run(ask())
    return said[0]


def test_a_key_of_an_operator_is_made_on_the_command_line(store: str) -> None:
    key = command("keys", "create", "--operator", "--store", store).stdout.splitlines()[0]
    assert command("keys", "create", "--operator", "--right", "read", "--store", store).returncode == 2
    with serving(store) as client:
        assert TestClient(client.app, base_url=HOME, headers={"Authorization": f"Bearer {key}"}).get("/v1/tenants")
    assert "(all)" in command("keys", "list", "--store", store).stdout


def test_the_command_looks_after_the_tenants_of_a_server(store: str) -> None:
    from .test_stop import started

    key = Keys(store).create_operator()[0]
    with started(store) as (_, port):
        ran = subprocess.run(
            [sys.executable, "-c", COMMAND, "tenants", "create", "ant", "--store", f"http://127.0.0.1:{port}"],
            env={"TELLTALE_API_KEY": key, "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ran.returncode, ran.stdout) == (0, "ant is there\n"), ran.stderr
    with open_store(store) as tenants:
        assert tenants.names() == ["ant"]
