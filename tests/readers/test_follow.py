"""A skill's steps are done on a new case as they are written, and where that cannot be it is said why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import telltale
from telltale.memory.types import Boundary, Condition, Parameter, Skill, SkillStep
from telltale.readers.follow import Stopped

ORDERS = {
    "W1832": {"status": "lost", "total": 20.0, "method": "card"},
    "W1833": {"status": "lost", "method": "voucher"},
    "W1834": {"status": "sent", "total": 1.0},
}
REFUND = Skill(
    name="refund",
    procedure="refund",
    when_to_use="a refund",
    parameters={
        "order": Parameter(told="the order in the task", reference="text.identifier:W9.0"),
        "amount": Parameter(told="what the order cost", reference="result.get_order.total"),
    },
    boundaries=(
        Boundary(
            text="for vouchers", condition=Condition(kind="result:get_order.method", value="voucher"), instead="v"
        ),
        Boundary(text="when asked to cancel", condition=Condition(kind="choice:action", value="cancel")),
    ),
    steps=(
        SkillStep(tool="get_order", arguments={"order": "{order}"}),
        SkillStep(tool="apologise", when=(Condition(kind="words", value="angry"),)),
        SkillStep(tool="refund", arguments={"order": "{order}", "amount": "{amount}", "note": "for {order}"}),
    ),
)


@pytest.fixture
def memory(tmp_path: Path) -> telltale.AgentMemory:
    return telltale.open(tmp_path / "store")


def shop(tool: str, arguments: Mapping[str, Any]) -> object:
    if tool == "get_order":
        return ORDERS.get(arguments["order"], {"error": "no such order"})
    return "done"


def test_every_step_is_called_with_parameters_from_the_case_and_from_what_was_shown(
    memory: telltale.AgentMemory,
) -> None:
    followed = memory.follow(REFUND, "Please refund my lost order W1832.", call=shop)
    assert followed.ok
    assert [step.tool for step in followed.done] == ["get_order", "refund"]
    assert followed.done[1].arguments == {"order": "W1832", "amount": 20.0, "note": "for W1832"}
    assert followed.done[1].observation == "done"


def test_what_a_tool_shows_otherwise_than_in_every_past_run_stops(memory: telltale.AgentMemory) -> None:
    lost = Condition(kind="result:get_order.status", value="lost", seen=9, of=9)
    here = replace(REFUND, preconditions=(lost, Condition(kind="choice:payment", value="card", seen=9, of=9)))
    assert memory.follow(here, "Please refund W1832.", call=shop).ok
    followed = memory.follow(here, "Please refund W1834.", call=shop)
    assert (followed.stopped, [step.tool for step in followed.done]) == (Stopped.PRECONDITION, ["get_order"])
    assert "status is lost" in followed.reason


def test_a_step_is_done_only_when_its_conditions_hold(memory: telltale.AgentMemory) -> None:
    followed = memory.follow(REFUND, "I am angry, refund W1832.", call=shop)
    assert [step.tool for step in followed.done] == ["get_order", "apologise", "refund"]


def test_a_boundary_that_a_tool_reveals_stops_before_anything_is_changed(memory: telltale.AgentMemory) -> None:
    followed = memory.follow(REFUND, "Please refund W1833.", call=shop)
    assert (followed.stopped, followed.instead) == (Stopped.BOUNDARY, "v")
    assert [step.tool for step in followed.done] == ["get_order"]
    assert "for vouchers" in followed.reason


def test_a_boundary_in_the_task_stops_before_the_first_step_unless_it_is_ignored(memory: telltale.AgentMemory) -> None:
    assert memory.follow(REFUND, "Please cancel W1832.", call=shop).done == ()
    assert memory.follow(REFUND, "Please cancel W1832.", call=shop, ignore_boundaries=True).ok


def test_a_value_that_is_nowhere_stops_and_is_named(memory: telltale.AgentMemory) -> None:
    followed = memory.follow(REFUND, "Please refund W1833.", call=shop, ignore_boundaries=True)
    assert followed.stopped is Stopped.UNBOUND
    assert "result.get_order.total" in followed.reason


def test_an_error_of_a_tool_stops_and_is_kept(memory: telltale.AgentMemory) -> None:
    followed = memory.follow(REFUND, "Please refund W9999.", call=shop)
    assert followed.stopped is Stopped.ERROR
    assert "no such order" in followed.done[-1].error


def test_a_boundary_on_what_no_tool_has_shown_yet_is_not_taken_to_hold(memory: telltale.AgentMemory) -> None:
    unpaid = Condition(kind="result:get_order.method", value="card", holds=False)
    skill = Skill(
        name="a",
        procedure="a",
        when_to_use="",
        boundaries=(Boundary(text="unless paid by card", condition=unpaid),),
        parameters=REFUND.parameters,
        steps=REFUND.steps[:1],
    )
    assert memory.follow(skill, "Look up W1833.", call=shop).ok


def test_a_skill_without_a_step_for_the_case_is_not_said_to_have_been_followed(memory: telltale.AgentMemory) -> None:
    followed = memory.follow(Skill(name="a", procedure="a", when_to_use=""), "Anything.", call=shop)
    assert (followed.ok, followed.stopped) == (False, Stopped.NOTHING)


def test_text_of_a_trace_in_a_skill_is_filled_in_and_never_run(memory: telltale.AgentMemory) -> None:
    step = SkillStep(tool="note", arguments={"text": "{order.__class__} {0} %s {order}"})
    skill = Skill(name="a", procedure="a", when_to_use="", steps=(step,), parameters=REFUND.parameters)
    followed = memory.follow(skill, "Note W1832.", call=shop)
    assert followed.done[0].arguments == {"text": "{order.__class__} {0} %s W1832"}


def test_a_skill_that_is_not_there_is_refused_by_name(memory: telltale.AgentMemory) -> None:
    with pytest.raises(telltale.BadArgument, match="nothing-like-it"):
        memory.follow("nothing-like-it", "Anything.", call=shop)
