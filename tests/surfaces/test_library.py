"""The library as a user has it: versions, reasons, reviews, corrections and forgetting, on a real store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import telltale
from telltale import Episode, Outcome
from telltale.memory.types import Boundary, Skill, Status, Step
from telltale.writers.model import ModelDistiller

CASE = "Refund order 9832, it was paid with a gift card"
CANARY = "canaryxyzzy"


def refunds(first: int, count: int, **more: Any) -> list[Episode]:
    """Tickets in pairs that differ in what was paid with, and so in what was done."""
    ways = {"by credit card": "refund_to_card", "with a gift card": "refund_to_gift_card"}
    return [
        Episode(
            text=f"Refund order {1800 + n}, it was paid {way}",
            steps=(Step(tool="get_order", arguments={"id": 1800 + n}), Step(tool=label, arguments={"id": 1800 + n})),
            label=label,
            outcome=Outcome.SUCCESS,
            **{"source": "shop", **more},
        )
        for n in range(first, first + count)
        for way, label in ways.items()
    ]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[telltale.AgentMemory]:
    """One with two active skills."""
    with telltale.open(tmp_path / "store") as opened:
        opened.remember(refunds(0, 6))
        opened.learn()
        opened.distill()
        yield opened


def of(memory: telltale.AgentMemory, procedure: str) -> Skill:
    return next(skill for skill in memory.skills() if skill.procedure == procedure)


def mailed(first: int, count: int) -> list[Episode]:
    """Refunds to cards after which the customer was written to."""
    found = [episode for episode in refunds(first, count) if episode.label == "refund_to_card"]
    return [
        replace(episode, steps=(*episode.steps, Step(tool="mail", arguments={"kind": "done"}))) for episode in found
    ]


def test_a_new_version_supersedes_and_never_erases(memory: telltale.AgentMemory) -> None:
    before = of(memory, "refund_to_card")
    memory.remember(mailed(100, 40))
    memory.learn()
    memory.distill()
    after = of(memory, "refund_to_card")
    assert (after.name, after.id, after.version) == (before.name, before.id, 2)
    assert "new successes" in after.reason
    assert [skill.version for skill in memory.skill_versions(before.name)] == [1, 2]
    assert memory.skill_versions(before.name)[0].steps == before.steps
    assert any("step 3 added: mail(kind=done)" in line for line in memory.skill_diff(before.name))
    assert memory.skill_diff(before.name, 2, 2) == []


def test_a_version_that_is_not_there_is_named_with_those_that_are(memory: telltale.AgentMemory) -> None:
    with pytest.raises(telltale.BadArgument, match="found no version 7"):
        memory.skill_diff(of(memory, "refund_to_card").name, 7)
    with pytest.raises(telltale.BadArgument, match="there is no skill 'nothing'"):
        memory.skill("nothing")


def test_a_skill_says_what_each_of_its_parts_rests_on(memory: telltale.AgentMemory) -> None:
    skill = of(memory, "refund_to_card")
    why = memory.skill_why(skill.name)
    assert why.status.startswith("active: 6 independent successes, 0 against")
    assert why.reason == "distilled from 6 successes"
    assert {part.part for part in why.parts} >= {"step 1", "step 2", "boundary"}
    known = {episode.id for episode in memory.episodes()}
    spans = {span.partition("#")[0] for part in why.parts for span in part.spans}
    assert set(why.evidence) | spans <= known


def test_what_a_person_wrote_rests_on_that_persons_word(memory: telltale.AgentMemory) -> None:
    skill = of(memory, "refund_to_card")
    drawn = Boundary(text="when the order is over 500: ask a colleague")
    memory.review(
        skill.name, edit=replace(skill, boundaries=(*skill.boundaries, drawn), pitfalls=("mind the refund limit",))
    )
    rests = {part.says: part.rests_on for part in memory.skill_why(skill.name).parts}
    assert rests[drawn.text] == rests["mind the refund limit"] == "a person's word, in version 2"
    assert not [rests[one] for one in skill.when_not_to_use if "person" in rests[one]]


def test_a_skill_that_misleads_is_retired_as_soon_as_it_is_said_often_enough(memory: telltale.AgentMemory) -> None:
    skill = of(memory, "refund_to_gift_card")
    for number in range(4):
        assert memory.skill(skill.name).status is Status.ACTIVE
        memory.feedback(memory.recall(f"{CASE} {number}").id, misled=[skill.id])
    assert (memory.skill(skill.name).status, memory.skill(skill.name).misled) == (Status.RETIRED, 4)
    memory.distill()
    assert memory.skill_why(skill.name).status.startswith("retired: misled 4 times")


def test_what_was_shown_is_counted_without_distilling(memory: telltale.AgentMemory) -> None:
    found = [memory.recall(f"{CASE} {number}", risk=0.9) for number in range(3)]
    shown = sum(of(memory, "refund_to_gift_card").id in [one.candidate.id for one in each.admitted] for each in found)
    assert of(memory, "refund_to_gift_card").shown == shown


def test_a_correction_goes_before_the_older_lesson_and_outlives_distilling(memory: telltale.AgentMemory) -> None:
    skill = of(memory, "refund_to_card")
    episode = skill.evidence[0]
    memory.feedback(memory.recall(CASE).id, misled=[episode], note="gift cards go back to the balance")
    told = memory.skill(skill.name)
    assert (told.version, told.reason) == (2, "corrected by feedback")
    assert told.when_not_to_use[-1] == f'as a person said of "{CASE}": gift cards go back to the balance'
    memory.distill()
    assert memory.skill(skill.name).when_not_to_use[-1] == told.when_not_to_use[-1]
    assert memory.skill(skill.name).version == 2
    lesson = next(one for one in memory.insights() if one.made_by == "person")
    memory.reject_lesson(lesson.id)
    memory.distill()
    assert not [text for text in memory.skill(skill.name).when_not_to_use if "balance" in text]
    assert len(memory.skill_versions(skill.name)) >= 3


def test_nothing_becomes_active_by_itself_where_review_is_asked_for(tmp_path: Path) -> None:
    with telltale.open(tmp_path / "store") as memory:
        memory.ask_for_review()
        memory.remember(refunds(0, 6))
        memory.learn()
        assert memory.distill() == []
        first, second = memory.proposals()
        assert (first.replaces, first.reason) == (0, "distilled from 6 successes")
        accepted = memory.review(first.skill.name, accept=True)
        memory.review(second.id, accept=False)
        memory.distill()
        assert (memory.skills(), memory.proposals()) == ([memory.skill(accepted.name)], [])
        assert memory.skill(accepted.name).status is Status.ACTIVE


def test_an_edit_goes_before_what_is_distilled_which_is_proposed(memory: telltale.AgentMemory) -> None:
    skill = of(memory, "refund_to_card")
    mine = memory.review(skill.name, edit=replace(skill, when_to_use="Only where the card is still valid."))
    assert (mine.version, mine.made_by, mine.reason) == (2, "person", "edited by a person")
    memory.remember(mailed(100, 40))
    memory.learn()
    memory.distill()
    assert memory.skill(skill.name).when_to_use == "Only where the card is still valid."
    assert [one.skill.version for one in memory.proposals()] == [3]
    memory.review(skill.name, accept=False)
    memory.distill()
    assert memory.proposals() == []


def test_a_pinned_skill_stays_and_a_rejected_one_is_retired_for_good(memory: telltale.AgentMemory) -> None:
    pinned, rejected = of(memory, "refund_to_card"), of(memory, "refund_to_gift_card")
    memory.review(pinned.name, pin=True)
    memory.review(rejected.name, accept=False)
    memory.remember(mailed(100, 40))
    memory.learn()
    memory.distill()
    assert (memory.skill(pinned.name).steps, memory.skill(pinned.name).version) == (pinned.steps, 1)
    assert [one.skill.name for one in memory.proposals()] == [pinned.name]
    assert memory.skill(rejected.name).status is Status.RETIRED
    assert memory.review(rejected.name, accept=True).status is not Status.CANDIDATE


@pytest.mark.parametrize("asked", [{}, {"accept": False, "edit": Skill(name="x", procedure="x", when_to_use="")}])
def test_a_review_that_says_nothing_or_both_is_refused(memory: telltale.AgentMemory, asked: dict[str, object]) -> None:
    with pytest.raises(telltale.BadArgument):
        memory.review(of(memory, "refund_to_card").name, **asked)  # type: ignore[arg-type]


def test_imported_skills_are_candidates_and_hold_no_secret(memory: telltale.AgentMemory, tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"
    given = Skill(
        name="ship", procedure="ship", when_to_use=f"Use {secret}", status=Status.ACTIVE, helped=9, pinned=True
    )
    memory.import_skills([given], source="friend")
    came = memory.skill("ship")
    assert (came.status, came.helped, came.pinned, came.made_by) == (Status.CANDIDATE, 0, False, "import:friend")
    memory.distill()
    assert memory.skill("ship") == came
    assert memory.review("ship", accept=True).status is Status.ACTIVE
    written = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert secret.encode() not in written


def test_one_more_episode_changes_its_skill_alone_and_as_distilling_all_would(memory: telltale.AgentMemory) -> None:
    other = of(memory, "refund_to_gift_card")
    ids = memory.remember(mailed(100, 1))
    (told,) = memory.distill(episodes=ids)
    assert (told.procedure, told.successes, set(ids) <= set(told.evidence)) == ("refund_to_card", 7, True)
    assert of(memory, "refund_to_gift_card") == other
    memory.distill()
    again = of(memory, "refund_to_card")
    assert (again.steps, again.evidence, again.successes) == (told.steps, told.evidence, told.successes)


def test_many_threads_can_count_episodes_at_once(memory: telltale.AgentMemory) -> None:
    ids = [memory.remember(episode)[0] for episode in mailed(100, 6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda id_: memory.distill(episodes=[id_]), ids))
    assert of(memory, "refund_to_card").successes == 12


def test_an_episode_of_no_skill_changes_none(memory: telltale.AgentMemory) -> None:
    before = memory.skills()
    ids = memory.remember(Episode(text="Sing", label="sing", outcome=Outcome.SUCCESS))
    assert (memory.distill(episodes=ids), memory.distill(episodes=["unknown"]), memory.skills()) == ([], [], before)


def test_a_model_that_cannot_be_reached_leaves_the_offline_library_and_says_so(memory: telltale.AgentMemory) -> None:
    nobody = ModelDistiller(model="none", base_url="http://127.0.0.1:9/v1", api_key="x", retries=0, seconds=2.0)
    before = memory.skills()
    found = memory.distill(model=nobody)
    assert found.report is not None
    assert (found, len(found.report.fell_back), found.report.refined) == (before, 2, 0)
    with pytest.raises(telltale.BadArgument, match="episodes and a model"):
        memory.distill(episodes=[], model=nobody)


def test_forgetting_makes_a_skill_anew_from_what_is_left_and_says_so(memory: telltale.AgentMemory) -> None:
    skill = of(memory, "refund_to_card")
    memory.feedback(memory.recall(CASE).id, helped=[skill.id])
    gone = memory.forget(episode_id=skill.evidence[0])
    assert list(gone) == [skill.evidence[0]]
    again = memory.skill(skill.name)
    assert (again.id, again.version, again.reason) == (skill.id, 2, "made anew without what was forgotten")
    assert (len(again.evidence), again.helped, again.status) == (5, 1, Status.ACTIVE)
    assert skill.name in gone.remade
    assert any(skill.name in line for line in gone.told())


def holding(folder: Path, text: str) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_no_byte_of_what_was_forgotten_lives_on_in_a_skill_its_versions_or_its_name(tmp_path: Path) -> None:
    with telltale.open(tmp_path / "store") as memory:
        told = [replace(one, text=f"{CANARY} {one.text}") for one in refunds(0, 3, source="bad")]
        failed = [
            replace(one, outcome=Outcome.FAILURE, text=f"{CANARY} again {one.text}")
            for one in refunds(20, 4, source="bad")
        ]
        memory.remember([*told, *failed, *refunds(50, 5)])
        memory.learn()
        memory.distill()
        assert holding(tmp_path, CANARY)
        assert len(memory.forget(source="bad")) == 14
        assert holding(tmp_path, CANARY) == []
        assert {skill.procedure for skill in memory.skills("active")} == {"refund_to_card", "refund_to_gift_card"}
        assert memory.check() == []


def test_everything_is_forgotten_where_that_is_asked(memory: telltale.AgentMemory, tmp_path: Path) -> None:
    memory.feedback(memory.recall(CASE).id, helped=["x"], note=CANARY)
    gone = memory.forget(everything=True)
    assert (len(gone), list(memory.episodes()), memory.skills(), memory.insights()) == (12, [], [], [])
    assert holding(tmp_path, CANARY) == holding(tmp_path, "gift card") == []
    assert (memory.recall(CASE).reason.partition(":")[0], memory.check()) == ("empty memory", [])


def test_unlabelled_runs_that_take_a_detour_are_one_skill(tmp_path: Path) -> None:
    things = ("mug", "lamp", "book", "plate", "spoon", "towel", "clock", "knife", "pan", "vase", "cup", "pillow")
    with telltale.open(tmp_path / "store") as memory:
        for at, thing in enumerate(things):
            tools = ("take", "put") if at % 2 else ("unlock", "take", "put")
            steps = tuple(Step(tool=tool, arguments={"object": thing}) for tool in tools)
            memory.remember(Episode(text=f"put the {thing} on the shelf", steps=steps, outcome=Outcome.SUCCESS))
        (pair,) = memory.alike()
        assert (pair.merges, pair.agree, pair.given) == (True, 0.8, False)
        memory.learn()
        (skill,) = memory.distill()
        assert skill.procedures == (pair.first, pair.second)
