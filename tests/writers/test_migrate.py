"""Newer rules reach what older ones let through: in place, in every file, and under the ids that new reading gives."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from telltale.memory.identity import episode_id
from telltale.memory.store import TenantStore
from telltale.memory.testing import an_episode
from telltale.memory.types import Episode, Skill
from telltale.writers.ingest import ingest, remember
from telltale.writers.migrate import UNDER_WAY, migrate
from telltale.writers.redact import redacts_people, version

SECRET = "gh" + "p_" + "a1B2c3D4e5F6" * 3
TEXT = f"Clone it with {SECRET} and tell ann.smith@example.com"


def stored_by_older_rules(tenant: TenantStore, **fields: str) -> Episode:
    episode = an_episode(TEXT, steps=(), answer=f"done with {SECRET}", **fields)
    episode = dataclasses.replace(episode, id=episode_id(tenant.key, episode))
    tenant.put([episode], tenant.embedder.embed([TEXT]), redaction_version=1)
    return episode


def row(episode: Episode) -> dict[str, str]:
    return {"text": episode.text, "answer": episode.answer, "outcome": "success"} | (
        {"trace_id": episode.trace_id} if episode.trace_id else {}
    )


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_rows_of_older_rules_are_replaced_and_not_added_to(tenant: TenantStore, tmp_path: Path) -> None:
    old = stored_by_older_rules(tenant)
    (tmp_path / "a.jsonl").write_text(json.dumps(row(old)), encoding="utf-8")
    assert ingest(tmp_path / "a.jsonl", tenant).episodes == 1
    (episode,) = tenant.episodes()
    assert episode.text.startswith("Clone it with [secret:github-token:")
    assert episode.id != old.id, "an id that rests on the text"
    assert tenant.redacted_otherwise(version(pii=False)) == []


def test_no_old_version_of_any_file_holds_the_secret(tenant: TenantStore, tmp_path: Path) -> None:
    old = stored_by_older_rules(tenant)
    tenant.add_feedback({"recall": "r", "text": TEXT, "helped": [old.id]})
    skill = Skill(name="clone", procedure="p", when_to_use=TEXT, evidence=(old.id,), id="s")
    tenant.put_skills([skill], tenant.embedder.embed([TEXT]))
    assert SECRET.encode() in bytes_of(tmp_path)
    assert migrate(tenant, again=True) == 1
    assert SECRET.encode() not in bytes_of(tmp_path)
    (episode,), (skill,), (said,) = tenant.episodes(), tenant.skills(), tenant.feedback()
    assert (skill.evidence, said["helped"]) == ((episode.id,), [episode.id])


def test_an_id_that_rests_on_the_traces_own_stays(tenant: TenantStore) -> None:
    old = stored_by_older_rules(tenant, trace_id="t1")
    assert migrate(tenant, again=True) == 1
    assert [episode.id for episode in tenant.episodes()] == [old.id]


def test_of_many_who_write_first_one_redacts_anew(tenant: TenantStore) -> None:
    stored_by_older_rules(tenant)
    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(migrate, [tenant] * 8)) == [0] * 7 + [1]


def test_a_migration_that_was_cut_short_is_finished_by_the_next(tenant: TenantStore, tmp_path: Path) -> None:
    stored_by_older_rules(tenant, trace_id="t1")
    migrate(tenant, again=True)
    stored_by_older_rules(tenant, trace_id="t1")  # updated away, but its bytes are there
    tenant.set_meta(UNDER_WAY, "yes")
    assert SECRET.encode() in bytes_of(tmp_path)
    migrate(tenant, again=True)
    assert SECRET.encode() not in bytes_of(tmp_path)
    assert tenant.meta(UNDER_WAY) == ""


def test_what_holds_no_secret_only_learns_its_version(tenant: TenantStore) -> None:
    plain = dataclasses.replace(an_episode("Refund order 7"), id="f" * 32)
    tenant.put([plain], tenant.embedder.embed([plain.text]), redaction_version=1)
    tenant.save("guard", b"{}")
    assert migrate(tenant, again=True) == 1
    assert (list(tenant.episodes()), tenant.load("guard")) == ([plain], b"{}")


def test_people_are_redacted_from_now_on_and_in_what_is_there(tenant: TenantStore, tmp_path: Path) -> None:
    remember({"text": TEXT, "outcome": "success"}, tenant)
    assert "ann.smith@example.com" in next(tenant.episodes()).text
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT, "outcome": "success"}), encoding="utf-8")
    assert ingest(tmp_path / "a.jsonl", tenant, redact_pii=True).episodes == 1
    assert redacts_people(tenant)
    remember({"text": TEXT, "outcome": "success"}, tenant)
    (episode,) = tenant.episodes()
    assert "[secret:email:" in episode.text
    assert b"ann.smith" not in bytes_of(tmp_path / "store")


def test_a_dry_run_turns_nothing_on(tenant: TenantStore, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT, "outcome": "success"}), encoding="utf-8")
    assert ingest(tmp_path / "a.jsonl", tenant, redact_pii=True, dry_run=True).episodes == 1
    assert not redacts_people(tenant)
