"""Skills are replayed to the letter at the desk, and the database alone says what came of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from telltale.evals.desk.replay import (
    IGNORED,
    LOOK_ALIKES,
    NEAREST_TEXT,
    OWN,
    RESPECTED,
    Replayed,
    by_skill,
    main,
    table,
)
from telltale.evals.desk.replay import replay as replayed


@pytest.fixture(scope="module")
def found() -> list[Replayed]:
    return replayed(0, remembered=240, each=2)


def some(found: list[Replayed], trial: str, boundaries: str) -> list[Replayed]:
    return [one for one in found if (one.trial, one.boundaries) == (trial, boundaries)]


def test_nearly_all_skills_succeed_on_new_tickets_of_their_own(found: list[Replayed]) -> None:
    for way in (RESPECTED, IGNORED):
        own = some(found, OWN, way)
        assert len(own) >= 20
        assert sum(one.success for one in own) >= 0.9 * len(own)  # .95 with the 360 runs of docs/design/053


def test_no_skill_succeeds_on_what_it_is_not_for_but_by_the_skill_that_its_boundary_names(
    found: list[Replayed],
) -> None:
    assert not any(one.success for one in some(found, LOOK_ALIKES, IGNORED))
    assert any(one.success for one in some(found, LOOK_ALIKES, RESPECTED))


def test_boundaries_prevent_harm_where_a_skill_was_chosen_by_its_text(found: list[Replayed]) -> None:
    def harm(way: str) -> int:
        return sum(one.harm for one in some(found, NEAREST_TEXT, way))

    assert harm(RESPECTED) < harm(IGNORED)


def test_the_table_has_a_line_for_every_trial_and_names_the_skills_that_failed(found: list[Replayed]) -> None:
    failed = Replayed(
        seed=7, trial=OWN, boundaries=IGNORED, skill="refund", ticket="refund", success=False, harm=True, stopped=""
    )
    assert sum(line.startswith(("| own", "| look-alikes", "| nearest text")) for line in table(found)) == 6
    assert "  seed 7: refund fails on 1 of 1" in by_skill([*found, failed])


def test_the_command_prints_the_table_and_keeps_every_replay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--seeds", "1", "--traces", "80", "--each", "1", "--json", str(tmp_path / "out.json")])
    assert "nearest text" in capsys.readouterr().out
    assert {one["trial"] for one in json.loads((tmp_path / "out.json").read_text("utf-8"))} <= {
        OWN, LOOK_ALIKES, NEAREST_TEXT,
    }  # fmt: skip
