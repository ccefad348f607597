"""What Prometheus reads: numbers of requests, recalls and jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from .conftest import ended, run_of


def numbers(client: TestClient) -> dict[tuple[str, ...], float]:
    """Every sample, by its name and the values of its labels."""
    families: Any = text_string_to_metric_families(client.get("/metrics").text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_requests_recalls_and_jobs_are_counted(client: TestClient) -> None:
    for text in ("Refund order 1", "Refund order 2", ""):
        client.post("/v1/recall", json={"text": text})
    ended(client, client.post("/v1/learn"))
    found = numbers(client)
    assert found["telltale_requests_total", "POST", "/v1/recall", "200"] == 2
    assert found["telltale_requests_total", "POST", "/v1/recall", "422"] == 1
    assert found["telltale_recalls_total", "yes"] == 2
    assert found[("telltale_jobs_unfinished",)] == 0
    assert found[("telltale_requests_running",)] == 1  # this one


def test_notes_that_could_not_be_written_are_counted_and_told_to_whose_they_are(client: TestClient, store: str) -> None:
    client.post("/v1/remember", json={"trace": run_of("Refund order 1", "refund")})
    (memories,) = Path(store).glob("*/memories.lance")
    memories.with_name("recalls.lance").write_text("in the way")
    for number in range(3):
        client.post("/v1/recall", json={"text": f"Refund order {number}"})
    ended(client, client.post("/v1/distill"))  # which counts what was shown, and so has notes written
    assert client.get("/v1/about").json()["dropped_notes"] == 3
    assert numbers(client)[("telltale_notes_dropped_total",)] == 3


def test_paths_that_no_route_has_are_counted_as_one(client: TestClient) -> None:
    for n in range(20):
        client.get(f"/v1/nothing/{n}")
    assert len([name for name in numbers(client) if name[0] == "telltale_requests_total"]) == 1
