"""Inspect's logs, as a document and as an archive of samples: what was asked, done and scored, and no way to a bomb."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from telltale.memory.errors import RecordError
from telltale.memory.store import TenantStore
from telltale.memory.types import Outcome, Trace
from telltale.writers import archive, lines
from telltale.writers.formats.detect import Reading
from telltale.writers.ingest import ingest

HEADER = {
    "version": 2,
    "status": "success",
    "eval": {"task": "desk", "run_id": "run", "created": "2026-01-01T00:00:00Z"},
}
CALL = {"id": "c", "function": "refund", "arguments": {"order": 7}}
MESSAGES = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Refund order 7"},
    {"role": "assistant", "content": [{"type": "reasoning", "reasoning": "hm"}], "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c", "content": "", "error": {"type": "timeout", "message": "too slow"}},
    {"role": "assistant", "content": "Sorry."},
]


def sample(id_: int = 1, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "epoch": 1, "input": "Refund order 7", "target": "the answer", "messages": MESSAGES} | fields


def log(*samples: dict[str, Any]) -> bytes:
    return json.dumps(HEADER | {"samples": list(samples)}).encode()


def packed(*samples: dict[str, Any], **more: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as found:
        found.writestr("_journal/start.json", json.dumps(HEADER))
        for one in samples:
            found.writestr(f"samples/{one['id']}_epoch_1.json", json.dumps(one))
        found.writestr("summaries.json", "[]")
        found.writestr("header.json", json.dumps(HEADER))
        for name, data in more.items():
            found.writestr(f"samples/{name}.json", data)
    return file.getvalue()


def read(data: bytes) -> list[Any]:
    return [found.item for found in Reading(io.BytesIO(data), "log") if found.item is not None]


def codes(data: bytes) -> list[str]:
    return [item.code if isinstance(item, RecordError) else "trace" for item in read(data)]


@pytest.mark.parametrize("data", [log(sample()), packed(sample())], ids=["json", "eval"])
def test_a_sample_is_a_run_with_its_calls_and_without_the_answer(data: bytes) -> None:
    (trace,) = read(data)
    assert (trace.trace_id, trace.context, trace.time) == ("run/1/1", {"task": "desk"}, 1767225600.0)
    assert [turn.text for turn in trace.turns] == ["Refund order 7", "", "Sorry."]
    (call,) = trace.turns[1].calls
    assert (call.tool, dict(call.arguments), call.error) == ("refund", {"order": 7}, "too slow")
    assert not {"answer", "kind.", "hm"} & set(repr(trace).replace("'", " ").split())


def test_a_document_and_an_archive_of_one_log_are_one_run(tenant: TenantStore, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(log(sample()))
    (tmp_path / "a.eval").write_bytes(packed(sample()))
    summary = ingest(tmp_path, tenant)
    assert (summary.episodes, summary.stored, summary.duplicates) == (1, 1, 1)
    assert summary.by_format["inspect"].files == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"scores": {"match": {"value": "C"}}}, (Outcome.SUCCESS, 1.0, "inspect match")),
        ({"scores": {"match": {"value": "I"}}}, (Outcome.FAILURE, 0.0, "inspect match")),
        ({"scores": {"match": {"value": "P"}}}, (Outcome.PARTIAL, 0.5, "inspect match")),
        ({"scores": {"a": {"value": {"x": 1, "y": 0}}, "b": {"value": 1}}}, (Outcome.SUCCESS, 1.0, "inspect b")),
        ({"scores": {"a": {"value": {"x": 0.25}}}}, (Outcome.PARTIAL, 0.25, "inspect a")),
        ({"scores": {"a": {"value": float("nan")}}}, (Outcome.UNKNOWN, None, "")),
        ({"score": {"value": "C"}}, (Outcome.SUCCESS, 1.0, "inspect score")),
        ({"error": {"message": "boom"}}, (Outcome.FAILURE, None, "inspect error")),
        ({"limit": {"type": "token", "limit": 9}}, (Outcome.FAILURE, None, "inspect limit")),
        ({"scores": {"match": {"value": "C"}}, "invalidation": {"reason": "x"}}, (Outcome.UNKNOWN, None, "")),
        ({"scores": {}}, (Outcome.UNKNOWN, None, "")),
    ],
)
def test_the_outcome_is_the_first_score_that_can_be_read(fields: Any, expected: Any) -> None:
    for data in (log(sample(**fields)), packed(sample(**fields))):
        (trace,) = read(data)
        assert (trace.outcome, trace.score, trace.said_by) == expected


def test_texts_that_are_kept_apart_are_put_back() -> None:
    apart = sample(messages=[{"role": "user", "content": "attachment://a"}], attachments={"a": "Refund order 7"})
    assert read(log(apart))[0].turns[0].text == "Refund order 7"


def test_what_was_put_in_is_the_task_where_no_message_tells_it() -> None:
    assert read(log(sample(messages=MESSAGES[2:])))[0].turns[0].text == "Refund order 7"


def test_a_bad_sample_among_good_ones_is_the_only_reject() -> None:
    bad = sample(2, messages=[{"role": "wizard"}])
    assert codes(log(sample(), bad, sample(3))) == ["trace", "BAD_FIELD", "trace"]
    assert codes(packed(sample(), bad, sample(3), broken=b"{")) == ["trace", "BAD_FIELD", "trace", "BAD_JSON"]


def test_archives_that_are_no_log_are_refused_with_the_reason() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as found:
        found.writestr("../evil.json", "{}")
    (error,) = read(other.getvalue())
    assert (error.code, "no evaluation's log" in error.reason) == ("UNKNOWN_FORMAT", True)
    assert codes(packed(sample())[:-30]) == ["BAD_TEXT"]


def test_a_sample_that_is_too_long_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(sample(), long=json.dumps(sample(2, store="x" * 100_000)).encode())
    found = [record.error.code if record.error else "" for record in lines.records(io.BytesIO(data), most=50_000)]
    assert found == ["", "", "LINE_TOO_LONG"]


def test_an_archive_that_grows_beyond_all_likelihood_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LIKELY_BYTES", 2_000_000)
    bomb = {f"bomb{n}": json.dumps(sample(n, store="0" * 500_000)).encode() for n in range(2, 20)}
    found = read(packed(sample(), **bomb))
    assert len(found) < 10
    assert [item.code for item in found if not isinstance(item, Trace)] == ["DECOMPRESSED_TOO_LARGE"]


def test_every_flipped_byte_of_an_archive_is_a_reject_or_does_no_harm() -> None:
    data = bytearray(packed(sample()))
    for at in range(0, len(data), 7):
        data[at] ^= 0xFF
        assert all(isinstance(item, Trace | RecordError) for item in read(bytes(data)))
        data[at] ^= 0xFF
