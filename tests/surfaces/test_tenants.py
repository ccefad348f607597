"""Many memories in one store, as a program and a person see them."""

from __future__ import annotations

import gc
import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from telltale.asynchronous_tenants import AsyncTenants
from telltale.cli import main
from telltale.client_tenants import ServedTenants
from telltale.memory.errors import BadArgument, QuotaExceeded, StoreBusy, StoreMissing
from telltale.tenancy import Tenants, open_store

RUN = [{"role": "user", "content": "Refund order 1832"}, {"role": "assistant", "content": "done"}]
Run = Callable[..., Any]


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[Tenants]:
    """The memories of a fresh store, one open at a time."""
    with open_store(tmp_path / "store", most_open=1) as opened:
        yield opened


@pytest.fixture
def told(tmp_path: Path) -> Run:
    """What ``telltale tenants ...`` prints as JSON, or as text with ``text=True``; its exit status where it fails."""

    def run(*arguments: str, text: bool = False) -> Any:
        as_asked = ["tenants", *arguments, "--store", str(tmp_path / "store"), *([] if text else ["--json"])]
        ran = CliRunner().invoke(main, as_asked)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
        return ran.exit_code or (ran.stdout if text else json.loads(ran.stdout))

    return run


def test_a_memory_is_lent_and_is_all_that_a_memory_is(tenants: Tenants) -> None:
    with tenants.memory("team-a") as memory:
        memory.remember(RUN, outcome="success")
        assert memory.recall("Refund order 1832").verdicts
    assert tenants.names() == ["team-a"]


def test_one_in_use_stays_open_and_one_that_was_given_back_makes_room(tenants: Tenants) -> None:
    memory = tenants.memory("a")
    for name in "bcd":
        tenants.memory(name).close()
    assert tenants._store.tenant("a") is memory._tenant
    memory.close()
    memory.close()
    tenants.memory("b").close()
    assert tenants._store.tenant("a") is not memory._tenant


def test_a_memory_that_nobody_closed_is_given_back_when_it_is_collected(tenants: Tenants) -> None:
    memory = tenants.memory("a")
    with pytest.raises(StoreBusy):
        tenants.delete("a")
    del memory
    gc.collect()
    tenants.delete("a")
    assert tenants.names() == []


def test_recalls_are_written_out_when_their_memory_is_closed_to_make_room(tenants: Tenants) -> None:
    with tenants.memory("a") as memory:
        memory.remember(RUN, outcome="success")
        found = memory.recall("Refund order 1832")
    tenants.memory("b").close()
    with tenants.memory("a") as memory:
        memory.feedback(found.id, outcome="success")
        assert [said["recall"] for said in memory._tenant.feedback()] == [found.id]


def test_two_may_work_on_one_memory(tenants: Tenants) -> None:
    with tenants.memory("a") as first, tenants.memory("a") as second:
        first.remember(RUN, outcome="success")
        assert len(list(second.episodes())) == 1


def test_a_quota_refuses_what_is_too_much_and_can_be_read(tenants: Tenants) -> None:
    tenants.create("a")
    tenants.set_quota("a", episodes=1)
    with tenants.memory("a") as memory:
        memory.remember(RUN, outcome="success")
        with pytest.raises(QuotaExceeded):
            memory.remember([{**RUN[0], "content": "Cancel 7"}, RUN[1]], outcome="success")
        memory.remember(RUN, outcome="failure")
        assert [episode.outcome for episode in memory.episodes()] == ["failure"]
    assert tenants.quota("a").episodes == 1
    with pytest.raises(StoreMissing):
        tenants.set_quota("b", episodes=1)


def test_what_is_exported_can_be_recalled_from_elsewhere(tenants: Tenants, tmp_path: Path) -> None:
    with tenants.memory("a") as memory:
        memory.remember(RUN, outcome="success")
        memory.distill()
        memory.learn()
        before = memory.recall("Refund order 1832")
    assert tenants.export("a", tmp_path / "a.zip") == 1
    with open_store(tmp_path / "elsewhere") as elsewhere:
        assert elsewhere.import_(tmp_path / "a.zip", "b") == "b"
        with elsewhere.memory("b") as memory:
            after = memory.recall("Refund order 1832")
    assert [one.candidate.id for one in before.verdicts] == [one.candidate.id for one in after.verdicts]


def test_making_one_that_is_there_is_refused(tenants: Tenants) -> None:
    tenants.create("a")
    with pytest.raises(BadArgument, match="already"):
        tenants.create("a")


@pytest.mark.parametrize("verb", [name for name in dir(Tenants) if not name.startswith("_")])
def test_every_method_is_there_awaited_and_at_a_server(verb: str) -> None:
    plain = inspect.signature(getattr(Tenants, verb)).parameters
    for other in (AsyncTenants, ServedTenants):
        assert inspect.signature(getattr(other, verb)).parameters == plain
    assert inspect.iscoroutinefunction(getattr(AsyncTenants, verb))
    assert vars(ServedTenants)[verb]


# ---- the command line ------------------------------------------------------------------------------------------------


def test_the_names_are_told_with_and_without_the_word_list(told: Run) -> None:
    for name in ("b", "a"):
        assert told("create", name) == {"created": name}
    assert told() == told("list") == {"tenants": ["a", "b"]}
    assert told(text=True) == told("list", text=True) == "a\nb\n"


def test_a_memory_goes_through_all_that_can_be_done_with_it(told: Run, tmp_path: Path) -> None:
    told("create", "a")
    assert told("rename", "a", "b") == {"renamed": "a", "to": "b"}
    assert told("quota", "b", "--episodes", "5") == {"tenant": "b", "quota": {"episodes": 5, "bytes": None}}
    assert told("quota", "b", "--episodes", "none", "--bytes", "9")["quota"] == {"episodes": None, "bytes": 9}
    assert "bytes: 9" in told("quota", "b", text=True)
    assert told("export", "b", str(tmp_path / "b.zip"))["episodes"] == 0
    assert told("import", str(tmp_path / "b.zip"), "--as", "c") == {"imported": "c"}
    assert told("delete", "b", "--yes") == {"deleted": "b"}
    assert told() == {"tenants": ["c"]}


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (["rename", "a", "../x"], 2),
        (["rename", "no", "b"], 4),
        (["delete", "no"], 4),
        (["quota", "a", "--bytes", "x"], 2),
    ],
)
def test_mistakes_end_with_the_status_of_their_kind(told: Run, wrong: list[str], status: int) -> None:
    told("create", "a")
    assert told(*wrong) == status
    assert told() == {"tenants": ["a"]}
