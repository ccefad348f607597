"""The log of changes: every change has a line, and no line can go or change unseen (reliability 38)."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from telltale.server.audit import Audit, AuditBroken, verify

from .conftest import ended, holding, key_of, refunds, serving


def lines(log: Path) -> list[bytes]:
    return log.read_bytes().splitlines(keepends=True)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of five changes."""
    audit = Audit(tmp_path / "audit.jsonl")
    for n in range(5):
        audit.note("team", "key", "remember", {"n": n})
    return tmp_path / "audit.jsonl"


def test_a_log_that_nobody_touched_is_whole(log: Path) -> None:
    assert verify(log) == 5


def test_it_is_carried_on_by_another_process(log: Path) -> None:
    Audit(log).note("team", "key", "forget")
    assert verify(log) == 6


@pytest.mark.parametrize("left", range(1, 40, 7))
def test_what_a_power_loss_left_of_a_line_that_never_counted_goes(log: Path, left: int) -> None:
    log.write_bytes(log.read_bytes() + lines(log)[0][:left])
    Audit(log).note("team", "key", "forget")
    assert verify(log) == 6


@pytest.mark.parametrize("n", range(4))
def test_a_line_that_was_taken_out_shows(log: Path, n: int) -> None:
    kept = lines(log)
    log.write_bytes(b"".join(kept[:n] + kept[n + 1 :]))
    with pytest.raises(AuditBroken, match=f"line={n + 1}"):
        verify(log)


@pytest.mark.parametrize("n", range(5))
@pytest.mark.parametrize("field", ["actor", "what", "time", "tenant", "done", "hash"])
def test_a_line_that_was_edited_shows(log: Path, n: int, field: str) -> None:
    kept = lines(log)
    kept[n] = orjson.dumps(orjson.loads(kept[n]) | {field: "0"}) + b"\n"
    log.write_bytes(b"".join(kept))
    with pytest.raises(AuditBroken, match=f"line={n + 1}"):
        verify(log)


def test_every_change_over_http_has_a_line_with_who_did_it(store: str, tmp_path: Path) -> None:
    key, log = key_of(store, "team"), tmp_path / "audit.jsonl"
    with serving(store, audit=log) as client:
        asking: TestClient = holding(client, key)
        asking.post("/v1/remember", json=refunds(1)[0])
        asking.post("/v1/remember/many", json=refunds(1))
        asking.post("/v1/recall", json={"text": "Refund"})
        asking.put("/v1/reviewing", json={"on": True})
        ended(asking, asking.post("/v1/distill"))
        asking.post("/v1/sources/revoke", json={"source": "shop"})
        asking.post("/v1/forget", json={"everything": True})
    told = [orjson.loads(line) for line in lines(log)]
    expected = ["remember", "remember", "ask for review", "distill", "revoke source", "forget"]
    assert [line["what"] for line in told] == expected
    assert {(line["tenant"], line["actor"]) for line in told} == {("team", key.split("_")[1])}
    assert verify(log) == 6
    assert b"Refund" not in log.read_bytes()
