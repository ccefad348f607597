"""The active skills of a tenant are found by text and by procedure, whether they are few or many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from telltale.memory import shelf
from telltale.memory.skills import searched
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder, an_episode, put
from telltale.memory.types import Skill, Status


@pytest.fixture(params=["few", "many"])
def tenant(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TenantStore]:
    """An empty tenant; with ``many``, skills are searched in LanceDB from the first on."""
    if request.param == "many":
        monkeypatch.setattr(shelf, "MOST_SKILLS", 0)
    store = Store.open(tmp_path)
    yield store.tenant(embedder=HashingEmbedder())
    store.close()


def a_skill(procedure: str, when_to_use: str, **fields: object) -> Skill:
    usual = {"status": Status.ACTIVE, "evidence": ("e1",)} | fields
    return Skill(id=f"s-{procedure}", name=procedure, procedure=procedure, when_to_use=when_to_use, **usual)  # type: ignore[arg-type]


def shelve(tenant: TenantStore, *skills: Skill) -> None:
    tenant.put_skills(skills, tenant.embedder.embed([searched(skill) for skill in skills]))


def near(tenant: TenantStore, text: str) -> list[str]:
    return [skill.procedure for skill in tenant.shelf.near(tenant.embedder.embed([text])[0], text, k=2)]


def test_the_nearest_come_first_and_none_twice(tenant: TenantStore) -> None:
    shelve(tenant, a_skill("taxi", "order a taxi"), a_skill("dinner", "book a romantic dinner"), a_skill("hair", "cut"))
    found = near(tenant, "a romantic dinner for two")
    assert found[0] == "dinner"
    assert len(found) == len(set(found))


def test_only_active_skills_are_found(tenant: TenantStore) -> None:
    shelve(tenant, a_skill("dinner", "book a dinner", status=Status.CANDIDATE), a_skill("taxi", "order a taxi"))
    assert near(tenant, "book a dinner") == ["taxi"]
    assert tenant.shelf.of(["dinner"]) == []


def test_a_procedure_has_its_skills_and_what_changes_is_seen_at_once(tenant: TenantStore) -> None:
    shelve(tenant, a_skill("taxi", "order a taxi"))
    assert [skill.when_to_use for skill in tenant.shelf.of(["taxi", "dinner"])] == ["order a taxi"]
    shelve(tenant, a_skill("taxi", "order a cab", version=2))
    assert [skill.when_to_use for skill in tenant.shelf.of(["taxi", "dinner"])] == ["order a cab"]


def test_no_episode_is_ever_taken_for_a_skill(tenant: TenantStore) -> None:
    put(tenant, an_episode("book a romantic dinner", label="dinner"))
    assert near(tenant, "book a romantic dinner") == []
    assert tenant.shelf.of(["dinner"]) == []


def test_a_write_to_something_else_leaves_the_skills_as_they_are_kept(tenant: TenantStore) -> None:
    shelve(tenant, a_skill("taxi", "order a taxi"))
    before = tenant.shelf.of(["taxi"])
    put(tenant, an_episode("book a romantic dinner", label="dinner"))
    assert tenant.shelf.of(["taxi"]) == before


def test_another_tenant_has_none_of_them(tenant: TenantStore, tmp_path: Path) -> None:
    shelve(tenant, a_skill("taxi", "order a taxi"))
    store = Store.open(tmp_path)
    assert near(store.tenant("other", embedder=HashingEmbedder()), "order a taxi") == []
    store.close()


def test_a_skill_of_merged_procedures_is_found_by_each(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    tenant = store.tenant(embedder=HashingEmbedder())
    shelve(tenant, a_skill("taxi", "order a taxi", also=("cab",)))
    assert [skill.id for skill in tenant.shelf.of(["cab"])] == ["s-taxi"]
    store.close()
