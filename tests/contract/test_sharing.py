"""What a memory lets others have: a library beside their own, and files for other tools. In every place, both ways."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from telltale import NotAllowed
from telltale.server.keys import RIGHTS, Keys

from .conftest import Memory, Place, place, refunds

CASE = "Refund order 9832, it was paid with a gift card"


def another(there: Place, where: str, request: pytest.FixtureRequest) -> tuple[Place, str]:
    """A second tenant of the same store, and its name."""
    name = f"t{secrets.token_hex(6)}"
    if where != "server":
        return replace(there, options=there.options | {"tenant": name}), name
    return replace(there, options={"api_key": Keys(request.getfixturevalue("server")[1]).create(name, RIGHTS)[0]}), name


@pytest.fixture
def shared(where: str, request: pytest.FixtureRequest, runner: asyncio.Runner | None) -> tuple[Place, Place, str, str]:
    """A library that has learned, a memory of the same store with nothing in it, and the names of both."""
    first = place(where, request, runner)
    library, name = another(first, where, request)
    own, own_name = another(first, where, request)
    with library.opened() as memory:
        memory.remember(refunds(8))
        memory.learn()
        memory.distill()
    return library, own, name, own_name


def test_a_library_is_read_beside_a_memory_once_it_is_granted(shared: tuple[Place, Place, str, str]) -> None:
    library, own, name, own_name = shared
    with own.opened() as memory:
        memory.remember(refunds(1)[0])
    with pytest.raises(NotAllowed), own.opened(library=name) as memory:
        memory.recall(CASE)
    with library.opened() as memory:
        memory.grant(own_name)
        assert memory.grants() == [own_name]
    with own.opened(library=name) as memory:
        found = memory.recall(CASE)
        assert name in {verdict.candidate.library for verdict in found.verdicts}
        assert {one.library for one in memory.candidates(CASE)} == {"", name}
        theirs = next(verdict for verdict in found.verdicts if verdict.candidate.library)
        memory.why(found, theirs)
        memory.feedback(found.id, helped=[theirs.candidate.id])
        assert len(list(memory.episodes())) == 1
    with library.opened() as memory:
        memory.revoke_grant(own_name)
        assert (memory.grants(), len(list(memory.episodes()))) == ([], 16)
    with pytest.raises(NotAllowed), own.opened(library=name) as memory:
        memory.recall(CASE)


def test_files_for_other_tools_are_the_same_from_everywhere(taught: Memory, tmp_path: Path) -> None:
    told = taught.export_fine_tuning(tmp_path / "tuned", held=0.2)
    assert (told.train, told.left_out) == (0, {"nothing was asked or done": 16})
    assert (tmp_path / "tuned" / "train.jsonl").is_file()
    assert set(taught.procedure_names().values()) == {"refund_to_card", "refund_to_gift_card"}
    assert [pair.first for pair in taught.alike()] == [pair.first for pair in taught.alike()]
