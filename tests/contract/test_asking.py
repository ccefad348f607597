"""What a memory is asked, in every place and both ways."""

from __future__ import annotations

import pytest

from telltale import BadArgument
from telltale.memory.types import Status

from .conftest import Memory, Place, refunds

CASE = "Refund order 9832, it was paid with a gift card"
WAYS = {"refund_to_card", "refund_to_gift_card"}


def test_an_empty_memory_abstains_and_says_that_it_is_empty(memory: Memory) -> None:
    found = memory.recall(CASE)
    assert (found.abstained, found.admitted, found.reason.partition(":")[0]) == (True, (), "empty memory")
    assert (found.messages(), list(memory.episodes()), memory.skills(), memory.look_alikes()) == ([], [], [], [])


def test_the_look_alike_is_refused_with_what_gave_it_away_and_why(taught: Memory) -> None:
    found = taught.recall(CASE, risk=0.4)
    assert found.admitted[0].candidate.procedure == "refund_to_gift_card"
    refused = next(verdict for verdict in found.refused if verdict.candidate.procedure == "refund_to_card")
    assert "choice:payment" in {difference.kind for difference in refused.differences}
    assert taught.why(found, refused)[0].evidence.startswith("0 of 8 past cases with payment 'gift card'")
    with pytest.raises(BadArgument, match="not among"):
        taught.why(found, "0" * 32)


def test_a_recall_goes_into_a_prompt(taught: Memory) -> None:
    found = taught.recall(CASE, risk=0.4, kinds="episodes")
    assert 0 < found.tokens <= 1500
    assert found.text
    assert found.messages("openai")[0]["role"] == "user"
    assert len(found.messages("anthropic")) > 0
    assert found.admitted[0].candidate.id in found.episodes
    assert found.verdicts[0].probability == max(verdict.probability for verdict in found.verdicts)


def test_feedback_is_taken_by_id_and_by_receipt_and_for_nothing_else(taught: Memory) -> None:
    found = taught.recall("Refund order 5, it was paid by credit card", risk=0.4)
    followed = [verdict.candidate.id for verdict in found.admitted]
    taught.feedback(found.id, outcome="success", used=followed)
    taught.feedback(found.receipt(), note="as it should be")
    with pytest.raises(BadArgument):
        taught.feedback("no such recall")
    with pytest.raises(BadArgument):
        taught.feedback(found.receipt()[:-4] + "AAAA")
    with pytest.raises(BadArgument):
        taught.feedback(found.id, used=followed[0])


@pytest.mark.parametrize(
    "given", [{"k": 0}, {"risk": 2}, {"budget": 0}, {"text": " "}, {"context": {1: "chat"}}, {"kinds": "all"}]
)
def test_a_question_outside_its_range_is_refused(taught: Memory, given: dict[str, object]) -> None:
    with pytest.raises(BadArgument):
        taught.recall(**{"text": CASE, **given})


def test_search_alone_is_unguarded(taught: Memory) -> None:
    found = taught.candidates(CASE, k=5, by="lexical")
    assert len(found) == 5
    assert {one.procedure for one in taught.candidates(CASE, k=50)} == WAYS
    with pytest.raises(BadArgument):
        taught.candidates(CASE, by="magic")


def test_what_was_learned_is_there(taught: Memory) -> None:
    pair = taught.look_alikes()[0]
    assert {pair.first_procedure, pair.second_procedure} == WAYS
    assert pair.difference.kind == "choice:payment"
    assert not taught.is_stale()
    assert taught.dropped_notes() == 0
    assert taught.check() == []


def test_the_library_is_told_with_what_it_rests_on(taught: Memory) -> None:
    assert [skill.name for skill in taught.skills()] == ["refund-to-card", "refund-to-gift-card"]
    skill = taught.skill("refund-to-card")
    assert (skill.status, skill.successes, len(skill.evidence)) == (Status.ACTIVE, 8, 8)
    assert skill.boundaries[0].condition.kind == "choice:payment"
    assert taught.skill_why("refund-to-card").status.startswith("active: 8 independent successes")
    assert [one.version for one in taught.skill_versions("refund-to-card")] == [1]
    assert (taught.skill_diff("refund-to-card"), taught.proposals(), taught.asks_for_review()) == ([], [], False)
    assert isinstance(taught.insights(), list)
    for wrong in (taught.skill, taught.skill_why, taught.skill_versions, taught.skill_diff):
        with pytest.raises(BadArgument):
            wrong("no-such-skill")
    with pytest.raises(BadArgument):
        taught.skills("best")


def test_a_skill_can_be_followed_literally(taught: Memory) -> None:
    followed = taught.follow("refund-to-card", CASE, call=lambda *_: "done")
    assert followed.stopped


@pytest.mark.long  # a process of its own, that gives way to all others
def test_learning_beside_recalls_gives_the_same_in_the_end(empty: Place) -> None:
    with empty.opened() as memory:
        memory.remember(refunds(4))
        learned = memory.learn_in_background()
        learned = memory._runner.run(_of(learned)) if hasattr(learned, "__await__") else learned.result()
        assert (learned.episodes, learned.procedures) == (8, 2)


async def _of(learned: object) -> object:
    return await learned  # type: ignore[misc]
