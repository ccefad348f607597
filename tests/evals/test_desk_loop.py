"""The closed loop runs through the public face alone, and its figures are computed from runs."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

import telltale
from telltale.evals.desk.command import demo
from telltale.evals.desk.figures import figure, figures_of, seeds_won
from telltale.evals.desk.loop import (
    ALONE,
    EPISODES,
    GUARDED,
    NEAREST,
    NOVEL_SHARE,
    SKILLS,
    Played,
    new_tickets,
    play,
)
from telltale.evals.desk.show import figures_table, seeds_table, telling_table, training_lines, what_next
from telltale.evals.desk.telling import Telling
from telltale.evals.desk.tickets import NOVEL
from telltale.evals.desk.traces import record_runs, write_traces
from telltale.memory.types import Candidate, Decision, Difference, Outcome, Verdict


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(0, tmp_path_factory.mktemp("desk") / "store", remembered=60, new=10, apart=True)


def test_recorded_runs_come_back_from_the_store_with_what_the_database_said(tmp_path: Path) -> None:
    runs = record_runs(0, 20)
    traces, outcomes = write_traces(runs, tmp_path)
    with telltale.open(tmp_path / "store") as memory:
        summary = memory.ingest(traces, outcomes=outcomes)
        stored = {episode.trace_id: episode for episode in memory.episodes()}
    assert (summary.stored, summary.rejected) == (20, 0)
    for run in runs:
        back = stored[run.ticket.id]
        assert (back.text, dict(back.context)) == (run.ticket.text, dict(run.ticket.context))
        assert len(back.steps) == run.steps
        assert back.outcome is (Outcome.SUCCESS if run.success else Outcome.FAILURE)


def test_all_strategies_work_on_the_same_tickets(played: Played) -> None:
    expected = [each.id for each in new_tickets(0, 10)]
    assert played.runs.keys() == {ALONE, NEAREST, GUARDED, EPISODES, SKILLS}
    assert all([run.ticket.id for run in runs] == expected for runs in played.runs.values())
    assert len(played.recalls) == 10


def test_without_a_memory_nothing_is_followed_and_the_nearest_is_followed_always(played: Played) -> None:
    assert not any(run.followed or run.misled for run in played.runs[ALONE])
    assert all(run.followed for run in played.runs[NEAREST])


def test_telltales_agent_follows_what_was_admitted_and_explores_where_it_abstained(played: Played) -> None:
    for run, recall in zip(played.runs[GUARDED], played.recalls, strict=True):
        assert run.example == (recall.admitted[0].candidate.id if recall.admitted else "")


def test_skills_alone_never_follow_an_episode_and_episodes_alone_never_a_skill(played: Played) -> None:
    episodes = played.origins.keys()
    assert {run.example for run in played.runs[EPISODES] if run.followed} <= episodes
    assert {run.example for run in played.runs[SKILLS] if run.followed}.isdisjoint(episodes)


def test_a_share_of_the_new_tickets_is_novel() -> None:
    novel = [ticket.procedure in NOVEL for ticket in new_tickets(2, 50)]
    assert sum(novel) == NOVEL_SHARE * 50


def test_figures_are_means_over_seeds_with_students_interval(played: Played) -> None:
    figures = figures_of([played, played])
    share = sum(run.success for run in played.runs[GUARDED]) / 10
    assert figures[GUARDED]["success"] == figure([share, share], share=True)
    assert seeds_won(figures, NEAREST) in (["won"] * 2, ["lost"] * 2, ["tied"] * 2)
    assert seeds_won(figures, GUARDED) == ["tied", "tied"]
    wide = figure([1.0, 2.0, 3.0])
    assert (wide.mean, round(wide.low or 0, 2), round(wide.high or 0, 2)) == (2.0, -0.48, 4.48)


def test_a_person_is_shown_every_strategy_with_its_means_and_what_to_try_next(played: Played, tmp_path: Path) -> None:
    figures, shown = figures_of([played, played]), StringIO()
    tables = (figures_table(figures, [played, played]), seeds_table(figures, [played, played]))
    Console(file=shown, width=120).print(training_lines(played), *tables, what_next(tmp_path, None, played.risk))
    for strategy in played.runs:
        assert f"{figures[strategy]['success'].mean:.2f}" in shown.getvalue()
        assert strategy.split(",", maxsplit=1)[0] in shown.getvalue()
    assert "60 runs of colleagues" in shown.getvalue()
    assert "telltale look-alikes --store" in shown.getvalue()


def test_a_refused_look_alike_is_shown_with_what_gave_it_away(played: Played) -> None:
    difference = Difference(kind="choice:payment", case_value="gift card", candidate_value="credit card")
    candidate = Candidate(id="a", text="an older request", procedure="refund_to_card", outcome=Outcome.SUCCESS)
    refused = Verdict(candidate=candidate, decision=Decision.REFUSED, probability=0.1, differences=(difference,))
    shown = StringIO()
    telling = Telling(run=played.runs[NEAREST][0], refused=refused, difference=difference)
    Console(file=shown, width=200).print(telling_table(telling))
    assert "choice:payment: here gift card, there credit card" in shown.getvalue()
    assert "an older request" in shown.getvalue()


def test_the_demo_leaves_a_store_behind_and_makes_it_anew(tmp_path: Path) -> None:
    store = tmp_path / "demo-store"
    asked = ["--store", str(store), "--seeds", "1", "--tickets", "5", "--traces", "40", "--json"]
    first, again = (CliRunner().invoke(demo, asked, catch_exceptions=False) for _ in range(2))
    found, again_found = json.loads(first.stdout), json.loads(again.stdout)
    assert set(found["strategies"]) == {ALONE, NEAREST, GUARDED}
    for strategy in (ALONE, NEAREST):  # the guard samples by ids, and those are each store's own
        assert again_found["strategies"][strategy] == found["strategies"][strategy]
    with telltale.open(store, read_only=True) as memory:
        assert len(list(memory.episodes())) == found["ingested"]["stored"]


def test_the_demo_touches_no_folder_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(telltale.UsageError, match="no demo made it"):
        CliRunner().invoke(demo, ["--store", str(tmp_path)], catch_exceptions=False)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
