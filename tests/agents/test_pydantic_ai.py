"""An agent of Pydantic AI is shown past experience, recorded, and remembered. Offline: the library's own models."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("pydantic_ai", reason="needs the extra pydantic-ai")

from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel

import telltale
from telltale.agents.pydantic_ai import Experience
from telltale.memory.types import Outcome

GIFT = "Refund order {}, it was paid with a gift card"


class Desk:
    """A model that refunds with ``tool`` and then says so; it keeps what it was sent."""

    def __init__(self, tool: str = "refund_to_balance") -> None:
        self.tool = tool
        self.sent: list[list[Any]] = []
        self.instructions: list[str | None] = []

    def __call__(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        self.sent.append(messages)
        self.instructions.append(info.instructions)
        if len(messages) == 1:
            return ModelResponse(parts=[ToolCallPart(self.tool, {"order": "9832"})])
        return ModelResponse(parts=[TextPart("It is back on the balance.")])


def agent(model: Any, experience: Experience, **given: Any) -> Agent[None, Any]:
    made = Agent(model, instructions="You refund.", capabilities=[experience], **given)

    @made.tool_plain
    def refund_to_balance(order: str) -> str:
        return f"{order} refunded"

    @made.tool_plain
    def refund_to_card(order: str) -> str:
        raise ModelRetry(f"{order} was not paid by card")

    return made


def remembered(memory: telltale.AgentMemory) -> list[telltale.Episode]:
    return sorted((one for one in memory.episodes() if one.source == "pydantic-ai"), key=lambda one: one.text)


def test_the_block_stands_before_the_task_at_every_call_and_not_in_the_instructions(
    memory: telltale.AgentMemory,
) -> None:
    desk = Desk()
    result = agent(FunctionModel(desk), Experience(memory)).run_sync(GIFT.format(9832))
    assert len(desk.sent) == 2
    for messages in desk.sent:
        block, task = [part.content for part in messages[0].parts]
        assert block.startswith("From past experience")
        assert task == GIFT.format(9832)
    assert desk.instructions == ["You refund.", "You refund."]
    assert len(result.all_messages()[0].parts) == 1, "the block is kept in the history"


def test_calls_and_the_output_are_remembered_with_an_unknown_outcome(memory: telltale.AgentMemory) -> None:
    agent(FunctionModel(Desk()), Experience(memory)).run_sync(GIFT.format(9832))
    (episode,) = remembered(memory)
    assert (episode.text, episode.outcome, episode.answer) == (
        GIFT.format(9832),
        Outcome.UNKNOWN,
        "It is back on the balance.",
    )
    (step,) = episode.steps
    assert (step.tool, step.arguments, step.observation) == ("refund_to_balance", {"order": "9832"}, "9832 refunded")


def test_an_error_of_a_tool_is_told_from_what_it_gave(memory: telltale.AgentMemory) -> None:
    agent(FunctionModel(Desk("refund_to_card")), Experience(memory)).run_sync(GIFT.format(9832))
    (episode,) = remembered(memory)
    assert [(step.tool, step.observation) for step in episode.steps] == [("refund_to_card", "")]
    assert "9832 was not paid by card" in episode.steps[0].error


def test_a_known_outcome_is_feedback_on_what_was_shown(memory: telltale.AgentMemory) -> None:
    agent(FunctionModel(Desk()), Experience(memory, outcome=lambda _: "success")).run_sync(GIFT.format(9832))
    assert [episode.outcome for episode in remembered(memory)] == [Outcome.SUCCESS]
    assert memory._tenant.feedback()[-1]["outcome"] == "success"


def test_nothing_is_added_where_nothing_applies(memory: telltale.AgentMemory) -> None:
    desk = Desk()
    agent(FunctionModel(desk), Experience(memory)).run_sync("Write a poem about the sea in winter")
    assert [part.content for part in desk.sent[0][0].parts] == ["Write a poem about the sea in winter"]


def test_one_capability_serves_runs_at_the_same_time(memory: telltale.AgentMemory) -> None:
    refunds = agent(FunctionModel(Desk()), Experience(memory))

    async def both() -> None:
        await asyncio.gather(*(refunds.run(GIFT.format(number)) for number in (9832, 9833)))

    asyncio.run(both())
    assert [episode.text for episode in remembered(memory)] == [GIFT.format(9832), GIFT.format(9833)]


def test_a_run_that_breaks_off_is_remembered_as_a_guessed_failure(memory: telltale.AgentMemory) -> None:
    def gone(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        agent(FunctionModel(gone), Experience(memory)).run_sync(GIFT.format(9832))
    (episode,) = remembered(memory)
    assert (episode.outcome, episode.guessed) == (Outcome.FAILURE, True)


def test_a_structured_output_is_kept_as_json(memory: telltale.AgentMemory) -> None:
    class Refund(BaseModel):
        order: str

    agent(
        TestModel(call_tools=["refund_to_balance"], custom_output_args={"order": "9832"}),
        Experience(memory),
        output_type=Refund,
    ).run_sync(GIFT.format(9832))
    (episode,) = remembered(memory)
    assert (episode.answer, [step.tool for step in episode.steps]) == ('{"order": "9832"}', ["refund_to_balance"])


def test_a_streamed_run_is_recorded_alike(memory: telltale.AgentMemory) -> None:
    async def streamed() -> None:
        async with agent(TestModel(call_tools=["refund_to_balance"]), Experience(memory)).run_stream(
            GIFT.format(9832)
        ) as result:
            assert await result.get_output()

    asyncio.run(streamed())
    assert [step.tool for step in remembered(memory)[0].steps] == ["refund_to_balance"]
