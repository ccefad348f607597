"""What Prometheus reads: numbers of requests, recalls and jobs."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from .conftest import ended


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


def test_paths_that_no_route_has_are_counted_as_one(client: TestClient) -> None:
    for n in range(20):
        client.get(f"/v1/nothing/{n}")
    assert len([name for name in numbers(client) if name[0] == "telltale_requests_total"]) == 1
