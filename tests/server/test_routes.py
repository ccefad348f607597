"""Every verb of the memory over HTTP, on a real store."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import telltale
from telltale.jsonable import jsonable
from telltale.server.upkeep import EVERY

from .conftest import ended, refunds, run_of, serving

CASE = {"text": "Refund order 9832, it was paid with a gift card"}
RISKY = CASE | {"risk": 0.2}  # so that what is not yet certified is admitted


def test_what_was_handled_alike_is_admitted(learned: TestClient) -> None:
    found = learned.post("/v1/recall", json=RISKY).json()
    assert {one["candidate"]["procedure"] for one in found["admitted"]} == {"refund_to_gift_card"}
    assert found["receipt"].startswith("tr1_")


def test_the_look_alike_is_refused_with_what_gave_it_away(client: TestClient) -> None:
    client.post("/v1/remember/many", json=refunds(8))
    assert ended(client, client.post("/v1/learn"))["state"] == "done"
    refused = client.post("/v1/recall", json=CASE).json()["refused"]
    alike = next(one for one in refused if one["candidate"]["procedure"] == "refund_to_card")
    assert "credit card" in {one["candidate_value"] for one in alike["differences"]}


def test_a_recall_says_what_the_same_recall_in_python_says(learned: TestClient, store: str) -> None:
    over = learned.post("/v1/recall", json=RISKY | {"verdicts": True, "messages": "openai"}).json()
    with telltale.open(store) as memory:
        within = memory.recall(CASE["text"], risk=0.2)
    of_each = {"id", "text", "tokens"}  # the mark around the block, and so its length, is drawn anew
    told = {name: value for name, value in jsonable(within).items() if name not in {"tenant_id", "key"} | of_each}
    assert {name: over[name] for name in told} == told
    assert over["messages"] == within.messages("openai")


def test_no_answer_holds_the_key_that_seals_receipts(learned: TestClient) -> None:
    assert not {"key", "tenant_id"} & learned.post("/v1/recall", json=CASE).json().keys()


def test_a_verdict_is_explained_by_its_candidate(learned: TestClient) -> None:
    refused = learned.post("/v1/recall", json=CASE).json()["refused"][0]["candidate"]["id"]
    why = learned.post("/v1/why", json=CASE | {"candidate": refused}).json()["reasons"]
    shown = learned.post("/v1/recall", json=CASE | {"why": True}).json()["refused"][0]["reasons"]
    assert why == shown != []


def test_a_candidate_that_is_not_judged_cannot_be_explained(learned: TestClient) -> None:
    answer = learned.post("/v1/why", json=CASE | {"candidate": "0" * 32})
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_ARGUMENT")


@pytest.mark.parametrize("by", ["id", "receipt"])
def test_feedback_is_heard_by_id_and_by_receipt(learned: TestClient, by: str) -> None:
    found = learned.post("/v1/recall", json=RISKY).json()
    misled = [found["admitted"][0]["candidate"]["id"]]
    assert learned.post("/v1/feedback", json={"recall": found[by], "misled": misled}).status_code == 200
    again = learned.post("/v1/recall", json=RISKY).json()
    assert misled[0] not in {one["candidate"]["id"] for one in again["admitted"]}


def test_candidates_are_unguarded_and_nearest_first(learned: TestClient) -> None:
    found = learned.post("/v1/candidates", json=CASE | {"by": "dense", "k": 5}).json()["candidates"]
    scores = [one["score"] for one in found]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)


def test_of_many_traces_each_is_taken_or_refused_by_itself(client: TestClient) -> None:
    many = [refunds(1)[0], {"trace": [{"role": "assistant", "content": "Hello"}]}, refunds(2)[-1]]
    found = client.post("/v1/remember/many", json=many).json()
    assert [one["line"] for one in found["results"]] == [1, 2, 3]
    assert [len(one["episodes"]) for one in found["results"]] == [1, 0, 1]
    assert found["results"][1]["error"]["code"] in {"NO_TASK", "EMPTY_TRACE"}


def test_a_stream_of_lines_is_taken_in_and_what_is_no_line_is_told(client: TestClient) -> None:
    lines = [json.dumps(one).encode() for one in refunds(300)]
    lines[7:7] = [
        b"",
        b"{",
        b'{"trace": [], "trace": []}',
        b'{"trace": {}, "tenant": "other"}',
        b'{"trace": {}, "x": 1}',
    ]
    answer = client.post("/v1/remember/lines", content=iter([line + b"\n" for line in lines]))
    found = answer.json()
    refused = {one["line"]: one["error"]["code"] for one in found["results"] if one["error"]}
    assert refused == {9: "BAD_JSON", 10: "DUPLICATE_KEY", 11: "TENANT_MISMATCH", 12: "BAD_ARGUMENT"}
    assert client.get("/v1/about").json()["episodes"] == 600


def test_a_file_is_taken_in_as_a_job_that_tells_its_progress(client: TestClient) -> None:
    rows = [{"messages": run_of(f"Close account {n}", "close")} for n in range(50)]
    packed = gzip.compress("\n".join(map(json.dumps, [*rows, {"no": "trace"}])).encode())
    job = ended(client, client.post("/v1/ingest?source=desk", content=packed))
    assert (job["state"], job["result"]["stored"], job["result"]["rejected"]) == ("done", 50, 1)
    assert job["done"] == job["total"] > 0
    assert [reject["file"] for reject in job["result"]["rejects"]] == ["upload"]


def test_jobs_are_listed_latest_first(client: TestClient) -> None:
    for verb in ("learn", "distill"):
        ended(client, client.post(f"/v1/{verb}"))
    assert [job["what"] for job in client.get("/v1/jobs").json()["jobs"]] == ["distill", "learn"]


def test_episodes_come_in_pages_that_hold_each_once(client: TestClient) -> None:
    client.post("/v1/remember/many", json=refunds(8))
    found, after = [], ""
    while after is not None:
        page = client.get("/v1/episodes", params={"after": after, "limit": 5}).json()
        found += [one["id"] for one in page["episodes"]]
        after = page["next"]
    assert len(found) == len(set(found)) == 16
    assert client.get(f"/v1/episodes/{found[3]}").json()["id"] == found[3]


def test_the_library_is_listed_shown_and_exported(learned: TestClient) -> None:
    assert ended(learned, learned.post("/v1/distill"))["state"] == "done"
    names = [skill["name"] for skill in learned.get("/v1/skills").json()["skills"]]
    assert names
    assert learned.get(f"/v1/skills/{names[0]}").json()["name"] == names[0]
    assert set(learned.get("/v1/export/skills").json()["files"]) >= {f"{name}/SKILL.md" for name in names}


def test_a_source_is_revoked_with_all_that_came_of_it(client: TestClient) -> None:
    client.post("/v1/remember/many", json=refunds(4, "bad") + refunds(8)[8:])
    gone = client.post("/v1/sources/revoke", json={"source": "bad"}).json()["forgotten"]
    left = client.get("/v1/episodes").json()["episodes"]
    assert len(gone) == 8
    assert {one["source"] for one in left} == {"shop"}
    assert client.post("/v1/sources/revoke", json={"source": "bad"}).json()["forgotten"] == []


def test_an_episode_is_forgotten_and_the_store_checks_out(client: TestClient) -> None:
    kept, gone = (one["episodes"][0] for one in client.post("/v1/remember/many", json=refunds(1)).json()["results"])
    assert client.post("/v1/forget", json={"episode_id": gone}).json()["forgotten"] == [gone]
    assert client.get(f"/v1/episodes/{gone}").status_code == 404
    assert client.get(f"/v1/episodes/{kept}").status_code == 200
    assert client.get("/v1/check").json() == {"problems": []}


def test_what_was_acknowledged_is_there_after_a_restart(store: str) -> None:
    with serving(store) as client:
        ids = client.post("/v1/remember", json=refunds(1)[0]).json()["episodes"]
    with serving(store) as client:
        assert [one["id"] for one in client.get("/v1/episodes").json()["episodes"]] == ids


def test_many_small_writes_are_put_in_order_beside_the_requests(store: str) -> None:
    import lancedb

    with serving(store) as client:
        for n in range(EVERY + 1):
            client.post("/v1/remember", json={"trace": run_of(f"Close account {n}", "close")})
    (folder,) = Path(store).glob("*/memories.lance")
    table = lancedb.connect(folder.parent).open_table("memories")
    stats: Any = table.stats()
    assert stats["fragment_stats"]["num_fragments"] < EVERY / 2
    assert table.count_rows() == EVERY + 1


def test_a_stream_of_a_thousand_runs_is_put_in_order_beside_the_requests(store: str) -> None:
    import lancedb

    lines = [json.dumps({"trace": run_of(f"Close account {n}", "close")}) for n in range(1_100)]
    with serving(store) as client:
        client.post("/v1/remember/lines", content="\n".join(lines))
    (folder,) = Path(store).glob("*/memories.lance")
    table = lancedb.connect(folder.parent).open_table("memories")
    assert table.count_rows() == 1_100
    assert max(index.num_unindexed_rows or 0 for index in table.list_indices()) < 256


def test_a_file_of_a_thousand_runs_is_put_in_order_beside_the_requests(store: str) -> None:
    import lancedb

    lines = [json.dumps({"messages": run_of(f"Close account {n}", "close")}) for n in range(1_100)]
    with serving(store) as client:
        job = client.post("/v1/ingest?name=runs.jsonl", content="\n".join(lines))
        assert ended(client, job)["state"] == "done"
    (folder,) = Path(store).glob("*/memories.lance")
    table = lancedb.connect(folder.parent).open_table("memories")
    assert table.count_rows() == 1_100
    assert max(index.num_unindexed_rows or 0 for index in table.list_indices()) < 256


def test_a_task_without_a_word_is_answered_and_explained(learned: TestClient) -> None:
    answer = learned.post("/v1/recall", json={"text": "\x02", "why": True, "risk": 0.6})
    assert answer.status_code == 200
    assert answer.json()["refused"][0]["reasons"]
