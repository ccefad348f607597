"""Two versions of a skill, in words."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.types import Boundary, Condition, Parameter, Skill, SkillStep, Status
from telltale.writers.changes import changes, reworded

LOOKUP, REFUND, MAIL = (SkillStep(tool=tool, arguments={"order": "{order}"}) for tool in ("lookup", "refund", "mail"))
OLD = Skill(name="refund", procedure="refund", when_to_use="paid by gift card", steps=(LOOKUP, REFUND))


def test_equal_versions_have_no_changes() -> None:
    assert changes(OLD, replace(OLD, shown=5, evidence=("e",), version=2)) == []


def test_steps_are_added_taken_out_and_changed() -> None:
    conditional = replace(REFUND, when=(Condition(kind="choice:payment", value="gift card"),))
    assert changes(OLD, replace(OLD, steps=(conditional, MAIL))) == [
        "step 1 changed: lookup(order={order}) -> refund(order={order}) when choice:payment is gift card",
        "step 2 changed: refund(order={order}) -> mail(order={order})",
    ]
    assert changes(OLD, replace(OLD, steps=(REFUND,))) == ["step 1 taken out: lookup(order={order})"]
    assert changes(OLD, replace(OLD, steps=(LOOKUP, REFUND, MAIL))) == ["step 3 added: mail(order={order})"]


def test_texts_are_told_word_by_word_and_lists_by_what_came_and_went() -> None:
    new = replace(
        OLD,
        when_to_use="paid by credit card",
        boundaries=(Boundary(text="when it is late"),),
        parameters={"order": Parameter(told="the task text", reference="text.order")},
        status=Status.ACTIVE,
    )
    assert changes(OLD, new) == [
        "when to use: paid by [-gift-]{+credit+} card",
        "parameter {order} added: the task text",
        "when not to use added: when it is late",
        "status: candidate -> active",
    ]


@given(st.lists(st.sampled_from("abc")).map(" ".join), st.lists(st.sampled_from("abc")).map(" ".join))
def test_a_reworded_text_holds_both_texts(old: str, new: str) -> None:
    told = reworded(old, new)
    assert ("[-" in told or "{+" in told) == (old != new)
