"""``telltale distill`` with a model: what can be given, what is told, and that nothing is lost where none answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import telltale
from telltale import Episode, Outcome
from telltale.cli import main
from telltale.memory.scripted import ScriptedModel, Told, answered
from telltale.memory.types import Step

NOBODY = "http://127.0.0.1:9/v1"  # the port of discarded bytes: nobody listens


def worded(asked: dict[str, Any]) -> Told:
    call = json.loads(asked["messages"][1]["content"].split("\n")[1])["runs"][0]["calls"][0]
    texts: dict[str, Any] = {
        "name": "pay back",
        "description": "Pays back.",
        "when_to_use": "Somebody wants money back.",
    }
    lists = {
        "when_not_to_use": [],
        "steps": [{"tool": "refund", "evidence": [call["span"]]}],
        "tags": ["money"],
        "paraphrases": ["reimburse me"],
    }
    return answered(json.dumps(texts | lists))


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    serving = ScriptedModel()
    serving.answers = worded
    yield serving
    serving.close()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with telltale.open(tmp_path / "store") as memory:
        for number in range(4):
            text = f"Refund order {7000 + number}"
            steps = (Step(tool="refund", arguments={"order": 7000 + number}),)
            memory.remember(Episode(text=text, steps=steps, outcome=Outcome.SUCCESS))
        memory.learn()
    return tmp_path / "store"


def run(store: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["distill", "--store", str(store), *arguments])


def asked(store: Path, *arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(store, "--json", *arguments).stdout)
    return told


def test_a_model_words_the_skills_and_what_it_cost_is_told(store: Path, server: ScriptedModel) -> None:
    told = asked(store, "--model", "local", "--model-url", server.address, "--price", "1000", "2000")
    assert (told["skills"][0]["when_to_use"], told["skills"][0]["made_by"]) == (
        "Somebody wants money back.",
        "model:local",
    )
    assert (told["report"]["calls"], told["report"]["tokens_in"]) == (1, 9)
    assert told["report"]["money"] == pytest.approx(9 * 0.001 + 9 * 0.002)
    assert "local worded 1 skills" in run(store, "--model", "local", "--model-url", server.address).stdout
    assert len(server.asked) == 1  # the second time it was known


@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_where_nobody_answers_the_offline_skills_are_there_and_it_is_said(store: Path, json_too: tuple[str]) -> None:
    ran = run(store, "--model", "local", "--model-url", NOBODY, *json_too)
    assert ran.exit_code == 0
    assert "no connection" in ran.stdout
    assert [skill["made_by"] for skill in asked(store)["skills"]] == ["offline"]


def test_a_budget_is_kept(store: Path, server: ScriptedModel) -> None:
    told = asked(store, "--model", "local", "--model-url", server.address, "--budget-tokens", "10")
    assert [one["reason"] for one in told["report"]["fell_back"]] == ["not asked: its tokens are used up"]
    assert server.asked == []


def test_without_a_model_nothing_is_reported(store: Path) -> None:
    assert asked(store).keys() == {"skills"}


@pytest.mark.parametrize(
    "wrong", [("--budget-calls", "3"), ("--model", "gpt"), ("--model", "a/b", "--budget-calls", "0")]
)
def test_bounds_without_a_model_and_a_model_that_cannot_be_are_usage_errors(store: Path, wrong: tuple[str]) -> None:
    assert run(store, *wrong).exit_code == 2


def test_forgetting_a_run_takes_a_models_words_with_it_and_the_next_distilling_without_one_keeps_them(
    store: Path, server: ScriptedModel
) -> None:
    assert asked(store, "--model", "local", "--model-url", server.address)["skills"][0]["paraphrases"]
    assert asked(store)["skills"][0]["paraphrases"]  # no model was asked, and none of the runs is gone
    with telltale.open(store) as memory:
        memory.forget(episode_id=memory.skills()[0].evidence[0])
        (skill,) = memory.skills()
    assert (skill.made_by, skill.paraphrases) == ("offline", ())
    assert "wants money back" not in skill.when_to_use
