"""Skills as files over HTTP: what an export to a folder writes, and what others wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

import telltale

from .conftest import ended, holding, key_of, serving

OTHERS = "---\nname: rotate-logs\ndescription: Rotate logs. When the disk is full.\n---\n\n# Rotate\n\nDo it.\n"


@pytest.fixture
def skilled(learned: TestClient) -> TestClient:
    """A server whose memory has skills."""
    ended(learned, learned.post("/v1/distill"))
    return learned


def test_the_files_are_those_of_an_export_to_a_folder(skilled: TestClient, store: str, tmp_path: Path) -> None:
    files = skilled.get("/v1/export/skills").json()["files"]
    with telltale.open(store, read_only=True) as memory:
        memory.export_skills(tmp_path / "out")
        memory.export_skills(tmp_path / "skills.jsonl", form="jsonl")
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert files == {str(path.relative_to(tmp_path / "out")): path.read_text("utf-8") for path in written}
    lines = skilled.get("/v1/export/skills?form=jsonl").json()["files"]
    assert lines == {"skills.jsonl": (tmp_path / "skills.jsonl").read_text("utf-8")}


@pytest.mark.parametrize("form", ["skill-md", "jsonl"])
def test_they_come_into_another_memory_as_they_were(skilled: TestClient, tmp_path: Path, form: str) -> None:
    files = skilled.get(f"/v1/export/skills?form={form}").json()["files"]
    with serving(str(tmp_path / "other")) as client:
        found = client.post("/v1/import/skills", json={"files": files, "source": "there"}).json()["skills"]
        said = client.post("/v1/import/skills", json={"files": {"rotate-logs/SKILL.md": OTHERS}}).json()["skills"]
    there = {skill["name"]: skill["steps"] for skill in skilled.get("/v1/skills").json()["skills"]}
    assert {skill["name"]: skill["steps"] for skill in found} == there
    assert {skill["status"] for skill in found} == {"candidate"}
    assert "rotate-logs" in [skill["name"] for skill in said]


@pytest.mark.parametrize(
    "place", ["../x/SKILL.md", "/etc/x", "a/../../SKILL.md", "a\\b", ".x/SKILL.md", "a/.ssh", "a//b", "", "a/b/c/d"]
)
def test_a_place_that_leads_elsewhere_is_refused(client: TestClient, place: str) -> None:
    answer = client.post("/v1/import/skills", json={"files": {place: OTHERS}})
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_ARGUMENT")


@pytest.mark.parametrize(
    "files",
    [
        {"x/SKILL.md": "no skill"},
        {"x/y.md": OTHERS},
        {"x": OTHERS, "x/SKILL.md": OTHERS},
        {"skills.jsonl": "{}\n"},
        {"x/SKILL.md": OTHERS, "x/references/telltale.json": "{"},
    ],
)
def test_what_is_no_skill_is_said_without_a_path_of_the_server(client: TestClient, files: dict[str, str]) -> None:
    answer = client.post("/v1/import/skills", json={"files": files})
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_ARGUMENT")
    assert "/tmp" not in answer.text
    assert "telltale-" not in answer.json()["detail"] + answer.json()["hint"]


def test_a_library_that_is_not_there_is_as_unknown_as_one_that_was_not_granted(store: str) -> None:
    key, _ = key_of(store, "ant"), key_of(store, "bee")
    with serving(store) as client:
        asking = holding(client, key)
        said = [
            asking.post("/v1/recall", json={"text": "Refund", "library": name}) for name in ("bee", "nobody", "../x")
        ]
    assert {(answer.status_code, answer.json()["code"], answer.text) for answer in said} == {
        (403, "NOT_GRANTED", said[0].text)
    }
