"""Nothing of one tenant reaches another over HTTP (reliability 15 to 18, 36)."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from .conftest import ended, holding, key_of, refunds, run_of, serving

NAMES = ("ant", "bee", "cat", "dog", "eel")
HOSTILE = ("../x", "a/b", "..", ".h", "a\x00b", "x" * 300, "\uff41nt", " ant", "")
TWINS = ("-x", "CON", "con", "\u0430nt", "ant")  # of the last two, one is Cyrillic


@pytest.fixture
def two(store: str) -> Iterator[tuple[TestClient, TestClient, TestClient]]:
    """Two tenants' clients, and nobody's."""
    keys = [key_of(store, name) for name in NAMES[:2]]
    with serving(store) as client:
        yield holding(client, keys[0]), holding(client, keys[1]), client


def test_ids_of_another_tenant_are_as_unknown_as_ids_of_nobody(two: tuple[TestClient, ...]) -> None:
    ant, bee, _ = two
    theirs = bee.post("/v1/remember/many", json=refunds(30)).json()["results"][0]["episodes"][0]
    job = ended(bee, bee.post("/v1/learn"))["id"]
    ended(bee, bee.post("/v1/distill"))
    skill = bee.get("/v1/skills").json()["skills"][0]
    recall = bee.post("/v1/recall", json={"text": "Refund order 1"}).json()
    tried: list[tuple[str, str, Any]] = [("GET", f"/v1/episodes/{theirs}", None), ("GET", f"/v1/jobs/{job}", None)]
    tried += [("GET", f"/v1/skills/{skill[by]}{part}", None) for by in ("name", "id") for part in ("", "/why")]
    tried += [("POST", f"/v1/skills/{skill['name']}/review", {"pin": True})]
    tried += [("POST", "/v1/why", {"text": "Refund order 1", "candidate": theirs})]
    tried += [("POST", "/v1/feedback", {"recall": recall[by], "misled": [theirs]}) for by in ("id", "receipt")]
    for verb, path, body in tried:
        unknown = json.loads(json.dumps([path, body]).replace(theirs, "0" * 32).replace(recall["id"], "1" * 32))
        answer, beside = ant.request(verb, path, json=body), ant.request(verb, unknown[0], json=unknown[1])
        assert answer.status_code in {404, 422}
        said = [one.text.replace(theirs, "").replace(recall["id"], "") for one in (answer, beside)]
        assert said[0] == said[1].replace("0" * 32, "").replace("1" * 32, "")
    assert ant.post("/v1/forget", json={"episode_id": theirs}).json()["forgotten"] == []
    assert bee.get(f"/v1/episodes/{theirs}").status_code == 200


def test_a_tenant_that_is_not_the_keys_is_refused_wherever_it_is_named(two: tuple[TestClient, ...]) -> None:
    ant, _, _ = two
    asked: dict[str, Any] = {"text": "Refund order 1"}
    answers = [
        ant.post("/v1/recall", json=asked | {"tenant": "bee"}),
        ant.post("/v1/recall", json=asked | {"tenant": None}),
        ant.post("/v1/recall", json=asked, params={"tenant": "bee"}),
        ant.post("/v1/recall", json=asked, headers={"X-Tenant": "bee"}),
        ant.get("/v1/episodes", params=[("tenant", "ant"), ("tenant", "bee")]),
        ant.post("/v1/ingest", content=b"{}", params={"tenant": "bee"}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "TENANT_MISMATCH")}


def test_the_keys_own_tenant_may_be_named(two: tuple[TestClient, ...]) -> None:
    ant, _, _ = two
    answer = ant.post("/v1/recall", json={"text": "Refund", "tenant": "ant"}, params={"tenant": "ant"})
    assert answer.status_code == 200


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_could_be_a_path_or_a_twin_gets_no_key_and_no_folder(store: str, tmp_path: Path, name: str) -> None:
    from telltale.memory.errors import BadTenantName

    with pytest.raises(BadTenantName):
        key_of(store, name)
    assert list(tmp_path.iterdir()) == []


def test_names_that_look_alike_never_share_data_or_leave_the_store(store: str, tmp_path: Path) -> None:
    keys = {name: key_of(store, name) for name in TWINS}
    with serving(store) as client:
        for name, key in keys.items():
            asking = holding(client, key)
            asking.post("/v1/remember", json={"trace": run_of(f"Say {name}", "say")})
            assert [one["text"] for one in asking.get("/v1/episodes").json()["episodes"]] == [f"Say {name}"]
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    assert not {path.name for path in Path(store).iterdir()} & set(TWINS)


def test_health_metrics_and_errors_name_no_tenant_and_no_path(two: tuple[TestClient, ...], store: str) -> None:
    ant, _, nobody = two
    ant.post("/v1/recall", json={"text": "Refund"})
    said = [nobody.get(path).text for path in ("/health", "/ready", "/metrics", "/openapi.json", "/v1/recall", "/x")]
    said += [ant.post("/v1/recall", json={"text": ""}).text, ant.get("/v1/episodes/a%00b").text]
    jobs = [ant.post(f"/v1/ingest{query}", content=b"x") for query in ("", "?format=none")]
    said += [str(ended(ant, job)) for job in jobs]
    for text in said:
        assert not [word for word in ('"ant"', '"bee"', store, "/tmp", "Traceback", "SELECT") if word in text]


def operations(rng: random.Random, canary: str, seen: list[str]) -> tuple[str, str, Any]:
    """One random call of a tenant, whose own texts hold its canary."""
    text = f"Refund order {rng.randint(1, 9)} for {canary}"
    ids = [rng.choice(seen) if seen else "0" * 32]
    return rng.choice(
        [
            (
                "POST",
                "/v1/remember",
                {"trace": run_of(text, f"refund_{canary}"), "source": canary, "outcome": "success"},
            ),
            ("POST", "/v1/recall", {"text": text, "verdicts": True}),
            ("POST", "/v1/recall", {"text": "Refund order 3", "context": {"who": canary}, "risk": 0.9}),
            ("POST", "/v1/recall", {"text": text, "library": rng.choice(NAMES)}),  # none was granted
            ("GET", rng.choice(["/v1/procedures", "/v1/grants", "/v1/export/skills", "/v1/insights"]), None),
            ("POST", "/v1/candidates", {"text": "Refund order", "by": rng.choice(["dense", "lexical", "all"])}),
            ("POST", "/v1/why", {"text": text, "candidate": ids[0]}),
            ("POST", "/v1/feedback", {"recall": ids[0], "note": canary}),
            ("GET", f"/v1/episodes/{ids[0]}", None),
            ("GET", "/v1/episodes?limit=7", None),
            ("GET", "/v1/skills", None),
            ("GET", "/v1/look-alikes", None),
            ("GET", "/v1/about", None),
            ("POST", "/v1/forget", {"episode_id": ids[0]}),
        ]
    )


@pytest.mark.parametrize("calls", [150, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_answer_log_or_number_of_one_tenant_holds_the_canary_of_another(
    store: str, caplog: pytest.LogCaptureFixture, calls: int
) -> None:
    rng = random.Random(15)
    canaries = {name: f"canary{rng.getrandbits(64):016x}" for name in NAMES}
    keys = {name: key_of(store, name) for name in NAMES}
    seen: list[str] = []  # ids of all tenants, tried by all tenants
    with serving(store) as client, caplog.at_level(0, "telltale"):
        for _ in range(calls):
            name = rng.choice(NAMES)
            verb, path, body = operations(rng, canaries[name], seen)
            answer = holding(client, keys[name]).request(verb, path, json=body)
            told = answer.text + str(answer.headers)
            assert answer.status_code < 500, told
            assert not [one for other, one in canaries.items() if other != name and one in told]
            if path == "/v1/remember":
                seen += answer.json()["episodes"]
        public = client.get("/metrics").text + caplog.text
        assert not [one for one in canaries.values() if one in public]
