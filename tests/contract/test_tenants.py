"""The tenants of a store as such: in a folder, in a bucket and at a server, called and awaited."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import telltale
from telltale.asynchronous_tenants import AsyncTenants
from telltale.memory.errors import BadArgument, BadTenantName, ReadOnly, StoreMissing
from telltale.memory.quota import Quota
from telltale.server.keys import Keys

from .conftest import Place, Waited, place

RUN = [{"role": "user", "content": "Refund order 1832"}, {"role": "assistant", "content": "done"}]


@pytest.fixture
def many(where: str, request: pytest.FixtureRequest, runner: asyncio.Runner | None) -> Iterator[tuple[Any, Place]]:
    """The tenants of a place, as whoever looks after them has them."""
    there = place(where, request, None)
    options: dict[str, Any] = {}
    if where == "server":
        options = {"api_key": Keys(request.getfixturevalue("server")[1]).create_operator()[0]}
    if runner is None:
        with telltale.open_store(there.address, **options) as tenants:
            yield tenants, there
        return
    waited = Waited(runner.run(AsyncTenants.open(there.address, **options)), runner)
    yield waited, there
    waited.close()


def test_a_tenant_is_made_named_limited_renamed_and_taken_away(many: tuple[Any, Place]) -> None:
    tenants, _ = many
    old, new = (f"n{secrets.token_hex(4)} é" for _ in range(2))
    tenants.create(old)
    with pytest.raises(BadArgument, match="already"):
        tenants.create(old)
    tenants.set_quota(old, episodes=5)
    tenants.rename(old, new)
    assert {old, new} & set(tenants.names()) == {new}
    assert tenants.quota(new) == Quota(episodes=5)
    tenants.delete(new)
    assert new not in tenants.names()


@pytest.mark.parametrize("form", ["kept.zip", "kept"])
def test_what_was_exported_comes_back_under_another_name(many: tuple[Any, Place], form: str, tmp_path: Path) -> None:
    tenants, there = many
    with there.opened() as memory:
        memory.remember(RUN, outcome="success")
        name = memory._name if there.options else "default"
    assert tenants.export(name, tmp_path / form) == 1
    other = f"n{secrets.token_hex(4)}"
    assert tenants.import_(tmp_path / form, other) == other
    assert tenants.export(other, tmp_path / "again.zip") == 1
    with pytest.raises(BadArgument, match="already"):
        tenants.export(name, tmp_path / form)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({form, "again.zip"})


def test_mistakes_are_the_same_errors_everywhere(many: tuple[Any, Place], tmp_path: Path) -> None:
    tenants, _ = many
    (tmp_path / "no.zip").write_bytes(b"PK")
    with pytest.raises(BadTenantName):
        tenants.create("../x")
    for missing in (tenants.delete, tenants.quota):
        with pytest.raises(StoreMissing):
            missing("nobody here")
    with pytest.raises(BadArgument):
        tenants.import_(tmp_path / "no.zip", "x")
    with pytest.raises(StoreMissing):
        tenants.import_(tmp_path / "nothing.zip", "x")


def test_what_was_opened_to_read_changes_nothing(many: tuple[Any, Place], where: str, request: Any) -> None:
    tenants, there = many
    tenants.create(f"kept{secrets.token_hex(4)}")
    options: dict[str, Any] = {}
    if where == "server":
        options = {"api_key": Keys(request.getfixturevalue("server")[1]).create_operator()[0]}
    with telltale.open_store(there.address, read_only=True, **options) as reading:
        assert reading.names()
        for change in (reading.create, reading.delete):
            with pytest.raises(ReadOnly):
                change(reading.names()[0])
