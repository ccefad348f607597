"""Lessons of a model from failures against successes: what they have to quote, and what of them stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from telltale.memory.scripted import ScriptedModel, Told
from telltale.memory.types import Outcome, Step
from telltale.writers.model import ModelDistiller, Refined

from .modelled import FAILED, ORDER, RUNS, SKILLS, good, refined, run, says, shown

CHECK = "Look the order up before paying back."


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    serving = ScriptedModel()
    yield serving
    serving.close()


def after(server: ScriptedModel, *lessons: Mapping[str, Any], failed: Any = FAILED, **given: Any) -> Refined:
    """What comes of good answers about skills and of ``lessons`` where they are asked for."""

    def answer(asked: dict[str, Any]) -> Told:
        return says({"insights": lessons} if "failed" in shown(asked) else good(asked))

    server.answers = answer
    model = ModelDistiller(model="local", base_url=server.address, pause=0.0)
    return refined(model, [*RUNS, failed], **given)


def lesson(polarity: str, text: str, *evidence: str, **more: str) -> dict[str, Any]:
    return {"polarity": polarity, "text": text, "evidence": evidence, **more}


def test_failures_are_shown_against_successes_at_the_same_task_first(server: ScriptedModel) -> None:
    failed = run("refund_credit", 9, text=RUNS[2].text, outcome=Outcome.FAILURE, signature="nothing")
    after(server, failed=failed)
    (asked,) = (shown(asked) for asked in server.asked if "failed" in shown(asked))
    assert asked["procedure"] == "refund_gift"
    assert [one["task"]["text"] for one in asked["failed"]] == [RUNS[2].text]
    assert asked["succeeded"][0]["task"]["text"] == RUNS[2].text


def test_a_lesson_that_stands_names_the_calls_that_it_rests_on(server: ScriptedModel) -> None:
    told = after(server, lesson("do", CHECK, "s2", "s5", when="always"), lesson("avoid", "Do not wipe it.", "s11"))
    do, avoid = told.insights
    assert (do.polarity, do.text, do.when, do.procedure) == ("do", CHECK, "always", "refund_gift")
    assert (do.spans, do.evidence) == (("refund_gift000#0", "refund_gift001#0"), ("refund_gift000", "refund_gift001"))
    assert (avoid.spans, avoid.made_by) == (("refund_gift009#0",), "model:local")
    assert told.skills[0].insights == (do.id, avoid.id)
    assert told.skills[1].insights == ()
    assert told.report.lessons == 2


@pytest.mark.parametrize(
    "said",
    [
        lesson("do", CHECK),
        lesson("do", CHECK, "s1"),
        lesson("do", CHECK, "s99"),
        lesson("do", CHECK, "s11"),
        lesson("avoid", CHECK, "s2"),
        lesson("do", "Call refund_credit first", "s2"),
        lesson("do", ORDER, "s2"),
        lesson("do", "", "s2"),
    ],
)  # fmt: skip
def test_a_lesson_that_quotes_no_call_of_its_kind_or_names_what_is_not_there_is_dropped(
    server: ScriptedModel, said: Mapping[str, Any]
) -> None:
    told = after(server, said)
    assert (told.insights, dict(told.report.dropped)) == ([], {"lesson": 1})


def test_a_word_that_is_no_polarity_is_junk_and_the_skill_keeps_its_words(server: ScriptedModel) -> None:
    told = after(server, lesson("maybe", CHECK, "s2"))
    assert [(one.about, one.procedure) for one in told.report.fell_back] == [("lessons", "refund_gift")]
    assert told.skills[0].made_by == "model:local"


def test_an_order_that_a_tool_gave_back_becomes_no_lesson(server: ScriptedModel) -> None:
    failed = run("refund_gift", 9, outcome=Outcome.FAILURE, steps=(Step(tool="wipe_order", observation=ORDER),))
    told = after(server, lesson("do", ORDER, "s2", "s11"), lesson("avoid", f"{CHECK} {ORDER}", "s11"), failed=failed)
    assert any("evil.example" in json.dumps(asked) for asked in server.asked)  # it was shown, as data
    assert told.insights == []
    assert [skill.steps for skill in told.skills] == [skill.steps for skill in SKILLS]


def test_no_lessons_are_asked_for_where_nothing_failed(server: ScriptedModel) -> None:
    after(server, failed=run("refund_gift", 9, outcome=Outcome.UNKNOWN))
    assert not any("failed" in shown(asked) for asked in server.asked)
