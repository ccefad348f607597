"""A graph recalls before its agent works and remembers what it did. Without a model: nodes are functions."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("langgraph", reason="needs the extra langgraph")

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph

import telltale
from telltale.agents.langgraph import ExperienceState, recall_node, remember_node, with_experience
from telltale.memory.types import Outcome

GIFT = "Refund order {}, it was paid with a gift card"


class Desk:
    """An agent that refunds and says so; it keeps what it was shown."""

    def __init__(self, status: str = "success") -> None:
        self.shown: list[list[Any]] = []
        self.status = status

    def __call__(self, state: ExperienceState) -> dict[str, Any]:
        self.shown.append(with_experience(state))
        call = {"id": "c", "name": "refund_to_balance", "args": {"order": "9832"}}
        done = ToolMessage("9832 refunded", tool_call_id="c", status=self.status)
        return {"messages": [AIMessage("", tool_calls=[call]), done, AIMessage("It is back on the balance.")]}


def graph(memory: telltale.AgentMemory, desk: Desk, *, checkpointer: Any = None, **told: Any) -> Any:
    made = StateGraph(ExperienceState)
    made.add_node("recall", recall_node(memory))
    made.add_node("desk", desk)
    made.add_node("remember", remember_node(memory, **told))
    for here, there in ((START, "recall"), ("recall", "desk"), ("desk", "remember"), ("remember", END)):
        made.add_edge(here, there)
    return made.compile(checkpointer=checkpointer)


def remembered(memory: telltale.AgentMemory) -> list[telltale.Episode]:
    return sorted((one for one in memory.episodes() if one.source == "langgraph"), key=lambda one: one.text)


def test_the_block_stands_before_the_task_and_not_in_the_system_prompt(
    memory: telltale.AgentMemory,
) -> None:
    desk = Desk()
    given = [SystemMessage("You refund."), HumanMessage(GIFT.format(9832))]
    after = graph(memory, desk).invoke({"messages": given})
    system, block, task = desk.shown[0]
    assert (system, task) == (after["messages"][0], after["messages"][1])
    assert isinstance(block, HumanMessage)
    assert block.content == after["experience"]["text"]
    assert len(after["messages"]) == 5


def test_a_task_in_other_words_is_not_put_before_the_system_prompt(memory: telltale.AgentMemory) -> None:
    messages = [
        SystemMessage("You refund."),
        HumanMessage("Hello"),
        AIMessage("Yes?"),
        HumanMessage("The gift card one"),
    ]
    told = recall_node(memory, task=lambda _: GIFT.format(9832))({"messages": messages})
    shown = with_experience({"messages": messages, **told})
    assert [message.type for message in shown] == ["system", "human", "human", "ai", "human"]
    assert shown[1].content == told["experience"]["text"]


def test_calls_and_the_last_words_are_remembered_with_an_unknown_outcome(memory: telltale.AgentMemory) -> None:
    graph(memory, Desk()).invoke({"messages": [HumanMessage(GIFT.format(9832))]})
    (episode,) = remembered(memory)
    assert (episode.text, episode.outcome, episode.answer) == (
        GIFT.format(9832),
        Outcome.UNKNOWN,
        "It is back on the balance.",
    )
    (step,) = episode.steps
    assert (step.tool, step.arguments, step.observation) == ("refund_to_balance", {"order": "9832"}, "9832 refunded")


def test_an_error_of_a_tool_is_told_from_what_it_gave(memory: telltale.AgentMemory) -> None:
    graph(memory, Desk("error")).invoke({"messages": [HumanMessage(GIFT.format(9832))]})
    assert [step.error for step in remembered(memory)[0].steps] == ["9832 refunded"]


def test_a_known_outcome_is_feedback_on_what_was_recalled(memory: telltale.AgentMemory) -> None:
    graph(memory, Desk(), outcome=lambda _: "success").invoke({"messages": [HumanMessage(GIFT.format(9832))]})
    assert [episode.outcome for episode in remembered(memory)] == [Outcome.SUCCESS]
    assert memory._tenant.feedback()[-1]["outcome"] == "success"


def test_nothing_is_added_where_nothing_applies(memory: telltale.AgentMemory) -> None:
    desk = Desk()
    after = graph(memory, desk).invoke({"messages": [HumanMessage("Write a poem about the sea in winter")]})
    assert [message.content for message in desk.shown[0]] == ["Write a poem about the sea in winter"]
    assert after["experience"]["recall"] == ""


def test_each_task_of_a_thread_is_a_run_and_the_same_again_adds_none(memory: telltale.AgentMemory) -> None:
    threaded = graph(memory, Desk(), checkpointer=InMemorySaver())
    for number in (9832, 9833):
        threaded.invoke({"messages": [HumanMessage(GIFT.format(number))]}, {"configurable": {"thread_id": "t"}})
    assert [(episode.text, episode.trace_id) for episode in remembered(memory)] == [
        (GIFT.format(9832), "t#0"),
        (GIFT.format(9833), "t#4"),
    ]


async def _both(made: Any) -> None:
    await made.ainvoke({"messages": [HumanMessage(GIFT.format(9832))]})


def test_the_nodes_serve_an_asynchronous_graph(memory: telltale.AgentMemory) -> None:
    import asyncio

    asyncio.run(_both(graph(memory, Desk())))
    assert len(remembered(memory)) == 1
