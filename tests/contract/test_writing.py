"""What is told to a memory, in every place and both ways."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from telltale import BadArgument, Outcome
from telltale.memory.errors import ReadOnly, RecordError
from telltale.memory.types import Call, Status, Trace, Turn

from .conftest import Memory, Place, refunds

MESSAGES = [
    {"role": "user", "content": "Refund order 1832, it was paid with a gift card"},
    {
        "role": "assistant",
        "tool_calls": [{"id": "1", "function": {"name": "refund", "arguments": '{"order": "1832"}'}}],
    },
    {"role": "tool", "tool_call_id": "1", "content": "done"},
]
SECRET = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"


def test_remembering_the_same_again_adds_nothing(memory: Memory) -> None:
    first = memory.remember(MESSAGES, outcome="success", source="shop", context={"channel": "chat"})
    assert memory.remember(MESSAGES, outcome="success", source="shop", context={"channel": "chat"}) == first
    (episode,) = memory.episodes()
    assert [episode.id] == first
    assert (episode.outcome, episode.said_by, episode.context) == (Outcome.SUCCESS, "caller", {"channel": "chat"})
    assert (episode.steps[0].tool, episode.steps[0].arguments) == ("refund", {"order": "1832"})


def test_an_outcome_that_comes_later_finds_its_run(memory: Memory) -> None:
    first = memory.remember(MESSAGES, trace_id="run-7")
    assert memory.remember(MESSAGES, trace_id="run-7", outcome="failure", score=0.0) == first
    assert [episode.outcome for episode in memory.episodes()] == [Outcome.FAILURE]


def test_traces_episodes_and_text_are_understood_as_messages_are(memory: Memory) -> None:
    call = Call(tool="refund", arguments={"order": "1832"}, observation="done")
    turns = (Turn(role="user", text="Refund order 7"), Turn(role="assistant", calls=(call,)))
    (of_trace,) = memory.remember(Trace(trace_id="", format="run", turns=turns, outcome=Outcome.SUCCESS, said_by="me"))
    (of_text,) = memory.remember(json.dumps(MESSAGES), outcome="partial", procedure="refund")
    of_episodes = memory.remember(refunds(1))
    held = {episode.id: episode for episode in memory.episodes()}
    assert held.keys() == {of_trace, of_text, *of_episodes}
    assert (held[of_trace].format, held[of_trace].said_by, held[of_trace].steps[0].tool) == ("run", "me", "refund")
    assert (held[of_text].label, held[of_text].outcome) == ("refund", Outcome.PARTIAL)


@pytest.mark.parametrize("given", [{"outcome": "won"}, {"score": 1.5}, {"context": []}])
def test_a_wrong_word_about_a_trace_is_refused(memory: Memory, given: dict[str, object]) -> None:
    with pytest.raises(BadArgument):
        memory.remember(MESSAGES, **given)
    assert list(memory.episodes()) == []


def test_what_cannot_be_remembered_is_an_error_with_a_code(memory: Memory) -> None:
    with pytest.raises(RecordError) as raised:
        memory.remember([{"role": "assistant", "content": "Hello"}])
    assert raised.value.code in {"NO_TASK", "EMPTY_TRACE"}
    with pytest.raises(RecordError) as raised:
        memory.remember([{"role": "user", "content": "Pay", "sum": float("nan")}])
    assert raised.value.code == "BAD_NUMBER"


def test_secrets_are_taken_out_before_anything_is_kept(memory: Memory) -> None:
    memory.remember([{"role": "user", "content": f"Log in with {SECRET}"}], outcome="success")
    assert SECRET not in str(list(memory.episodes()))
    assert SECRET not in str(memory.recall(f"Log in with {SECRET}"))


def test_a_run_is_recorded_searched_and_remembered(memory: Memory) -> None:
    with memory.run("Free port 8080", {"host": "web-1"}) as run:
        run.called("lsof", {"port": 8080}, f"nginx.conf holds it, token {SECRET}", read_only=True)
        run.called("kill", {"pid": 7}, "done")
        found = str(run.search("which file held the port?", k=2))
        assert "nginx.conf" in found
        assert SECRET not in found
        assert "Task: Free port 8080" in run.compact(next_step="restart nginx", budget=200)
        run.succeeded()
    (episode,) = memory.episodes()
    assert (episode.source, episode.outcome, len(episode.steps)) == ("run", Outcome.SUCCESS, 2)


def test_what_is_exported_can_be_taken_in_again_and_adds_nothing(memory: Memory, tmp_path: Path) -> None:
    memory.remember(MESSAGES, outcome="success", source="shop")
    assert memory.export(tmp_path / "episodes.jsonl") == 1
    found = memory.ingest(tmp_path / "episodes.jsonl")
    assert (found.read, found.stored, found.duplicates, found.episodes) == (1, 0, 1, 1)
    assert memory.episodes_frame().collect()["source"].to_list() == ["shop"]


def test_files_are_taken_in_and_what_cannot_be_is_told(memory: Memory, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Refund order 1", "plan": "refund"}\n{"text": ""}\n', encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"text": "Refund order 2", "plan": "refund"}\n', encoding="utf-8")
    seen: list[tuple[int, int]] = []
    found = memory.ingest(tmp_path, progress=lambda done, size: seen.append((done, size)))
    assert (found.read, found.stored, found.rejected, found.episodes) == (3, 2, 1, 2)
    assert [(reject.line, reject.code) for reject in found.rejects] == [(2, "NO_TASK")]
    assert seen[-1][0] == seen[-1][1] > 0
    assert {episode.source for episode in memory.episodes()} == {"a.jsonl", "b.jsonl"}
    with pytest.raises(BadArgument):
        memory.ingest(tmp_path / "nowhere.jsonl")


def test_forgetting_takes_away_what_was_named_and_says_what(memory: Memory) -> None:
    memory.remember(refunds(2, source="shop"))
    gone = memory.remember(MESSAGES, source="desk")
    found = memory.forget(source="desk")
    assert (list(found), found.told()[0], found.skills) == (gone, "1 episode", ())
    assert len(list(memory.episodes())) == 4
    with pytest.raises(BadArgument):
        memory.forget()


def test_a_person_s_word_on_a_skill_stays(memory: Memory) -> None:
    memory.remember(refunds(8))
    memory.learn()
    memory.ask_for_review()
    assert (memory.distill(), memory.asks_for_review()) == ([], True)
    waits = memory.proposals()
    assert [one.skill.name for one in waits] == ["refund-to-card", "refund-to-gift-card"]
    assert memory.review(waits[0].id, accept=True).status is Status.ACTIVE
    assert memory.review("refund-to-card", pin=True).pinned
    assert [skill.name for skill in memory.skills("active")] == ["refund-to-card"]
    assert len(memory.proposals()) == 1


def test_skills_go_from_one_memory_to_another_as_candidates(taught: Memory, memory: Memory, tmp_path: Path) -> None:
    (file,) = taught.export_skills(tmp_path / "skills.jsonl", form="jsonl")
    brought = memory.import_skills(file)
    assert [(skill.name, skill.status) for skill in brought] == [
        ("refund-to-card", Status.CANDIDATE),
        ("refund-to-gift-card", Status.CANDIDATE),
    ]
    assert len(taught.export_skills(tmp_path / "folder")) == 2
    assert memory.import_skills(tmp_path / "folder") == []  # nothing new is said


def test_what_is_opened_read_only_is_not_changed(empty: Place) -> None:
    with empty.opened() as memory:
        memory.remember(MESSAGES)
    with empty.opened(read_only=True) as memory:
        assert len(list(memory.episodes())) == 1
        for change in (lambda: memory.remember(MESSAGES + MESSAGES), memory.learn, lambda: memory.forget(source="x")):
            with pytest.raises(ReadOnly):
                change()
        assert len(list(memory.episodes())) == 1
