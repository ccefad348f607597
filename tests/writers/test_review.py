"""What waits for a person's word, and what that word does."""

from __future__ import annotations

from dataclasses import replace

from telltale.memory.types import Proposal, Skill, Status
from telltale.writers.library import Laid, lay
from telltale.writers.review import Words, accepted, brought_in, edited, gate, proposal_id, retirements, waiting
from telltale.writers.standing import Run

SKILL = Skill(
    id="s", name="refund", procedure="refund", when_to_use="a", status=Status.ACTIVE, evidence=("e",), successes=4
)
NEXT = replace(SKILL, when_to_use="b", version=2, reason="2 new successes")


def gated(skill: Skill, *known: Skill) -> Laid:
    return gate(Laid([skill], []), known)


def test_a_new_skill_waits() -> None:
    assert gated(replace(SKILL, reason="new")) == Laid(
        [], [Proposal(skill=replace(SKILL, reason="new"), replaces=0, reason="new")]
    )


def test_a_new_version_waits_while_the_counts_of_the_one_that_stands_go_on() -> None:
    found = gated(replace(NEXT, shown=9), SKILL)
    assert found.skills == [replace(SKILL, shown=9)]
    assert [(one.replaces, one.skill.when_to_use) for one in found.proposals] == [(1, "b")]


def test_a_promotion_waits_and_a_demotion_does_not() -> None:
    candidate = replace(SKILL, status=Status.CANDIDATE)
    assert [one.skill.status for one in gated(SKILL, candidate).proposals] == [Status.ACTIVE]
    assert gated(SKILL, candidate).skills == [candidate]
    assert gate(Laid([SKILL], []), [candidate], vouched={"s"}) == Laid([SKILL], [])
    assert gated(candidate, SKILL) == Laid([candidate], [])


def test_that_a_pinned_skill_surely_fails_is_proposed_and_not_done() -> None:
    failed = [Run(float(number), False, "") for number in range(9)]
    (proposal,) = retirements([replace(SKILL, pinned=True)], {"s": failed})
    assert (proposal.skill.status, proposal.replaces, proposal.reason.partition(":")[0]) == (
        Status.RETIRED,
        1,
        "retire it",
    )
    assert accepted(proposal, [replace(SKILL, pinned=True)]).version == 1
    assert retirements([SKILL], {"s": failed}) == []


def test_a_proposal_that_was_refused_comes_back_only_when_it_says_something_else() -> None:
    proposal = Proposal(skill=NEXT, replaces=1)
    refused = Words(refused=frozenset([proposal_id(NEXT)]))
    assert waiting([proposal], [], refused, touched=["s"], time=1.0) == []
    other = Proposal(skill=replace(NEXT, when_to_use="c"), replaces=1)
    assert len(waiting([other], [], refused, touched=["s"], time=1.0)) == 1


def test_a_proposal_keeps_the_time_since_when_it_waits_and_the_others_stay() -> None:
    (first,) = waiting([Proposal(skill=NEXT)], [], Words(), touched=["s"], time=1.0)
    (same,) = waiting([Proposal(skill=replace(NEXT, evidence=("x",)))], [first], Words(), touched=["s"], time=2.0)
    assert (same.id, same.time) == (first.id, 1.0)
    assert waiting([], [first], Words(), touched=["other"], time=3.0) == [first]
    assert waiting([], [first], Words(), touched=["s"], time=3.0) == []


def test_what_is_accepted_is_the_next_version_whatever_came_between() -> None:
    skill = accepted(Proposal(skill=NEXT, replaces=1, reason=NEXT.reason), [replace(SKILL, version=5)])
    assert (skill.version, skill.reason) == (6, "2 new successes; accepted by a person")


def test_an_edit_is_a_persons_version_with_the_evidence_and_the_counters_that_were_there() -> None:
    skill = edited(Skill(name="refund", procedure="refund", when_to_use="mine"), replace(SKILL, shown=3), [SKILL])
    assert (skill.when_to_use, skill.made_by, skill.version) == ("mine", "person", 2)
    assert (skill.id, skill.evidence, skill.shown, skill.status) == ("s", ("e",), 3, Status.ACTIVE)
    assert lay([replace(SKILL, when_to_use="distilled")], [skill]).skills[0].when_to_use == "mine"


def test_what_is_imported_earns_nothing_by_what_it_says_of_itself() -> None:
    boasting = replace(SKILL, id="", helped=99, pinned=True, made_by="person", evidence=("e", "theirs"), version=7)
    ((came,), proposals) = brought_in([boasting], [], "friend", {"e"})
    assert (came.status, came.helped, came.pinned, came.version) == (Status.CANDIDATE, 0, False, 1)
    assert (came.made_by, came.evidence, proposals) == ("import:friend", ("e",), [])


def test_an_import_never_changes_a_skill_that_is_there() -> None:
    same, other = replace(SKILL, id="x", evidence=()), replace(SKILL, id="x", when_to_use="anything")
    assert brought_in([same], [SKILL], "friend", set()) == Laid([SKILL], [])
    found = brought_in([other], [SKILL], "friend", set())
    assert found.skills == [SKILL]
    assert [(one.skill.id, one.skill.when_to_use, one.replaces) for one in found.proposals] == [("s", "anything", 1)]


def test_what_people_said_is_kept_as_ids_alone() -> None:
    said = Words(vouched=frozenset("ab"), refused=frozenset("c"))
    assert Words.from_json(said.to_json()) == said
    assert Words.from_json(None) == Words()
