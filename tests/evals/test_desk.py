"""The support desk: its books judge a run, and look-alikes really are look-alikes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

import telltale
from telltale.evals.desk.agents import follow_script, record, run_agent, run_with_skill
from telltale.evals.desk.database import changes, open_database, snapshot
from telltale.evals.desk.desk import SPECS, TOOLS, Desk, Run
from telltale.evals.desk.handbook import HANDBOOK
from telltale.evals.desk.references import Sight, Unbound, refer, resolve
from telltale.evals.desk.tickets import FAMILIES, KNOWN, NOVEL, Ticket, make_tickets
from telltale.memory.types import Boundary, Condition, Episode, Parameter, Skill, SkillStep, Step


def ticket(procedure: str, seed: int = 0, pool: str = "new") -> Ticket:
    return make_tickets(seed, [procedure], pool=pool, number=1)[0]


def pools_of(procedure: str) -> tuple[str, ...]:
    return ("new",) if procedure in NOVEL else ("remembered", "new")


def episode(run: Run) -> Episode:
    """A recorded run as a memory would give it back."""
    shown = {m["tool_call_id"]: m["content"] for m in run.messages if m["role"] == "tool"}
    calls = [call for message in run.messages for call in message.get("tool_calls", ())]
    steps = [
        Step(
            tool=call["function"]["name"],
            arguments=json.loads(call["function"]["arguments"]),
            observation=shown[call["id"]],
            error=json.loads(shown[call["id"]]).get("error", ""),
        )
        for call in calls
    ]
    return Episode(text=run.ticket.text, context=run.ticket.context, steps=tuple(steps))


@pytest.mark.parametrize("procedure", FAMILIES)
def test_a_procedure_is_right_for_its_own_tickets_and_wrong_for_its_look_alikes(procedure: str) -> None:
    own = [t for pool in pools_of(procedure) for t in make_tickets(0, [procedure], pool=pool, number=14)]
    assert all(follow_script(each, procedure).success for each in own)
    assert not any(follow_script(each, HANDBOOK[procedure].look_alike).success for each in own)


def test_the_families_are_many_and_look_alikes_are_of_one_family() -> None:
    assert len(KNOWN) >= 12
    assert len({FAMILIES[name] for name in KNOWN}) >= 6
    assert all(FAMILIES[HANDBOOK[name].look_alike] == FAMILIES[name] for name in KNOWN)


def test_an_order_cannot_be_refunded_twice() -> None:
    desk = Desk(ticket("refund_to_card"))
    paid = desk.call("get_payments", {"order_id": _order(desk)})["payments"][0]["amount"]
    refund = {"order_id": _order(desk), "amount": paid}
    assert "error" not in desk.call("refund_to_card", refund)
    assert "0.0 is left" in desk.call("refund_to_card", refund)["error"]


def test_a_gift_cards_money_paid_out_to_a_bank_card_goes_through_and_is_a_failure() -> None:
    run = follow_script(ticket("refund_to_balance"), "refund_to_card")
    assert "error" not in json.loads(run.messages[-2]["content"])
    assert not run.success


def test_changes_beyond_the_goal_are_a_failure() -> None:
    case = ticket("exchange_size")
    desk = Desk(case)
    for each in (*HANDBOOK["exchange_size"].steps, *HANDBOOK["return_size"].steps):
        sight = Sight(text=case.text, context=case.context, seen={"get_order": _seen(desk)})
        desk.call(each.tool, {name: resolve(reference, sight) for name, reference in each.arguments.items()})
    assert not desk.close("Both, to be sure.").success


def test_looking_changes_nothing_and_tools_say_whether_they_only_look() -> None:
    desk = Desk(ticket("transit_claim"))
    for tool in ("get_order", "get_payments", "get_shipment"):
        desk.call(tool, {"order_id": _order(desk)})
    assert desk.changed() == []
    assert {spec["function"]["name"]: spec["annotations"]["readOnlyHint"] for spec in SPECS} == {
        name: tool.read_only for name, tool in TOOLS.items()
    }


def test_changes_name_new_rows_and_changed_cells() -> None:
    database = open_database(
        {
            "orders": [
                dict.fromkeys(("customer_id", "placed", "status", "address"), "x") | {"order_id": "W1", "total": 1.5}
            ]
        }
    )
    before = snapshot(database)
    database.execute("UPDATE orders SET status = 'cancelled'")
    database.execute("INSERT INTO claims (kind, about) VALUES ('carrier', 'T1')")
    assert changes(before, snapshot(database)) == ["claims + about=T1 kind=carrier", "orders W1 status=cancelled"]


def test_recorded_runs_are_right_and_wrong_as_the_books_say() -> None:
    cases = make_tickets(0, KNOWN, pool="remembered", number=60)
    skilled = [record(each, 1.0, random.Random(each.id)).success for each in cases]
    clumsy = [record(each, 0.0, random.Random(each.id)).success for each in cases]
    assert all(skilled)
    assert not any(clumsy)


@pytest.mark.parametrize("procedure", KNOWN)
def test_the_copying_agent_is_right_and_quick_with_the_right_example(procedure: str) -> None:
    example = episode(record(ticket(procedure, pool="remembered"), 1.0, random.Random(0)))
    runs = [
        (run_agent(case, example), run_agent(case, None)) for case in make_tickets(5, [procedure], pool="new", number=6)
    ]
    assert all(copied.success and not copied.misled for copied, _ in runs)
    assert all(copied.steps < explored.steps for copied, explored in runs)


@pytest.mark.parametrize("procedure", KNOWN)
def test_the_copying_agent_is_misled_by_a_look_alikes_example(procedure: str) -> None:
    wrong = HANDBOOK[procedure].look_alike
    example = episode(record(ticket(wrong, pool="remembered"), 1.0, random.Random(0)))
    runs = [run_agent(case, example) for case in make_tickets(5, [procedure], pool="new", number=6)]
    assert all(run.misled for run in runs)


def test_exploring_is_imperfect_because_customers_lose_patience() -> None:
    runs = [run_agent(case, None) for case in make_tickets(0, [*KNOWN, *NOVEL], pool="new", number=96)]
    assert {run.success for run in runs} == {True, False}
    left = [run for run in runs if not run.success]
    assert all("the customer has left" in str(run.messages) for run in left)


def test_a_value_is_renamed_by_where_it_stands() -> None:
    seen = {"get_order": {"items": [{"item_id": "I1", "name": "kettle"}, {"item_id": "I2", "name": "lantern"}]}}
    theirs = Sight(text="the lantern of W1234, size L", context={"customer": "C1"}, seen=seen)
    ours = Sight(text="the kettle of W9999, size S", context={"customer": "C2"}, seen=seen)
    renamed = {value: resolve(refer(value, theirs), ours) for value in ("W1234", "L", "C1", "I2", "small box")}
    assert renamed == {"W1234": "W9999", "L": "S", "C1": "C2", "I2": "I1", "small box": "small box"}


def test_a_place_that_is_empty_here_is_unbound() -> None:
    for reference in ("text.order.1", "context.customer", "get_shipment.shipment_id", "get_order.items.*0.price"):
        with pytest.raises(Unbound):
            resolve(reference, Sight(text="W1234", context={}, seen={"get_order": {"items": []}}))


def _order(desk: Desk) -> str:
    return str(resolve("text.order.0", Sight(text=desk.ticket.text, context={})))


def _seen(desk: Desk) -> dict[str, object]:
    return desk.call("get_order", {"order_id": _order(desk)})


def skill(*steps: SkillStep, boundaries: tuple[Boundary, ...] = ()) -> Skill:
    order = Parameter(told="the order in the task", reference="text.identifier:W9.0")
    parameters = {"order": order, "nowhere": Parameter(told="nobody knows")}
    return Skill(
        name="s", procedure="p", when_to_use="", id="s", steps=steps, parameters=parameters, boundaries=boundaries
    )


CANCEL = SkillStep(tool="cancel_order", arguments={"order_id": "{order}"})
UNKNOWN = SkillStep(tool="cancel_order", arguments={"order_id": "{nowhere}"})


@pytest.fixture
def memory(tmp_path: Path) -> telltale.AgentMemory:
    return telltale.open(tmp_path / "store")


def test_an_agent_with_a_skill_does_what_it_says_and_is_misled_by_one_that_is_for_something_else(
    memory: telltale.AgentMemory,
) -> None:
    right = run_with_skill(memory, ticket("cancel_unshipped"), skill(CANCEL), None)
    assert (right.success, right.followed, right.steps, right.example) == (True, True, 1, "s")
    assert run_with_skill(memory, ticket("recall_parcel"), skill(CANCEL), None).misled


def test_where_a_skill_lacks_a_value_its_example_is_copied(memory: telltale.AgentMemory) -> None:
    example = episode(follow_script(ticket("cancel_unshipped", seed=1), "cancel_unshipped"))
    look = SkillStep(tool="get_order", arguments={"order_id": "{order}"})
    run = run_with_skill(memory, ticket("cancel_unshipped"), skill(look, UNKNOWN), example)
    assert (run.success, run.misled) == (True, False)
    assert run_with_skill(memory, ticket("cancel_unshipped"), skill(look, UNKNOWN), None).abandoned


def test_a_skill_that_is_not_for_a_ticket_by_its_own_words_is_not_followed_at_all(memory: telltale.AgentMemory) -> None:
    here = ticket("cancel_unshipped")
    channel = Condition(kind="context:channel", value=str(here.context["channel"]))
    run = run_with_skill(memory, here, skill(CANCEL, boundaries=(Boundary(text="", condition=channel),)), None)
    assert (run.followed, run.misled) == (False, False)
