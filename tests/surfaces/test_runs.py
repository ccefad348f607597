"""A run is recorded while it goes on, linked to what it was shown, and remembered when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import telltale
from telltale.memory.types import Outcome

GIFT, CARD = "Refund order {}, it was paid with a gift card", "Refund order {}, it was paid by credit card"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[telltale.AgentMemory]:
    with telltale.open(tmp_path / "store") as opened:
        yield opened


def work(memory: telltale.AgentMemory, task: str, tool: str) -> telltale.Episode:
    with memory.run(task, {"channel": "chat"}) as run:
        run.called("get_order", {"order": "9"}, {"paid": 12.5}, read_only=True)
        run.called(tool, {"order": "9"}, "done")
        run.said("assistant", "That is done.")
        run.succeeded(score=1.0)
    (id_,) = run.episodes
    return next(one for one in memory.episodes() if one.id == id_)


def test_what_happened_in_a_run_is_an_episode_with_its_outcome(memory: telltale.AgentMemory) -> None:
    episode = work(memory, GIFT.format(1), "refund_to_balance")
    assert (episode.text, episode.context) == (GIFT.format(1), {"channel": "chat"})
    assert [step.tool for step in episode.steps] == ["get_order", "refund_to_balance"]
    assert (episode.outcome, episode.score, episode.said_by, episode.source) == (Outcome.SUCCESS, 1.0, "caller", "run")


def test_a_run_is_shown_what_past_runs_say_and_its_end_is_feedback_on_that(memory: telltale.AgentMemory) -> None:
    for number in range(30):
        work(memory, GIFT.format(number), "refund_to_balance")
        work(memory, CARD.format(number), "refund_to_card")
    memory.learn()
    with memory.run(GIFT.format(77)) as run:
        assert run.found is not None
        assert run.text == run.found.text
        run.followed(run.found.admitted[0].candidate.id)
        memory._tenant._documents["recalls"].replace({})  # a run may take longer than notes are kept
        run.succeeded()
    said = memory._tenant.feedback()[-1]
    assert (said["recall"], said["outcome"], len(said["used"])) == (run.found.id, "success", 1)


def test_a_run_that_breaks_off_is_remembered_as_a_guessed_failure(memory: telltale.AgentMemory) -> None:
    with pytest.raises(ZeroDivisionError), memory.run("Divide the bill") as run:
        run.tool(lambda: 1 / 0)()
    (episode,) = memory.episodes()
    assert (episode.outcome, episode.guessed) == (Outcome.FAILURE, True)
    assert episode.steps[0].error == "ZeroDivisionError: division by zero"


def test_a_run_of_unknown_end_stays_unknown(memory: telltale.AgentMemory) -> None:
    with memory.run("Look around", recall=False) as run:
        assert (run.found, run.text) == (None, "")
    assert [episode.outcome for episode in memory.episodes()] == [Outcome.UNKNOWN]


def test_a_function_can_be_recorded_with_the_tools_it_uses(memory: telltale.AgentMemory) -> None:
    def look_up(city: str) -> dict[str, str]:
        return {"city": city, "weather": "rain"}

    @memory.recorded(recall=False)
    def solve(task: str, *, run: Any) -> str:
        found = run.tool(look_up)(city="Cork")
        run.succeeded()
        return str(found["weather"])

    assert solve("What is the weather in Cork?") == "rain"
    (episode,) = memory.episodes()
    assert [(step.tool, step.arguments) for step in episode.steps] == [("look_up", {"city": "Cork"})]


def test_an_agent_finds_again_what_it_saw_and_carries_on_within_a_budget(memory: telltale.AgentMemory) -> None:
    with memory.run("Find out why the service does not start", recall=False) as run:
        run.called("read_file", {"path": "config.yaml"}, "host: localhost\nport: 8417")
        for number in range(40):
            run.called("read_file", {"path": f"notes{number}.md"}, f"Minutes of meeting {number}: nothing was decided")
        assert "8417" in run.search("which file held the port?", k=1)[0].text
        short = run.compact(next_step="open the port in the firewall", budget=120)
    assert short.startswith("Task: Find out why the service does not start\n")
    assert "8417" in short


def test_a_secret_seen_in_a_run_is_not_embedded(memory: telltale.AgentMemory) -> None:
    secret = "ghp_" + "a1B2" * 9
    with memory.run("Clone the repository", recall=False) as run:
        run.called("shell", {"command": f"git clone https://{secret}@example.org/r"}, "cloned")
        found = run.search("git clone", k=3)
    assert found
    assert not any(secret in one.text for one in found)


def test_a_run_can_be_awaited(tmp_path: Path) -> None:
    async def go() -> list[str]:
        async with await telltale.AsyncAgentMemory.open(tmp_path / "store") as memory:
            async with memory.run("Refund order 1") as run:
                run.called("refund", {"order": 1}, "done")
                run.succeeded()
                assert await run.search("refund", k=1)
            return [episode.outcome for episode in await memory.episodes()]

    assert asyncio.run(go()) == ["success"]
