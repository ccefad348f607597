"""A stream of tickets: what comes in, what changes midway, and that figures and page come from runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from telltale.evals.desk.agents import follow_script
from telltale.evals.desk.arrivals import FADING, GROWING, POLICY, arrivals, changes_at, under_new_policy
from telltale.evals.desk.loop import ALONE, GUARDED, NEAREST
from telltale.evals.desk.stream import Block, live, main
from telltale.evals.desk.stream_figures import concerned, stream_figures
from telltale.evals.desk.tickets import NOVEL, make_tickets


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> list[Block]:
    return live(0, tmp_path_factory.mktemp("stream") / "store", blocks=3, each=10)


@pytest.mark.parametrize("old", POLICY)
def test_after_the_change_the_old_way_fails_and_the_new_one_succeeds_on_the_same_request(old: str) -> None:
    for ticket in make_tickets(0, [old], pool="new", number=6):
        now = under_new_policy(ticket)
        assert (now.text, now.context, now.rows) == (ticket.text, ticket.context, ticket.rows)
        assert [follow_script(ticket, old).success, follow_script(ticket, POLICY[old]).success] == [True, False]
        assert [follow_script(now, old).success, follow_script(now, POLICY[old]).success] == [False, True]


def test_what_the_policy_is_not_about_stays_as_it_was() -> None:
    for ticket in make_tickets(0, [name for name in FADING if name not in POLICY], pool="new", number=10):
        assert under_new_policy(ticket) is ticket


def test_some_families_fade_while_others_grow() -> None:
    blocks = [arrivals(0, block, blocks=8, number=40, pool="remembered") for block in range(8)]
    growing = [sum(ticket.procedure in GROWING for ticket in tickets) for tickets in blocks]
    assert (growing[0], growing[-1]) == (8, 32)
    assert growing == sorted(growing)


def test_only_the_agent_meets_novel_procedures_and_no_ticket_comes_twice() -> None:
    both = [
        (pool, arrivals(1, block, blocks=4, number=20, pool=pool))
        for block in range(4)
        for pool in ("remembered", "new")
    ]
    for pool, tickets in both:
        assert sum(ticket.procedure in NOVEL for ticket in tickets) == (2 if pool == "new" else 0)
    ids = [ticket.id for _, tickets in both for ticket in tickets]
    assert len(set(ids)) == len(ids) == 160


def test_the_policy_changes_midway_and_no_old_way_is_right_from_then_on() -> None:
    for block in range(6):
        old = {ticket.procedure for ticket in arrivals(2, block, blocks=6, number=60, pool="new")} & POLICY.keys()
        assert bool(old) == (block < changes_at(6))


def test_the_memory_grows_by_the_block_and_all_strategies_work_on_the_same_tickets(lived: list[Block]) -> None:
    assert [block.remembered for block in lived] == [0, 10, 20]
    for block in lived:
        alone, nearest, guarded = ([run.ticket.id for run in block.runs[name]] for name in (ALONE, NEAREST, GUARDED))
        assert alone == nearest == guarded


def test_with_nothing_remembered_all_work_alone_and_then_the_nearest_is_followed(lived: list[Block]) -> None:
    assert not any(run.followed for runs in lived[0].runs.values() for run in runs)
    assert all(run.followed for run in lived[1].runs[NEAREST])


def test_requests_that_the_policy_is_about_are_told_before_the_change_and_after_it(lived: list[Block]) -> None:
    for place, block in enumerate(lived):
        of_policy = POLICY.keys() if place < changes_at(3) else {*POLICY.values()}
        assert {run.ticket.procedure for run in block.runs[ALONE] if concerned(run)} <= of_policy


def test_figures_are_means_over_seeds(lived: list[Block]) -> None:
    told = stream_figures([lived, lived], each=10)
    last = lived[-1].runs[ALONE]
    found = told["by_block"][ALONE][-1]["success"]
    assert found["mean"] == found["low"] == found["high"] == sum(run.success for run in last) / 10
    assert told["parts"]["whole"][NEAREST]["tickets"] == 30


def test_the_command_prints_a_table_and_writes_json_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, page = tmp_path / "stream.json", tmp_path / "stream.html"
    main(["--seeds", "1", "--blocks", "2", "--each", "4", "--json", str(out), "--page", str(page)])
    told = json.loads(out.read_text(encoding="utf-8"))
    assert (told["blocks"], told["remembered"]) == (2, [0, 4])
    assert "| whole | telltale |" in capsys.readouterr().out
    written = page.read_text(encoding="utf-8")
    assert written.count("<svg viewBox") == 3 + 4
    assert "http" not in written.replace("http-equiv", "")
