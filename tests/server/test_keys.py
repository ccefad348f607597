"""Who comes in, and what may be done (reliability 31, 32)."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from telltale.server.keys import RIGHTS, Keys

from .conftest import holding, key_of, refunds, serving

COMMAND = "from telltale.cli import main; main()"
ASKED = {"text": "Refund order 1, it was paid by credit card"}
NEEDED = {
    "read": ("POST", "/v1/recall", ASKED),
    "ingest": ("POST", "/v1/remember", refunds(1)[0]),
    "approve": ("PUT", "/v1/reviewing", {"on": True}),
    "admin": ("POST", "/v1/forget", {"source": "nobody"}),
}


def command(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", COMMAND, *args], capture_output=True, text=True, check=False)


def mutilated(key: str) -> dict[str, str]:
    """What is not quite a key."""
    other = "0" if key[-1] != "0" else "1"
    return {
        "none": "",
        "truncated": key[:-1],
        "another checksum": key[:-1] + other,
        "another secret": key[:-9] + ("0" if key[-9] != "0" else "1") + key[-8:],
        "longer": key + "0",
        "shouted": key.upper(),
        "words": "hunter2",
        "not ASCII": "tt_\u00e9",
    }


def test_without_a_valid_key_every_answer_is_the_same(store: str) -> None:
    key = key_of(store, "team")
    revoked, expired = key_of(store, "team"), key_of(store, "team", days=1e-9)
    Keys(store).revoke(revoked.split("_")[1])
    shown = [*mutilated(key).values(), revoked, expired]
    with serving(store) as client:
        answers = [
            client.post("/v1/recall", json=ASKED, headers={b"Authorization": f"Bearer {one}".encode()}) for one in shown
        ]
        answers.append(client.post("/v1/recall", json=ASKED))
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.text for answer in answers}) == 1
        assert holding(client, key).post("/v1/recall", json=ASKED).status_code == 200


@pytest.mark.parametrize("right", RIGHTS)
def test_a_key_may_do_what_its_right_says_and_nothing_else(store: str, right: str) -> None:
    key = key_of(store, "team", right)
    with serving(store) as client:
        asking = holding(client, key)
        found = {name: asking.request(verb, path, json=body) for name, (verb, path, body) in NEEDED.items()}
    assert {name for name, answer in found.items() if answer.status_code == 200} == {right}
    refused = [answer for name, answer in found.items() if name != right]
    assert {answer.status_code for answer in refused} == {403}
    assert len({answer.text for answer in refused}) == 1


def test_the_body_of_somebody_without_the_right_is_not_read(store: str) -> None:
    key = key_of(store, "team", "read")
    with serving(store) as client:
        answer = holding(client, key).post("/v1/remember", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 403


def test_a_revoked_key_ends_without_a_restart_and_the_last_one_opens_nothing(store: str) -> None:
    key = key_of(store, "team")
    with serving(store) as client:
        assert holding(client, key).get("/v1/about").status_code == 200
        Keys(store).revoke(key.split("_")[1])
        assert holding(client, key).get("/v1/about").status_code == 401
        assert client.get("/v1/about").status_code == 401


def test_no_byte_of_the_store_and_no_line_of_the_log_holds_a_key(store: str, caplog: pytest.LogCaptureFixture) -> None:
    key = key_of(store, "team")
    secret = key.rpartition("_")[2]
    with serving(store) as client, caplog.at_level(0):
        holding(client, key).post("/v1/recall", json=ASKED)
    held = [path.read_bytes() for path in Path(store).rglob("*") if path.is_file()]
    assert not any(part.encode() in data for data in held for part in (key, secret, secret[:64]))
    assert secret[:32] not in caplog.text
    assert f"key={key.split('_')[1]}" in caplog.text


def test_keys_are_shown_once_listed_without_their_secret_and_revoked(store: str) -> None:
    made = command("keys", "create", "--store", store, "--tenant", "team", "--right", "read", "--days", "30")
    key = made.stdout.splitlines()[0]
    listed = command("keys", "list", "--store", store)
    assert "valid" in listed.stdout
    assert key.rpartition("_")[2] not in listed.stdout
    assert command("keys", "revoke", key.split("_")[1], "--store", store).returncode == 0
    assert "revoked" in command("keys", "list", "--store", store).stdout


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_a_server_that_others_can_reach_does_not_start_without_keys(store: str, host: str) -> None:
    ran = command("serve", "--store", store, "--host", host, "--port", "0")
    assert ran.returncode == 2
    assert "AUTH_REQUIRED" in ran.stderr
    assert "telltale keys create" in ran.stderr
    assert "--host" in ran.stderr


def test_ids_and_secrets_never_come_twice(store: str) -> None:
    keys = Keys(store)
    made = [keys.create("team", ["read"])[0] for _ in range(3)]
    assert all(one.split("_")[1] != two.split("_")[1] and one[-72:] != two[-72:] for one, two in pairwise(made))


def test_who_needs_no_key_is_still_told_who_it_is(client: TestClient) -> None:
    assert client.get("/v1/about").json()["tenant"] == "default"
