"""The library over time: versions count what changed, and nothing that was learned of a skill is lost."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.types import Boundary, Skill, SkillStep, Status
from telltale.writers.library import UNEARNED, counted, lay, says

REFUND = Skill(
    id="s1",
    name="refund",
    procedure="refund",
    when_to_use="a refund is asked for",
    evidence=("a", "b", "c"),
    status=Status.ACTIVE,
    reason="distilled from 3 successes",
)


def laid(made: list[Skill], known: list[Skill], **more: object) -> list[Skill]:
    return lay(made, known, **more).skills  # type: ignore[arg-type]


def test_a_first_skill_is_taken_as_it_is() -> None:
    assert laid([replace(REFUND, reason="")], []) == [REFUND]


def test_a_skill_that_says_the_same_stays_the_same_version() -> None:
    known = replace(REFUND, shown=7, helped=5, version=3)
    assert laid([REFUND], [known]) == [known]


def test_counts_and_evidence_make_no_version() -> None:
    step = SkillStep(tool="refund", seen_in=3, of=3)
    pitfall = "2 of 3 failed runs called cancel; of the successful ones 0 of 8"
    known = replace(REFUND, steps=(step,), pitfalls=(pitfall,))
    more = replace(
        known, evidence=("a", "d"), steps=(replace(step, seen_in=9, of=9),), pitfalls=("3 of 4" + pitfall[6:],)
    )
    assert laid([more], [known]) == [more]


def test_a_skill_that_says_something_else_is_a_new_version_with_its_counters_and_the_reason() -> None:
    known = replace(REFUND, shown=7, misled=1, version=3)
    reworded = replace(REFUND, when_to_use="money is to go back", evidence=("a", "b", "c", "d", "e"))
    (now,) = laid([reworded], [known])
    assert now == replace(reworded, shown=7, misled=1, version=4, reason="2 new successes")


def test_a_promoted_skill_is_the_same_version() -> None:
    known = replace(REFUND, status=Status.CANDIDATE, version=2)
    assert laid([REFUND], [known]) == [replace(REFUND, version=2)]


def test_a_skill_that_is_no_longer_earned_is_retired_and_comes_back() -> None:
    retired = laid([], [REFUND])
    assert retired == [replace(REFUND, status=Status.RETIRED, reason=UNEARNED)]
    assert laid([REFUND], retired) == [replace(REFUND, reason="earned again")]


def test_a_name_stays_when_the_procedure_is_called_otherwise() -> None:
    renamed = replace(REFUND, id="s2", name="lookup-refund", procedure="lookup > refund")
    (now,) = laid([renamed], [REFUND], name_of={"refund": "lookup > refund"})
    assert (now.name, now.id, now.procedure, now.version) == ("refund", "s1", "lookup > refund", 2)


def test_two_skills_never_share_a_name() -> None:
    other = replace(REFUND, id="s2", procedure="give back")
    names = [skill.name for skill in laid([REFUND, other], [])]
    assert sorted(names) == ["refund", "refund-2"]


def test_merged_skills_go_on_as_one_and_the_other_says_where_it_went() -> None:
    other = replace(REFUND, id="s2", name="refund-twice", procedure="refund x2")
    one, gone = laid([replace(REFUND, also=("refund x2",))], [REFUND, other])
    assert (one.id, one.version, one.reason) == ("s1", 2, "merged with refund x2")
    assert (gone.status, gone.reason) == (Status.RETIRED, "merged into refund")


def test_what_was_merged_parts_again_under_its_own_name() -> None:
    other = replace(REFUND, id="s2", name="refund-twice", procedure="refund x2")
    merged = laid([replace(REFUND, also=("refund x2",))], [REFUND, other])
    one, again = laid([REFUND, other], merged)
    assert (one.reason, again.id, again.name, again.status) == (
        "parted from refund x2",
        "s2",
        "refund-twice",
        Status.ACTIVE,
    )


def test_what_a_person_wrote_stays_and_what_distilling_would_say_is_proposed() -> None:
    written = replace(REFUND, when_to_use="only on Mondays", made_by="person", version=2)
    found = lay([replace(REFUND, when_to_use="always", evidence=("d",))], [written])
    assert found.skills == [replace(written, evidence=("d",))]
    ((proposed,),) = [[one.skill for one in found.proposals]]
    assert (proposed.when_to_use, proposed.version, proposed.made_by) == ("always", 3, "offline")


def test_a_pinned_skill_that_says_the_same_proposes_nothing() -> None:
    pinned = replace(REFUND, pinned=True)
    assert lay([REFUND], [pinned]) == ([pinned], [])


def test_the_words_of_a_model_outlive_an_offline_distilling_that_finds_the_same_steps() -> None:
    steps = (SkillStep(tool="refund"),)
    worded = replace(REFUND, steps=steps, paraphrases=("give money back",), made_by="model:small")
    (now,) = laid([replace(REFUND, steps=steps)], [worded])
    assert (now.paraphrases, now.version, now.made_by) == (("give money back",), 1, "model:small")


def test_an_imported_skill_waits_for_evidence_instead_of_being_retired() -> None:
    imported = replace(REFUND, made_by="import:friend", status=Status.CANDIDATE)
    assert laid([], [imported]) == [imported]


def test_what_was_not_distilled_stays_when_only_some_was() -> None:
    other = replace(REFUND, id="s2", name="cancel", procedure="cancel")
    assert laid([], [REFUND, other], whole=False) == [other, REFUND]


def word(recall: str, **said: list[str]) -> dict[str, object]:
    return {"recall": recall, "used": [], "helped": [], "misled": [], **said}


def test_a_skill_counts_each_recall_once_by_its_last_word() -> None:
    said = [word("a", helped=["s1"]), word("a", helped=["s1"]), word("b", misled=["s1"]), word("b", helped=["s1"])]
    said += [word("c", used=["s1"]), word("d", misled=["s1", "s2"])]
    (told,) = counted([REFUND], said)
    assert (told.shown, told.helped, told.misled, told.corrected) == (4, 2, 1, 1)
    assert counted([told], said) == [told]


def test_a_recall_that_showed_the_skill_counts_without_feedback() -> None:
    notes = [{"id": "a", "admitted": ["s1"]}, {"id": "b", "admitted": ["x"]}, {"id": "c", "admitted": ["s1", "x"]}]
    (told,) = counted([REFUND], [word("a", helped=["s1"])], notes)
    assert (told.shown, told.helped) == (2, 1)


NAMES = {"a", "b", "c", "d"}
PROCEDURES = st.sampled_from(sorted(NAMES))


@st.composite
def libraries(draw: st.DrawFn) -> list[Skill]:
    """Distilled skills of different procedures, some of which stand for others too."""
    found: list[Skill] = []
    for name in draw(st.lists(PROCEDURES, unique=True)):
        also = draw(st.lists(st.sampled_from(sorted(NAMES - {name})), unique=True, max_size=1))
        if not {name, *also} & {one for skill in found for one in skill.procedures}:
            when = draw(st.sampled_from(["now", "later"]))
            boundaries = tuple(Boundary(text=text) for text in draw(st.lists(st.sampled_from(["x", "y"]), max_size=2)))
            skill = Skill(name=f"do-{when}", procedure=name, also=tuple(also), when_to_use=when, boundaries=boundaries)
            found.append(replace(skill, id=f"id-{name}", evidence=(name,), status=Status.ACTIVE))
    return found


@given(st.lists(libraries(), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_whatever_is_distilled_in_whatever_order_names_and_ids_are_unique_and_no_skill_is_lost(
    rounds: list[list[Skill]], rng: random.Random
) -> None:
    known: list[Skill] = []
    for made in rounds:
        now = laid(made, known)
        assert laid(rng.sample(made, len(made)), rng.sample(known, len(known))) == now
        assert len({skill.name for skill in now}) == len({skill.id for skill in now}) == len(now)
        assert {skill.id for skill in known} <= {skill.id for skill in now}
        standing = [skill for skill in now if skill.status is not Status.RETIRED]
        assert sorted(skill.procedure for skill in standing) == sorted(skill.procedure for skill in made)
        assert [(one.version, says(one)) for one in laid(made, now)] == [(one.version, says(one)) for one in now]
        known = now
