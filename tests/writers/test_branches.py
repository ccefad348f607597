"""Where runs part ways: which steps belong to a skill, always or under a condition."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from telltale.memory.references import Sight, bound, holds
from telltale.memory.types import Case, Condition, Episode, Outcome, Skill, SkillStep, Step
from telltale.writers.distill import Distiller, distill
from telltale.writers.procedures import group


def look(order: str, **shown: Any) -> Step:
    return Step(tool="get_order", arguments={"order": order}, observation=json.dumps({"order": order} | shown))


def run(number: int, *steps: Step, text: str = "", label: str = "ship", **fields: Any) -> Episode:
    said = text or f"please see to order W{7000 + number}"
    given = {"outcome": Outcome.SUCCESS, "label": label, "context": {"n": f"x{number}"}} | fields
    return Episode(id=f"{label}{number:03d}", text=said, steps=steps, **given)


def ship(number: int, carrier: str = "post", **arguments: Any) -> Step:
    return Step(tool="ship", arguments={"order": f"W{7000 + number}", "by": carrier} | arguments)


def alike(_first: Case, _second: Case) -> float:
    return 0.0


def skill_of(runs: Sequence[Episode]) -> Skill:
    (skill,) = distill(runs, group(runs), tell_apart=alike).skills
    return skill


def tools(skill: Skill) -> list[str]:
    return [step.tool for step in skill.steps]


def test_a_step_that_a_fact_of_the_case_decides_is_a_branch_under_that_condition() -> None:
    runs = [
        run(i, ship(i), *[Step(tool="insure", arguments={"order": f"W{7000 + i}"})] * (i % 2), context={"value": value})
        for i in range(12)
        for value in [("high" if i % 2 else "low")]
    ]
    first, second = skill_of(runs).steps
    assert (first.tool, first.when, second.tool) == ("ship", (), "insure")
    assert second.when == (Condition(kind="context:value", value="high", seen=12, of=12),)
    assert (second.seen_in, second.of) == (6, 12)


def test_what_an_earlier_step_showed_may_decide_and_the_other_way_is_its_opposite() -> None:
    runs = [
        run(i, look(f"W{7000 + i}", state=state), Step(tool=tool, arguments={"order": f"W{7000 + i}"}))
        for i in range(12)
        for state, tool in [("sent", "return_parcel") if i % 2 else ("open", "cancel_order")]
    ]
    _, first, second = skill_of(runs).steps
    assert first.when[0].kind == second.when[0].kind == "result:get_order.state"
    for state, done in (("sent", "return_parcel"), ("open", "cancel_order")):
        sight = Sight(Case(text=""), [("get_order", json.dumps({"state": state}))])
        assert [step.tool for step in (first, second) if all(holds(one, sight) for one in step.when)] == [done]


def test_an_argument_that_the_case_decides_makes_a_step_for_each_of_its_values() -> None:
    runs = [run(i, ship(i, "air" if i % 2 else "sea"), context={"zone": "far" if i % 2 else "near"}) for i in range(12)]
    steps = {step.arguments["by"]: step.when[0].value for step in skill_of(runs).steps}
    assert set(steps) == {"air", "sea"}
    assert all(step.arguments["order"] == "{order}" for step in skill_of(runs).steps)


def test_a_needless_look_and_a_slip_become_no_steps() -> None:
    slip = Step(tool="get_order", arguments={"order": "W1"}, observation='{"error": "nothing found for W1"}')
    habit = Step(tool="get_weather", observation='{"sky": "grey"}')
    runs = [
        run(i, *[slip] * (i % 3 == 0), *[habit] * (i % 2), look(f"W{7000 + i}"), look(f"W{7000 + i}"), ship(i))
        for i in range(9)
    ]
    skill = skill_of(runs)
    assert tools(skill) == ["get_order", "ship"]
    assert (
        skill.recoveries
        == ("after 'nothing found for ...' from get_order, 2 of 3 runs that succeeded went on with get_weather",)
        or "called it again with another order" in skill.recoveries[0]
    )


def test_the_same_step_for_every_order_is_told_as_often_as_there_are_orders() -> None:
    runs = [
        run(i, *(Step(tool="cancel", arguments={"order": order}) for order in orders), text=" and ".join(orders))
        for i in range(12)
        for orders in [[f"W{7000 + i}", f"W{8000 + i}"][: 1 + i % 2]]
    ]  # fmt: skip
    skill = skill_of(runs)
    assert [step.arguments["order"] for step in skill.steps] == ["{order}", "{order_2}"]
    assert [step.when for step in skill.steps][1][0].kind == "count:W9"
    sight = Sight(Case(text="cancel W1111 and W2222, please"))
    assert [bound(step.arguments, skill.parameters, sight)["order"] for step in skill.steps] == ["W1111", "W2222"]


def test_searching_drawer_after_drawer_is_one_step() -> None:
    runs = [
        run(i, *(Step(tool="open", arguments={"what": f"drawer {n}"}) for n in range(1 + (i * 7) % 5)), ship(i))
        for i in range(10)
    ]
    assert tools(skill_of(runs)) == ["open", "ship"]


def test_steps_in_either_order_are_still_the_same_steps() -> None:
    runs = [run(i, *[ship(i), Step(tool="bill")][:: 1 if i % 2 else -1]) for i in range(9)]
    assert sorted(tools(skill_of(runs))) == ["bill", "ship"]
    assert {step.seen_in for step in skill_of(runs).steps} == {9}


def test_a_value_that_two_places_share_is_taken_from_the_one_that_gives_it_always() -> None:
    runs = [
        run(i, look(f"W{7000 + i}", to=to), ship(i, to=to), context={"home": f"A{100 + i * (i % 2)}"})
        for i in range(8)
        for to in [f"A{100 + i}"]
    ]
    parameter = skill_of(runs).parameters["to"]
    assert (parameter.reference, parameter.held, parameter.of) == ("result.get_order.to", 8, 8)


def test_a_value_in_one_of_two_shapes_is_looked_for_in_both() -> None:
    sizes = ["XL", "42", "M", "38", "S", "44", "L", "46"]
    runs = [run(i, ship(i, size=size), text=f"W{7000 + i} in size {size} please") for i, size in enumerate(sizes)]
    parameters = skill_of(runs).parameters
    for size in ("XS", "39"):
        step = SkillStep(tool="ship", arguments={"size": "{size}"})
        assert bound(step.arguments, parameters, Sight(Case(text=f"now W1234 in size {size}, thanks")))["size"] == size


def test_what_stands_in_braces_in_a_trace_is_no_parameter() -> None:
    runs = [run(i, ship(i, note="{order}")) for i in range(5)]
    skill = skill_of(runs)
    filled = bound(skill.steps[0].arguments, skill.parameters, Sight(Case(text="see to order W1234")))
    assert filled == {"order": "W1234", "by": "post", "note": "{order}"}


@pytest.mark.parametrize("said_by", ["signal:no error", "customer"])
def test_a_guessed_success_makes_no_skill(said_by: str) -> None:
    runs = [run(i, ship(i), said_by=said_by) for i in range(5)]
    assert len(distill(runs, group(runs), tell_apart=alike).skills) == (said_by == "customer")


def test_where_the_way_changed_the_newer_makes_the_skill_and_the_older_lesson_is_superseded() -> None:
    old = [run(i, ship(i, "post"), time=float(i)) for i in range(12)]
    new = [run(20 + i, ship(20 + i, "courier"), Step(tool="notify"), time=float(100 + i)) for i in range(5)]
    skills, insights = distill(old + new, group(old + new), tell_apart=alike)
    assert tools(skills[0]) == ["ship", "notify"]
    assert skills[0].evidence == tuple(run.id for run in new)
    older = next(one for one in insights if one.superseded_by)
    newer = next(one for one in insights if one.id == older.superseded_by)
    assert (set(older.evidence), newer.text) == ({run.id for run in old}, "ship > notify")
    assert newer.id in skills[0].insights
    assert older.id not in skills[0].insights


def test_ways_that_a_fact_decides_are_branches_and_no_change_of_way() -> None:
    runs = [
        run(i, ship(i, "air" if i > 7 else "sea"), context={"zone": "far" if i > 7 else "near"}, time=float(i))
        for i in range(16)
    ]
    assert len(skill_of(runs).steps) == 2


def test_one_episode_more_gives_what_distilling_all_of_them_gives() -> None:
    runs = [run(i, ship(i), text=f"{label} W{7000 + i}", label=label) for i in range(6) for label in ("ship", "bill")]
    runs += [run(50 + i, ship(i), Step(tool="oops"), outcome=Outcome.FAILURE) for i in range(3)]
    procedures = group(runs)
    kept = Distiller(runs[:-5], procedures, tell_apart=alike)
    for one in runs[-5:]:
        assert kept.add(one) == one.label
    whole = distill(runs, procedures, tell_apart=alike)
    assert [kept.skill(name) for name in kept.procedures()] == [
        distill(runs, procedures, tell_apart=alike, only={name}) for name in ("bill", "ship")
    ]
    assert [skill for name in kept.procedures() for skill in kept.skill(name).skills] == whole.skills


def test_an_outcome_that_comes_later_counts_anew() -> None:
    runs = [run(i, ship(i)) for i in range(4)]
    kept = Distiller(runs, group(runs), tell_apart=alike)
    kept.add(run(0, ship(0), outcome=Outcome.FAILURE))
    (skill,) = kept.skill("ship").skills
    assert (skill.successes, skill.failures) == (3, 1)
    kept.discard("ship001")
    assert kept.skill("ship").skills == []
