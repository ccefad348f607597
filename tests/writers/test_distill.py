"""Skills and insights made of episodes, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.contrast import Evidence, tell_apart
from telltale.memory.types import (
    Condition,
    Difference,
    Episode,
    Insight,
    LookAlike,
    Outcome,
    Procedure,
    Skill,
    SkillStep,
    Status,
    Step,
)
from telltale.writers.answers import answer_template
from telltale.writers.distill import distill, slug
from telltale.writers.pitfalls import find_pitfalls
from telltale.writers.procedures import group
from telltale.writers.reading import Reading

FAILURE = Outcome.FAILURE


def refund(number: int, *, card: str = "gift", outcome: Outcome = Outcome.SUCCESS, **fields: Any) -> Episode:
    """A run that looks the order up and pays back to the card the ticket names."""
    order = f"W{7000 + number}"
    steps = (
        Step(
            tool="get_order", arguments={"order_id": order}, observation=f"paid with method m{number}", read_only=True
        ),
        Step(
            tool=f"refund_{card}",
            arguments={"order_id": order, "to": f"m{number}", "agent": f"a{number}", "currency": "EUR"},
        ),
    )
    given = {
        "id": f"{card}{number:03d}",
        "text": f"Please refund order #{order}, I paid by {card} card",
        "context": {"agent": f"a{number}"},
        "steps": steps,
        "signature": f"refund_{card}",
        "outcome": outcome,
    }
    return Episode(**(given | fields))


def look_alike(first: str, second: str) -> LookAlike:
    difference = Difference(kind="choice:payment", case_value="gift card", candidate_value="credit card", weight=0.9)
    return LookAlike(
        first=first, second=second, similarity=0.9,
        first_procedure="refund_gift", second_procedure="refund_credit", difference=difference,
    )  # fmt: skip


def step(tool: str, arguments: dict[str, Any], seen_in: int, of: int, *spans: str) -> SkillStep:
    return SkillStep(tool=tool, arguments=arguments, seen_in=seen_in, of=of, spans=spans)


def distilled(
    episodes: Sequence[Episode], look_alikes: Sequence[LookAlike] = (), **options: Any
) -> tuple[list[Skill], list[Insight]]:
    procedures: list[Procedure] = group(episodes)
    return distill(episodes, procedures, look_alikes, tell_apart=partial(tell_apart, weights=Evidence()), **options)


def only(episodes: Sequence[Episode], look_alikes: Sequence[LookAlike] = ()) -> Skill:
    (skill,) = distilled(episodes, look_alikes)[0]
    return skill


def test_three_different_successes_make_a_skill_and_copies_do_not() -> None:
    assert only([refund(i) for i in range(3)]).evidence == ("gift000", "gift001", "gift002")
    copies = [refund(0), refund(1), *(refund(1, id=f"copy{i}") for i in range(9))]
    assert distilled(copies) == ([], [])
    assert len(distilled(copies, least=2)[0]) == 1


def test_a_run_of_unknown_outcome_supports_no_skill() -> None:
    assert distilled([refund(i, outcome=Outcome.UNKNOWN) for i in range(9)])[0] == []


def test_what_is_constant_stays_and_what_varies_becomes_a_parameter_that_says_where_it_comes_from() -> None:
    skill = only([refund(i) for i in range(4)])
    ids = [f"gift00{i}" for i in range(4)]
    to = {"order_id": "{order_id}", "to": "{to}", "agent": "{agent}", "currency": "EUR"}
    assert skill.steps == (
        step("get_order", {"order_id": "{order_id}"}, 4, 4, *(f"{one}#0" for one in ids)),
        step("refund_gift", to, 4, 4, *(f"{one}#1" for one in ids)),
    )
    assert {name: (one.told, one.reference, one.held, one.of) for name, one in skill.parameters.items()} == {
        "order_id": ("the task text (W9 identifier)", "text.identifier:W9.0|plain", 4, 4),
        "to": ("the result of get_order (M9 identifier)", "shown.get_order.identifier:M9.0", 4, 4),
        "agent": ("context.agent", "context.agent", 4, 4),
    }


def test_a_step_that_few_successes_have_is_left_out() -> None:
    detour = refund(9, steps=(Step(tool="chat"), *refund(9).steps))
    assert [step.tool for step in only([*(refund(i) for i in range(4)), detour]).steps] == ["get_order", "refund_gift"]


def test_a_value_that_comes_from_nowhere_is_told_by_what_was_seen() -> None:
    runs = [
        refund(i, steps=(Step(tool="log", arguments={"level": level, "page": {"n": i}}),))
        for i, level in enumerate("xyz")
    ]
    skill = only(runs)
    assert skill.parameters["level"].told == 'chosen in the run: "x", "y", "z"'
    assert skill.steps[0].arguments == {"level": "{level}", "page": {"n": "{n}"}}


def test_when_to_use_tells_what_sets_the_tasks_apart_with_an_example() -> None:
    gift, credit = [refund(i) for i in range(3)], [refund(i, card="credit") for i in range(3)]
    skill = distilled(gift + credit)[0][1]
    assert skill.procedure == "refund_gift"
    assert skill.when_to_use == (
        'Tasks like "Please refund order #W7000, I paid by gift card"; with payment = gift card.'
    )


def test_when_not_to_use_names_the_difference_and_the_other_procedure_from_either_side() -> None:
    episodes = [refund(i) for i in range(3)] + [refund(i, card="credit") for i in range(3)]
    credit, gift = distilled(episodes, [look_alike("gift000", "credit000")])[0]
    assert gift.when_not_to_use == ("when payment is credit card rather than gift card: use refund-credit",)
    assert credit.when_not_to_use == ("when payment is gift card rather than credit card: use refund-gift",)


def test_boundaries_are_found_in_all_tasks_and_not_only_in_stored_pairs() -> None:
    chat, mail = ([refund(i, card=card, text="Refund W7", context={"channel": channel}) for i in range(5)]
                  for card, channel in (("gift", "chat"), ("credit", "e-mail")))  # fmt: skip
    credit = distilled(chat + mail)[0][0]
    (boundary,) = credit.boundaries
    assert boundary.text == "when channel is chat rather than e-mail: use refund-gift"
    assert (boundary.instead, boundary.condition) == (
        "refund_gift", Condition(kind="context:channel", value="chat", seen=5, of=5)
    )  # fmt: skip
    assert credit.preconditions == (Condition(kind="context:channel", value="e-mail", seen=5, of=5),)


def test_a_difference_that_the_tasks_do_not_bear_out_is_no_boundary() -> None:
    episodes = [refund(i, text="Refund W7") for i in range(5)] + [
        refund(i, card="credit", text="Refund W7") for i in range(5)
    ]
    assert [skill.boundaries for skill in distilled(episodes, [look_alike("gift000", "credit000")])[0]] == [(), ()]


def test_pitfalls_are_what_failures_did_and_successes_did_not() -> None:
    twice = [refund(20 + i, outcome=FAILURE, steps=refund(i).steps + refund(i).steps[1:]) for i in range(3)]
    skills, insights = distilled([*(refund(i) for i in range(5)), *twice])
    assert skills[0].pitfalls == (
        "3 of 3 failed runs called refund_gift more than once; of the successful ones 0 of 5",
    )
    avoid = next(insight for insight in insights if insight.polarity == "avoid")
    assert (avoid.text, avoid.evidence) == (skills[0].pitfalls[0], ("gift020", "gift021", "gift022"))


def test_a_failure_that_did_something_else_is_a_pitfall_of_the_procedure_its_task_called_for() -> None:
    wiped = [
        refund(20 + i, outcome=FAILURE, signature="wipe", steps=(Step(tool="wipe", error="no right"),))
        for i in range(3)
    ]
    skill = only([*(refund(i) for i in range(5)), *wiped])
    assert skill.pitfalls[0] == "3 of 3 failed runs called wipe; of the successful ones 0 of 5"


def test_one_failure_is_no_lesson() -> None:
    odd = refund(20, outcome=FAILURE, steps=(Step(tool="wipe"),))
    assert find_pitfalls([Reading(refund(i)) for i in range(9)], [Reading(odd)]) == []


@pytest.mark.parametrize(
    ("successes", "failures", "status"), [(3, 0, "candidate"), (4, 0, "active"), (6, 6, "candidate")]
)
def test_a_skill_is_active_once_its_success_rate_is_likely_above_one_half(
    successes: int, failures: int, status: str
) -> None:
    failed = [refund(50 + i, outcome=FAILURE) for i in range(failures)]
    assert only([*(refund(i) for i in range(successes)), *failed]).status is Status(status)


def test_failures_that_did_otherwise_do_not_count_against_a_given_label() -> None:
    failed = [refund(50 + i, outcome=FAILURE, label="refund", steps=(Step(tool="wipe"),)) for i in range(9)]
    assert only([*(refund(i, label="refund") for i in range(4)), *failed]).status is Status.ACTIVE


def test_answers_become_one_template_with_the_varying_words_as_parameters() -> None:
    runs = [
        Episode(
            id=str(i),
            text=f"who teaches {course}",
            answer=f"select name from course where id = '{course}' limit 1 -- x",
        )
        for i, course in enumerate(("EECS", "PSYCH", "MATH"))
    ]
    (step,), binding = answer_template([*map(Reading, runs)])
    assert step.arguments == {"text": "select name from course where id = '{value}' limit 1 -- x"}
    assert binding.parameters["value"].reference == "text.after.teaches.A.0"


def test_free_answers_have_no_template() -> None:
    runs = [Episode(id=str(i), text="why", answer=answer) for i, answer in enumerate(("it is red", "we were late", ""))]
    assert answer_template([*map(Reading, runs)])[0] == ()


def test_names_are_readable_and_unique_even_where_the_procedure_says_nothing() -> None:
    labels = ["T1", "T2", "Re-fund!", "re fund"]
    episodes = [
        refund(10 * n + i, label=label, text=f"colour {n} painting {i}")
        for n, label in enumerate(labels)
        for i in range(3)
    ]
    names = {skill.procedure: skill.name for skill in distilled(episodes)[0]}
    assert names == {"Re-fund!": "re-fund", "re fund": "re-fund-2", "T1": "t1", "T2": "t2"}


def test_the_order_of_arrival_changes_nothing() -> None:
    episodes = [refund(i, card=card) for i in range(4) for card in ("gift", "credit")]
    pairs = [look_alike("gift000", "credit000")]
    assert distilled(episodes, pairs) == distilled(episodes[::-1], pairs)


@given(st.text())
def test_any_text_gives_a_name_that_fits_or_none(text: str) -> None:
    name = slug(text)
    assert len(name) <= 64
    assert name == slug(name)
    assert not name or all(part.isalnum() and part.isascii() for part in name.split("-"))
