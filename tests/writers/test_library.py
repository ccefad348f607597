"""The library over time: versions count what changed, and nothing that was learned of a skill is lost."""

from __future__ import annotations

from dataclasses import replace

from telltale.memory.types import Skill, Status
from telltale.writers.library import counted, merge

REFUND = Skill(id="s1", name="refund", procedure="refund", when_to_use="a refund is asked for", status=Status.ACTIVE)


def test_a_first_skill_is_taken_as_it_is() -> None:
    assert merge([REFUND], []) == [REFUND]


def test_a_skill_that_says_the_same_stays_the_same_version() -> None:
    known = replace(REFUND, shown=7, helped=5, version=3)
    assert merge([REFUND], [known]) == [known]


def test_a_skill_that_says_something_else_is_a_new_version_with_its_counters() -> None:
    known = replace(REFUND, shown=7, misled=1, version=3)
    reworded = replace(REFUND, when_to_use="money is to go back")
    assert merge([reworded], [known]) == [replace(reworded, shown=7, misled=1, version=4)]


def test_a_promoted_skill_is_the_same_version() -> None:
    known = replace(REFUND, status=Status.CANDIDATE, version=2)
    assert merge([REFUND], [known]) == [replace(REFUND, version=2)]


def test_a_skill_that_is_no_longer_earned_is_retired() -> None:
    retired = merge([], [REFUND])
    assert retired == [replace(REFUND, status=Status.RETIRED)]
    assert merge([REFUND], retired) == [REFUND]


def word(recall: str, **said: list[str]) -> dict[str, object]:
    return {"recall": recall, "used": [], "helped": [], "misled": [], **said}


def test_a_skill_counts_each_recall_once_by_its_last_word() -> None:
    said = [word("a", helped=["s1"]), word("a", helped=["s1"]), word("b", misled=["s1"]), word("b", helped=["s1"])]
    said += [word("c", used=["s1"]), word("d", misled=["s1", "s2"])]
    (told,) = counted([REFUND], said)
    assert (told.shown, told.helped, told.misled, told.corrected) == (4, 2, 1, 1)
    assert counted([told], said) == [told]
