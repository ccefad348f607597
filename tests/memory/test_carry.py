"""A tenant out of one store and into another, with all that it holds."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telltale.memory import carry
from telltale.memory.embedders import embed_texts
from telltale.memory.errors import BadArgument, BadTenantName, ReadOnly, StoreMissing
from telltale.memory.quota import Quota
from telltale.memory.skills import searched
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder, an_episode, put
from telltale.memory.types import Insight, LookAlike, Procedure, Profile, Proposal, Skill, SkillStep

SKILL = Skill(id="a" * 32, name="refund", procedure="refund", when_to_use="to pay back", steps=(SkillStep(tool="pay"),))


@pytest.fixture
def full(store: Store) -> TenantStore:
    """A tenant with something of everything."""
    tenant = store.tenant("ant", embedder=HashingEmbedder())
    put(tenant, an_episode("Refund 1", time=12.5), an_episode("Refund 2 é", answer="done", context={"who": [1, None]}))
    tenant.put_skills([SKILL], embed_texts(tenant.embedder, [searched(SKILL)]))
    tenant.keep_versions([SKILL])
    first, second = tenant.ids()
    tenant.replace_insights([Insight(id="b" * 32, polarity="do", text="pay by card", evidence=(first,))])
    tenant.replace_proposals([Proposal(id="p", skill=SKILL, reason="new")])
    tenant.replace_look_alikes(
        [LookAlike(first=first, second=second, similarity=0.9, first_procedure="r", second_procedure="s")]
    )
    tenant.replace_procedures([Procedure(name="r", keys=("refund",), profile=Profile(parts={"refund": 1.0}))])
    tenant.add_feedback({"recall": "r1", "helped": [first]})
    tenant.note_recall({"id": "r1", "text": "Refund"})
    tenant.recall_notes(1)
    tenant.save("guard", b"\x00numbers\xff")
    tenant.quota = Quota(episodes=9)
    return tenant


def everything(tenant: TenantStore) -> list[Any]:
    return [
        tenant.key,
        list(tenant.episodes()),
        tenant.block().vectors.round(5).tolist(),
        *(tenant.skills(), tenant.skill_versions(), tenant.insights(), tenant.proposals(), tenant.look_alikes()),
        *(tenant.procedures(), list(tenant.feedback()), tenant.recall_notes(9), tenant.load("guard"), tenant.quota),
    ]


@pytest.mark.parametrize("place", ["ant", "ant.zip"])
def test_all_of_a_tenant_comes_back_equal_in_another_store(
    full: TenantStore, store: Store, tmp_path: Path, place: str
) -> None:
    assert store.export("ant", tmp_path / place) == 2
    other = Store.open(tmp_path / "other")
    assert other.restore(tmp_path / place, embedder=HashingEmbedder()) == "ant"
    assert everything(other.tenant("ant")) == everything(full)
    assert other.tenant("ant").check() == []


def test_it_may_have_another_name_and_goes_beside_the_one_that_it_was(
    full: TenantStore, store: Store, tmp_path: Path
) -> None:
    store.export("ant", tmp_path / "kept")
    assert store.restore(tmp_path / "kept", "bee") == "bee"
    store.tenant("bee").forget_everything()
    assert (store.tenants(), full.count()) == (["ant", "bee"], 2)


@pytest.mark.parametrize("form", ["kept", "kept.zip"])
def test_what_is_stopped_on_its_way_leaves_nothing(full: TenantStore, store: Store, tmp_path: Path, form: str) -> None:
    store.export("ant", tmp_path / form)
    seen: list[tuple[int, int]] = []
    assert store.restore(tmp_path / form, "bee", progress=lambda done, total: seen.append((done, total))) == "bee"
    assert (sorted(seen), seen[-1][0]) == (seen, seen[-1][1])
    there = {path.name for path in Path(store.address).iterdir()}

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.restore(tmp_path / form, "cat", progress=stop)
    assert (store.tenants(), {path.name for path in Path(store.address).iterdir()}) == (["ant", "bee"], there)


def test_a_store_that_is_only_read_can_be_exported_from_and_not_into(
    full: TenantStore, store: Store, tmp_path: Path
) -> None:
    reading = Store.open(store.address, read_only=True)
    reading.tenant("ant", embedder=HashingEmbedder())
    assert reading.export("ant", tmp_path / "kept.zip") == 2
    with pytest.raises(ReadOnly):
        reading.restore(tmp_path / "kept.zip", "bee")


def test_what_is_missing_taken_or_there_already_is_said(full: TenantStore, store: Store, tmp_path: Path) -> None:
    store.export("ant", tmp_path / "kept")
    with pytest.raises(BadArgument, match="something"):
        store.export("ant", tmp_path / "kept")
    with pytest.raises(StoreMissing):
        store.export("bee", tmp_path / "bee")
    with pytest.raises(BadTenantName):
        store.restore(tmp_path / "kept", "../x")
    with pytest.raises(BadArgument, match="already"):
        store.restore(tmp_path / "kept")
    with pytest.raises(StoreMissing):
        store.restore(tmp_path / "nothing")
    assert store.tenants() == ["ant"]


def cut(folder: Path) -> None:
    (folder / "episodes.jsonl").write_bytes((folder / "episodes.jsonl").read_bytes()[:-9])


def changed(folder: Path) -> None:
    file = folder / "feedback.jsonl"
    file.write_bytes(file.read_bytes().replace(b"r1", b"r2"))


def missing(folder: Path) -> None:
    (folder / "skills.jsonl").unlink()


def another(folder: Path) -> None:
    (folder / carry.ABOUT).write_text("[]")


def elsewhere(folder: Path) -> None:
    about = json.loads((folder / carry.ABOUT).read_text())
    about["files"]["../../other"] = {"lines": 1, "sha256": "0"}
    (folder / carry.ABOUT).write_text(json.dumps(about))


@pytest.mark.parametrize("harm", [cut, changed, missing, another, elsewhere])
def test_what_was_changed_is_refused_before_anything_is_made(
    full: TenantStore, store: Store, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    store.export("ant", tmp_path / "kept")
    harm(tmp_path / "kept")
    there = sorted(path.name for path in Path(store.address).iterdir())
    with pytest.raises(BadArgument, match="export"):
        store.restore(tmp_path / "kept", "bee")
    assert sorted(path.name for path in Path(store.address).iterdir()) == there


def test_a_restoring_that_fails_half_way_leaves_nothing(
    full: TenantStore, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.export("ant", tmp_path / "kept")
    there = sorted(path.name for path in Path(store.address).iterdir())
    monkeypatch.setattr(carry, "skill_of", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.restore(tmp_path / "kept", "bee")
    assert sorted(path.name for path in Path(store.address).iterdir()) == there
    assert store.tenants() == ["ant"]


def test_a_file_that_is_no_zip_is_told_from_one(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("../x", "y")
    for name in ("a.zip", "b.zip"):
        with pytest.raises(BadArgument, match="no exported tenant"):
            store.restore(tmp_path / name)
