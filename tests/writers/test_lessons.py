"""Lessons live on their own: they are joined, superseded, corrected and taken back, and never vanish."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.types import Insight, Skill
from telltale.writers.lessons import REJECTED, WITHDRAWN, collected, corrections, differing, joined, say_otherwise

AVOID = Insight(id="i1", polarity="avoid", text="3 of 4 failed runs called cancel", procedure="refund", evidence=("f",))
OTHER = Insight(
    id="i2", polarity="avoid", text="2 of 4 failed runs called cancel twice", procedure="refund", evidence=("g",)
)
SKILL = Skill(name="refund", procedure="refund", when_to_use="", pitfalls=(AVOID.text, "keep calm"))


def test_a_lesson_whose_numbers_changed_goes_on_under_its_id() -> None:
    more = replace(AVOID, id="i9", text="5 of 7 failed runs called cancel", evidence=("f", "g"))
    assert joined([more], [AVOID]) == [replace(more, id="i1")]


def test_a_lesson_that_another_replaced_names_it() -> None:
    assert joined([OTHER], [AVOID]) == [replace(AVOID, superseded_by="i2"), OTHER]


def test_a_lesson_that_is_no_longer_drawn_is_withdrawn_and_stands_again_when_it_is() -> None:
    withdrawn = joined([], [AVOID])
    assert withdrawn == [replace(AVOID, superseded_by=WITHDRAWN)]
    assert joined([AVOID], withdrawn) == [AVOID]


def test_lessons_on_procedures_that_were_not_distilled_are_left_alone_and_not_written_again() -> None:
    elsewhere = replace(AVOID, id="i0", procedure="cancel")
    more = replace(AVOID, text="5 of 7 failed runs called cancel", evidence=("f", "g"))
    lessons = joined([more], [elsewhere, AVOID], of=["refund"])
    assert lessons[0] is elsewhere
    assert differing(lessons, [elsewhere, AVOID]) == [more]


def test_more_evidence_says_nothing_else_but_a_new_or_a_fallen_lesson_does() -> None:
    more = replace(AVOID, text="5 of 7 failed runs called cancel", evidence=("f", "g"))
    assert not say_otherwise([more], [AVOID])
    assert say_otherwise([AVOID, OTHER], [AVOID])
    assert say_otherwise(joined([], [AVOID]), [AVOID])


def test_what_a_person_rejected_stays_rejected_whatever_is_distilled() -> None:
    rejected = replace(AVOID, superseded_by=REJECTED)
    assert joined([replace(AVOID, text="4 of 4 failed runs called cancel")], [rejected])[0].superseded_by == REJECTED


def test_lessons_on_procedures_that_were_not_distilled_stay_as_they_are() -> None:
    assert joined([], [AVOID], of=["cancel"]) == [AVOID]


def test_a_skill_shows_no_lesson_that_was_superseded() -> None:
    (shown,) = collected([SKILL], [replace(AVOID, superseded_by=REJECTED), OTHER])
    assert (shown.pitfalls, shown.insights) == (("keep calm",), ("i2",))


def said(recall: str, note: str = "", **words: list[str]) -> dict[str, Any]:
    return {"recall": recall, "text": "Refund to Mars", "note": note, "used": [], "helped": [], "misled": [], **words}


def test_a_note_on_what_misled_is_a_lesson_and_a_boundary_of_the_skill() -> None:
    lessons = corrections([said("r", "we do not ship there", misled=["e1"])], {"e1": "refund"}, {})
    assert [(one.polarity, one.text, one.procedure, one.evidence, one.made_by) for one in lessons] == [
        ("avoid", "we do not ship there", "refund", ("e1",), "person")
    ]
    (shown,) = collected([SKILL], lessons)
    assert shown.when_not_to_use == ('as a person said of "Refund to Mars": we do not ship there',)
    assert collected([shown], lessons) == [shown]


def test_the_latest_note_on_a_task_counts_and_one_that_was_taken_back_does_not() -> None:
    notes = [said("a", "old", misled=["e1"]), said("b", "new", misled=["e1"])]
    (lesson,) = corrections(notes, {"e1": "refund"}, {})
    assert lesson.text == "new"
    assert corrections([*notes, said("b", helped=["e1"])], {"e1": "refund"}, {}) == []


def test_a_note_on_what_was_forgotten_is_no_lesson() -> None:
    assert corrections([said("r", "never", misled=["gone"])], {}, {}) == []


INSIGHTS = st.lists(
    st.builds(
        Insight,
        id=st.sampled_from("abcd"),
        polarity=st.sampled_from(["do", "avoid"]),
        text=st.sampled_from(["call 1", "call 2", "wait", "go"]),
        procedure=st.sampled_from(["p", "q"]),
        evidence=st.tuples(st.sampled_from("xyz")),
    ),
    unique_by=(lambda one: one.id, lambda one: (one.polarity, one.text.rstrip("12"), one.procedure)),
    max_size=4,
)


@given(INSIGHTS, INSIGHTS)
def test_no_lesson_ever_vanishes_and_joining_again_changes_nothing(made: list[Insight], known: list[Insight]) -> None:
    known = [replace(one, id=f"k{one.id}") for one in known]
    found = joined(made, known)
    assert {one.id for one in known} <= {one.id for one in found}
    assert len(found) == len({one.id for one in found})
    assert sum(not one.superseded_by for one in found) == len(made)
    assert joined(made, found) == found
    assert joined(made[::-1], known[::-1]) == found
