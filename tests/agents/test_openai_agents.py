"""An agent of the OpenAI Agents SDK is shown past experience, recorded, and remembered. With the SDK's test model."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("agents", reason="needs the extra openai-agents")

from agents import Agent, RunConfig, Runner, function_tool, handoff
from agents.run import CallModelData, ModelInputData
from agents.testing import ScriptedModel, assistant_message, function_call

import telltale
from telltale.agents.openai_agents import Experience
from telltale.memory.errors import UsageError
from telltale.memory.types import Outcome

GIFT = "Refund order 9832, it was paid with a gift card"
DONE = assistant_message("It is back on the balance.")


@function_tool
def refund_to_balance(order: str) -> str:
    """Refund an order to the customer's balance."""
    return f"{order} refunded"


@function_tool
def refund_to_card(order: str) -> str:
    """Refund an order to the card."""
    raise LookupError(f"{order} was not paid by card")


def model(*tools: str) -> ScriptedModel:
    calls = [[function_call(name, {"order": "9832"}, call_id=f"c{at}")] for at, name in enumerate(tools)]
    return ScriptedModel([*calls, [DONE]])


def agent(scripted: ScriptedModel, **given: Any) -> Agent[Any]:
    return Agent(
        name="refunds", instructions="You refund.", model=scripted, tools=[refund_to_balance, refund_to_card], **given
    )


def run(
    memory: telltale.AgentMemory, agent: Agent[Any], task: str = GIFT, config: RunConfig | None = None, **given: Any
) -> Experience:
    async def within() -> Experience:
        async with Experience(memory, **given) as experience:
            await Runner.run(
                agent, task, hooks=experience, run_config=experience.config(config or RunConfig(tracing_disabled=True))
            )
        return experience

    return asyncio.run(within())


def remembered(memory: telltale.AgentMemory, experience: Experience) -> telltale.Episode:
    return next(one for one in memory.episodes() if one.id in experience.run.episodes)


def test_the_block_stands_before_the_task_at_every_call_and_not_in_the_instructions(
    memory: telltale.AgentMemory,
) -> None:
    scripted = model("refund_to_balance")
    experience = run(memory, agent(scripted))
    assert experience.run.found.admitted
    assert len(scripted.calls) == 2
    for call in scripted.calls:
        assert [item["content"] for item in call.input[:2]] == [experience.run.text, GIFT]
        assert call.system_instructions == "You refund."


def test_calls_and_the_final_words_are_remembered_with_an_unknown_outcome(memory: telltale.AgentMemory) -> None:
    episode = remembered(memory, run(memory, agent(model("refund_to_balance"))))
    assert (episode.text, episode.source, episode.outcome) == (GIFT, "openai-agents", Outcome.UNKNOWN)
    (step,) = episode.steps
    assert (step.tool, step.arguments, step.observation) == ("refund_to_balance", {"order": "9832"}, "9832 refunded")
    assert episode.answer == "It is back on the balance."


def test_an_error_of_a_tool_is_told_from_what_it_gave(memory: telltale.AgentMemory) -> None:
    episode = remembered(memory, run(memory, agent(model("refund_to_card", "refund_to_balance"))))
    assert [(step.tool, step.error) for step in episode.steps] == [
        ("refund_to_card", "LookupError: 9832 was not paid by card"),
        ("refund_to_balance", ""),
    ]


def test_a_known_outcome_is_feedback_on_what_was_shown(memory: telltale.AgentMemory) -> None:
    experience = run(
        memory, agent(model("refund_to_balance")), outcome=lambda output: "success" if "balance" in output else None
    )
    assert remembered(memory, experience).outcome is Outcome.SUCCESS
    said = memory._tenant.feedback()[-1]
    assert (said["recall"], said["outcome"]) == (experience.run.found.id, "success")


def test_nothing_is_added_where_nothing_applies(memory: telltale.AgentMemory) -> None:
    scripted = ScriptedModel([[DONE]])
    run(memory, agent(scripted), "Write a poem about the sea in winter")
    assert [item["content"] for item in scripted.calls[0].input] == ["Write a poem about the sea in winter"]


def test_a_run_that_breaks_off_is_remembered_as_a_guessed_failure(memory: telltale.AgentMemory) -> None:
    with pytest.raises(ConnectionError):
        run(memory, agent(ScriptedModel([ConnectionError("gone")])))
    (episode,) = [one for one in memory.episodes() if one.source == "openai-agents"]
    assert (episode.outcome, episode.guessed) == (Outcome.FAILURE, True)


def test_a_handoff_goes_on_in_the_same_run(memory: telltale.AgentMemory) -> None:
    second = agent(model("refund_to_balance"))
    first = Agent(
        name="triage",
        model=ScriptedModel([[function_call("transfer_to_refunds", {}, call_id="h")]]),
        handoffs=[handoff(second)],
    )
    episode = remembered(memory, run(memory, first))
    assert [step.tool for step in episode.steps] == ["transfer_to_refunds", "refund_to_balance"]


def test_a_filter_of_ones_own_still_filters(memory: telltale.AgentMemory) -> None:
    def shouting(data: CallModelData[Any]) -> ModelInputData:
        return ModelInputData(input=data.model_data.input, instructions="REFUND")

    scripted = ScriptedModel([[DONE]])
    experience = run(memory, agent(scripted), config=RunConfig(call_model_input_filter=shouting, tracing_disabled=True))
    assert scripted.calls[0].system_instructions == "REFUND"
    assert scripted.calls[0].input[0]["content"] == experience.run.text


def test_a_streamed_run_is_recorded_alike(memory: telltale.AgentMemory) -> None:
    async def within() -> Experience:
        async with Experience(memory) as experience:
            config = experience.config(RunConfig(tracing_disabled=True))
            streamed = Runner.run_streamed(agent(model("refund_to_balance")), GIFT, hooks=experience, run_config=config)
            async for _ in streamed.stream_events():
                pass
        return experience

    assert [step.tool for step in remembered(memory, asyncio.run(within())).steps] == ["refund_to_balance"]


def test_hooks_outside_their_block_say_so(memory: telltale.AgentMemory) -> None:
    with pytest.raises(UsageError, match="async with"):
        asyncio.run(Runner.run(agent(ScriptedModel([[DONE]])), GIFT, hooks=Experience(memory)))
