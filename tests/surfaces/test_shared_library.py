"""A library beside a tenant's own memory: seen where it is granted, named where it is shown, and never written to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import telltale
from telltale import Episode, Outcome
from telltale.memory.errors import EmbedderMismatch, NotAllowed, StoreMissing
from telltale.memory.granted import GRANTED
from telltale.memory.testing import HashingEmbedder

from .conftest import CASE, refunds


def invoices(count: int) -> list[Episode]:
    """Tickets of another kind."""
    return [
        Episode(text=f"Send invoice {n} to the customer once more", label="send", outcome=Outcome.SUCCESS, source="own")
        for n in range(count)
    ]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a library that has learned, which team-a may read, and a team-a with cases of its own."""
    with telltale.open(tmp_path, tenant="shared") as library:
        library.remember(refunds(8))
        library.learn()
        library.distill()
        library.grant("team-a")
    with telltale.open(tmp_path, tenant="team-a") as own:
        own.remember(invoices(4))
    return tmp_path


def opened(store: Path, **options: Any) -> telltale.AgentMemory:
    return telltale.open(store, **{"tenant": "team-a", "library": "shared", **options})


def test_what_is_out_of_the_library_says_so_and_what_is_its_own_does_not(store: Path) -> None:
    with opened(store) as memory:
        found = memory.recall(CASE)
        origins = {verdict.candidate.procedure: verdict.candidate.library for verdict in found.verdicts}
        assert origins["refund_to_gift_card"] == "shared"
        assert {one.library for one in memory.candidates(CASE)} == {"", "shared"}
        own = memory.recall("Send invoice 12 to the customer once more")
        assert {one.candidate.library for one in own.verdicts if one.candidate.procedure == "send"} == {""}


def test_the_prompt_names_the_library_that_a_memory_is_from(store: Path) -> None:
    with opened(store) as memory:
        found = memory.recall(CASE, risk=0.6)
        assert found.admitted[0].candidate.library == "shared"
        assert '"from_library": "shared"' in found.text
        assert found.messages()


def test_a_library_answers_for_a_memory_that_is_still_empty(store: Path) -> None:
    with telltale.open(store, tenant="shared") as library:
        library.grant("*")
    with opened(store, tenant="new") as memory:
        assert {one.candidate.library for one in memory.recall(CASE).verdicts} == {"shared"}


def test_nothing_flows_back(store: Path) -> None:
    with opened(store) as memory:
        found = memory.recall(CASE)
        ids = [verdict.candidate.id for verdict in found.verdicts[:1]]
        memory.feedback(found.id, outcome="failure", used=ids, misled=ids)
        memory.remember(invoices(6))
        memory.learn()
        assert {episode.source for episode in memory.episodes()} == {"own"}
        assert len(memory._tenant.feedback()) == 1
    with telltale.open(store, tenant="shared") as library:
        assert (len(list(library.episodes())), list(library._tenant.feedback())) == (16, [])
        assert library._tenant.recall_note(found.id) is None


def test_only_who_was_granted_it_sees_a_library_and_only_as_long(store: Path) -> None:
    with pytest.raises(NotAllowed, match="is not granted to 'team-b'"):
        opened(store, tenant="team-b")
    with telltale.open(store, tenant="shared") as library, opened(store) as memory:
        assert library.grants() == ["team-a"]
        library.revoke_grant("team-a")
        with pytest.raises(NotAllowed) as raised:
            memory.recall(CASE)
        assert raised.value.code == "NOT_GRANTED"


def test_a_library_that_is_not_there_or_of_another_embedder_is_refused(store: Path) -> None:
    with pytest.raises(StoreMissing):
        opened(store, library="typo")
    with telltale.open(store, tenant="shared") as library:
        library.grant("other")
    with pytest.raises(EmbedderMismatch, match="cannot be compared"):
        opened(store, tenant="other", embedder=HashingEmbedder())


def test_a_grant_goes_with_the_tenant_and_not_with_its_name(store: Path) -> None:
    with telltale.open(store, tenant="shared") as library, telltale.open_store(store) as tenants:
        library.revoke_grant("team-a")  # it was made before there was a team-a
        library.grant("team-a")
        tenants.rename("team-a", "team-c")
        assert library.grants() == ["team-c"]
        opened(store, tenant="team-c").close()
        tenants.create("team-a")
        with pytest.raises(NotAllowed):
            opened(store, tenant="team-a")
        tenants.delete("team-c")
        tenants.create("team-c")
        assert library.grants() == []
        with pytest.raises(NotAllowed):
            opened(store, tenant="team-c")


def test_a_memory_that_is_lent_grants_as_any_other(store: Path) -> None:
    with telltale.open_store(store) as tenants:
        with tenants.memory("shared") as library:
            library.revoke_grant("team-a")
            library.grant("team-a")
            assert library.grants() == ["team-a"]
        tenants.rename("team-a", "team-c")
        with tenants.memory("shared") as library:
            assert library.grants() == ["team-c"]


def test_a_grant_by_an_older_version_goes_on_and_can_be_taken_back(store: Path) -> None:
    with telltale.open(store, tenant="shared") as library:
        library._tenant.set_meta(GRANTED, '["*", "team-a"]')
        library.revoke_grant("*")
        opened(store).close()
        library.revoke_grant("team-a")
        assert library.grants() == []
        with pytest.raises(NotAllowed):
            opened(store)
