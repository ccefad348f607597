"""The stress tests hold what they promise: no shared words, no tells, the same rows from the same seed."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from telltale.cli import main
from telltale.evals.cases import as_truth, load_cases
from telltale.evals.leaks import leaks
from telltale.evals.stress.haystacks import CONTROLS, STRESSES, mistyped
from telltale.evals.stress.rows import case_file
from telltale.evals.stress.run import text_of, write
from telltale.evals.stress.scenes import NOW_THINGS, SCENES
from telltale.evals.stress.twists import TWISTS

# Words of form, which both sides may have; every other word of three letters and more is content.
FORM = """the that this for was has have not and over with from then first one all are their them they about does did
but due how out its back any each what who into off got get ana ruiz lima porto thing before"""
KNOWN = {*FORM.split(), "days"}


def content(texts: Any) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z]{3,}", " ".join(texts).lower()) if word not in KNOWN}


def test_there_are_more_than_twenty_and_each_says_what_it_is() -> None:
    assert len(STRESSES) >= 20
    assert all(stress.says.endswith(".") for stress in STRESSES.values())
    assert len({stress.says for stress in STRESSES.values()}) == len(STRESSES)


def test_past_and_present_wordings_of_requests_share_no_word_of_content() -> None:
    past = content(chain.from_iterable(scene.past for scene in SCENES))
    now = content(chain.from_iterable((*scene.now, *scene.abroad) for scene in SCENES))
    assert past & now == set()


@pytest.mark.parametrize("twist", TWISTS, ids=lambda twist: twist.name)
def test_past_and_present_wordings_of_a_fact_share_no_word_of_content(twist: Any) -> None:
    past = content(chain.from_iterable(variant.past for variant in twist.variants))
    now = content(chain.from_iterable(variant.now for variant in twist.variants))
    assert past & now == set()


@pytest.mark.parametrize("name", STRESSES)
def test_a_test_is_made_of_its_seed_alone_and_is_a_case_file(name: str, tmp_path: Path) -> None:
    write([STRESSES[name]], tmp_path, seed=1)
    read, again = load_cases(tmp_path / f"{name}.jsonl"), case_file(STRESSES[name], seed=1)
    assert (read.memory, read.queries) == (again.memory, again.queries)
    assert text_of(again) != text_of(case_file(STRESSES[name], seed=2))


@pytest.mark.parametrize("name", STRESSES)
def test_no_query_is_a_copy_and_no_shape_gives_it_away(name: str) -> None:
    found = leaks(case_file(STRESSES[name]))
    assert (found.exact_copies, found.near_copies) == (0, 0)
    assert [tell.name for tell in found.found if tell.about == "match"] == []


@pytest.mark.parametrize("name", sorted(set(STRESSES) - {"absent", "superseded_fact"}))
def test_there_are_queries_that_something_applies_to_and_others(name: str) -> None:
    file = case_file(STRESSES[name])
    known = frozenset(row["plan"] for row in file.memory if row.get("success") is not False)
    assert {as_truth(row, known).has_match for row in file.queries} == {True, False}


def test_only_the_fact_tells_the_procedures_of_a_scene_apart() -> None:
    """For each query whose procedure is not remembered there is a look-alike that is."""
    file = case_file(STRESSES["tense"])
    known = {row["plan"] for row in file.memory}
    novel = {row["plan"] for row in file.queries} - known
    assert len(novel) == 4
    assert all(any(other.startswith(plan.partition("_")[0]) for other in known) for plan in novel)


def test_a_control_asks_in_the_words_of_the_past() -> None:
    file = case_file(CONTROLS["tense_same_words"])
    past, now = (content(row["text"] for row in rows) for rows in (file.memory, file.queries))
    assert now - past <= content(NOW_THINGS)


def test_failures_are_the_only_episodes_of_some_procedures() -> None:
    file = case_file(STRESSES["failure_as_needle"])
    outcomes: dict[str, set[bool]] = {}
    for row in file.memory:
        outcomes.setdefault(row["plan"], set()).add(row.get("success", True))
    assert {False} in outcomes.values()
    assert {True} in outcomes.values()


def test_a_mistyped_text_keeps_its_words_but_not_their_letters() -> None:
    import random

    text = "give the buyer their money back"
    wrong = mistyped(text, random.Random(0))
    assert wrong != text
    assert len(wrong.split()) == len(text.split())


def test_the_command_gives_each_test_its_own_figures(tmp_path: Path) -> None:
    out, page = tmp_path / "stress.json", tmp_path / "stress.html"
    asked = ["eval", "stress", "--only", "absent", "--only", "typos", "--strategies", "none,random"]
    ran = CliRunner().invoke(main, [*asked, "--json", str(out), "--html", str(page)])
    assert ran.exit_code == 0, ran.output
    assert "none misleads in 0 of 2 tests and helps in 0 of the 1 in which something applies." in ran.output
    assert "random misleads in 2 of 2 tests" in ran.output
    written = page.read_text("utf-8")
    assert written.count("<figure>") == 1 + 2  # all at a glance, and each test
    assert "http" not in written
    found, _ = json.loads(out.read_text("utf-8"))["sets"]
    assert found["data"]["name"] == "stress/absent"
    assert found["strategies"]["none"]["honest_abstention"] == 1
    assert found["strategies"]["random"]["misled_rate"] == 1


def test_a_strategy_that_cannot_be_had_is_blank_and_a_gate_shuts_on_one_that_misleads() -> None:
    asked = ["eval", "stress", "--only", "absent", "--strategies", "dense,hybrid_rerank", "--no-cache"]
    ran = CliRunner().invoke(main, [*asked, "--fail-if", "dense.misled_rate > 0.05"])
    assert ran.exit_code == 1
    assert "failed: stress/absent: dense.misled_rate is 1" in ran.output
    assert "dense misleads in 1 of 1 tests." in ran.output


def test_a_test_that_does_not_exist_is_refused_with_those_that_do() -> None:
    ran = CliRunner().invoke(main, ["eval", "stress", "--only", "haystack"])
    assert ran.exit_code == 2
    assert "negated_needle" in ran.output
