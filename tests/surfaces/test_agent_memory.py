"""One memory through its one object: what goes in comes out guarded, and is looked after."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

import telltale
from telltale import Outcome
from telltale.memory.errors import ReadOnly, RecordError

from .conftest import CASE, refunds

SECRET = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[telltale.AgentMemory]:
    with telltale.open(tmp_path / "store") as opened:
        yield opened


def test_remembering_the_same_again_adds_nothing(memory: telltale.AgentMemory) -> None:
    assert memory.remember(refunds(3)) == memory.remember(refunds(3))
    assert len(list(memory.episodes())) == 6


def test_what_cannot_be_remembered_is_an_error_with_a_code(memory: telltale.AgentMemory) -> None:
    with pytest.raises(RecordError) as raised:
        memory.remember([{"role": "assistant", "content": "Hello"}])
    assert raised.value.code in {"NO_TASK", "EMPTY_TRACE"}


def test_an_empty_memory_abstains_and_says_that_it_is_empty(memory: telltale.AgentMemory) -> None:
    found = memory.recall(CASE)
    assert (found.abstained, found.admitted, found.reason.partition(":")[0]) == (True, (), "empty memory")


def test_the_look_alike_is_refused_with_what_gave_it_away(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(8))
    memory.learn()
    refused = {verdict.candidate.procedure: verdict for verdict in memory.recall(CASE).refused}
    told = {(one.kind, one.case_value, one.candidate_value) for one in refused["refund_to_card"].differences}
    assert ("choice:payment", "gift card", "credit card") in told


def test_a_verdict_is_explained_with_what_past_cases_did_and_the_look_alikes_kept(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(8))
    memory.learn()
    found = memory.recall(CASE)
    refused = next(verdict for verdict in found.refused if verdict.candidate.procedure == "refund_to_card")
    strongest = memory.why(found, refused)[0]
    assert memory.why(found, refused.candidate.id)[0] == strongest
    assert strongest.evidence == (
        "0 of 8 past cases with payment 'gift card' used refund_to_card, 8 used refund_to_gift_card; "
        "stored look-alikes that used refund_to_gift_card differ in it"
    )


def test_only_what_was_judged_can_be_explained(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(3))
    found = memory.recall(CASE)
    with pytest.raises(telltale.BadArgument, match="not among the 6 verdicts"):
        memory.why(found, "0" * 32)


def test_learning_says_what_is_known_now(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(5))
    learned = memory.learn()
    assert (learned.episodes, learned.procedures, learned.calibrated) == (10, 2, False)
    assert len(memory.look_alikes()) == learned.look_alikes > 0


def test_learning_does_not_depend_on_the_order_of_arrival(tmp_path: Path) -> None:
    found = []
    for name, order in (("one", 1), ("other", -1)):
        with telltale.open(tmp_path / name) as memory:
            memory.remember(refunds(6)[::order])
            memory.learn()
            skills = memory.distill()
            found.append(
                [(skill.procedure, skill.steps, len(skill.evidence), len(skill.when_not_to_use)) for skill in skills]
            )
    assert found[0] == found[1]


def test_skills_say_when_not_to_use_them(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(6))
    memory.learn()
    skills = {skill.procedure: skill for skill in memory.distill()}
    assert set(skills) == {"refund_to_card", "refund_to_gift_card"}
    assert "gift card" in " ".join(skills["refund_to_card"].when_not_to_use)


def test_distilling_again_changes_no_version(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(6))
    memory.learn()
    assert memory.distill() == memory.distill() == memory.skills()
    assert memory.skills(status="retired") == []


def test_an_unguarded_search_finds_the_look_alike_too(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(5))
    for by in ("dense", "lexical", "hybrid", "all"):
        assert {one.procedure for one in memory.candidates(CASE, by=by)} == {"refund_to_card", "refund_to_gift_card"}


def test_feedback_is_taken_for_an_id_and_for_a_receipt(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(3))
    found = memory.recall(CASE)
    memory.feedback(found.id, outcome="success", helped=["a"])
    memory.feedback(found.receipt(), outcome=Outcome.FAILURE, misled=["b"], note="wrong card")
    first, second = memory._tenant.feedback()
    assert first["recall"] == second["recall"] == found.id
    assert (first["outcome"], first["helped"]) == ("success", ["a"])
    assert (second["outcome"], second["misled"], second["note"]) == ("failure", ["b"], "wrong card")


def test_a_memory_that_misled_is_not_admitted_again_for_the_same_case(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(8))
    found = memory.recall(CASE, risk=0.5)
    first = found.admitted[0].candidate
    memory.feedback(found.receipt(), misled=[first.id])
    for asked in (CASE, CASE.replace("9832", "9833")):
        again = memory.recall(asked, risk=0.5)
        assert first.procedure not in {verdict.candidate.procedure for verdict in again.admitted}


@pytest.mark.parametrize("named", ["unknown", "tr1_forged"])
def test_feedback_on_no_recall_of_ours_is_refused(memory: telltale.AgentMemory, named: str) -> None:
    with pytest.raises(telltale.BadArgument):
        memory.feedback(named)


def test_feedback_outlives_the_note_by_a_receipt_and_after_a_first_word(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(3))
    spoken, unspoken = memory.recall(CASE), memory.recall(CASE)
    memory.feedback(spoken.id, misled=["a"])
    assert len(memory._tenant.recall_notes(9)) == 2  # which writes what waits
    memory._tenant._documents["recalls"].expire(days=0, most=0)
    assert memory._tenant.recall_note(spoken.id) is None
    with pytest.raises(telltale.BadArgument, match=r"of the last 30 days and the latest 200,000 .* found.receipt"):
        memory.feedback(unspoken.id, helped=["a"])
    memory.feedback(unspoken.receipt(), helped=["b"])
    memory.feedback(spoken.id, helped=["a"])
    said = memory._tenant.feedback()
    assert [(row["recall"], row["text"]) for row in said[1:]] == [(unspoken.id, CASE), (spoken.id, CASE)]


def test_one_text_is_not_a_list_of_ids(memory: telltale.AgentMemory) -> None:
    with pytest.raises(telltale.BadArgument, match="give a list of ids"):
        memory.feedback(memory.recall(CASE).id, helped="abc")


def test_a_secret_in_a_case_reaches_no_file(tmp_path: Path) -> None:
    with telltale.open(tmp_path / "store") as memory:
        memory.remember(refunds(3))
        found = memory.recall(f"{CASE}, token {SECRET}", context={"token": SECRET})
        memory.feedback(found.id, note=f"used {SECRET}")
    written = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert found.id.encode() in written
    assert SECRET.encode() not in written


def test_forgetting_a_source_takes_its_skills_and_look_alikes_with_it(memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(6))
    memory.learn()
    memory.distill()
    assert len(memory.forget(source="shop")) == 12
    assert (list(memory.episodes()), memory.skills(), memory.look_alikes()) == ([], [], [])
    assert memory.check() == []


def test_forgetting_some_keeps_the_rest_learned(memory: telltale.AgentMemory) -> None:
    (first, *rest) = memory.remember(refunds(6))
    memory.learn()
    assert memory.forget(episode_id=first) == [first]
    assert {pair.first for pair in memory.look_alikes()} <= set(rest)
    assert memory.look_alikes()


def test_reading_needs_no_right_to_write(tmp_path: Path, memory: telltale.AgentMemory) -> None:
    memory.remember(refunds(5))
    with telltale.open(tmp_path / "store", read_only=True) as reader:
        found = reader.recall(CASE)
        assert reader.why(found, found.verdicts[0])
        with pytest.raises(ReadOnly):
            reader.remember(refunds(6))


def test_nothing_asks_the_network(tmp_path: Path) -> None:
    disable_socket(allow_unix_socket=True)
    try:
        with telltale.open(tmp_path / "store") as memory:
            memory.remember(refunds(3))
            memory.learn()
            memory.distill()
            found = memory.recall(CASE)
            assert memory.why(found, found.verdicts[0])
    finally:
        enable_socket()


def test_taking_in_and_asking_never_load_scikit_learn(tmp_path: Path) -> None:
    program = """
import sys, telltale
with telltale.open(sys.argv[1]) as memory:
    memory.remember([{"role": "user", "content": "Refund order 1"}], outcome="success")
    memory.recall("Refund order 2")
print("sklearn" in sys.modules, "polars" in sys.modules, "instructor" in sys.modules)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "store")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["False"] * 3


def test_closing_twice_is_closing_once_and_keeps_what_was_noted(tmp_path: Path) -> None:
    memory = telltale.open(tmp_path / "store")
    noted = memory.recall(CASE).id
    memory.close()
    memory.close()
    with telltale.open(tmp_path / "store") as again:
        again.feedback(noted, outcome="failure")
        assert [told["recall"] for told in again._tenant.feedback()] == [noted]
