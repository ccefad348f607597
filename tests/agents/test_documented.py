"""What docs/agents.md shows for each framework is run, with a model that answers offline."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

import telltale
from telltale.memory.types import Outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agents.md"
GIFT = "Refund order 9832, it was paid with a gift card"


def documented(heading: str) -> dict[str, Any]:
    """The names that the example under ``heading`` defines."""
    section = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")[2]
    names: dict[str, Any] = {}
    code = re.search(r"```py\n(.*?)```", section, re.DOTALL)
    assert code is not None
    exec(compile(code[1], str(PAGE), "exec", dont_inherit=True), names)
    return names


def remembered(memory: telltale.AgentMemory, source: str) -> telltale.Episode:
    (episode,) = [one for one in memory.episodes() if one.source == source]
    assert episode.text == GIFT
    return episode


def test_the_example_of_the_openai_agents_sdk(memory: telltale.AgentMemory) -> None:
    agents = pytest.importorskip("agents", reason="needs the extra openai-agents")
    from agents.testing import ScriptedModel, assistant_message, function_call

    agents.set_tracing_disabled(disabled=True)
    call = function_call("refund_to_balance", {"order": "9832"}, call_id="c")
    model = ScriptedModel([[call], [assistant_message("Refunded.")]])
    assert asyncio.run(documented("OpenAI Agents SDK")["refund"](memory, GIFT, model)) == "Refunded."
    episode = remembered(memory, "openai-agents")
    assert ([step.tool for step in episode.steps], episode.outcome) == (["refund_to_balance"], Outcome.SUCCESS)


def test_the_example_of_pydantic_ai(memory: telltale.AgentMemory) -> None:
    pytest.importorskip("pydantic_ai", reason="needs the extra pydantic-ai")
    from pydantic_ai.models.test import TestModel

    agent = documented("Pydantic AI")["refunds"](memory, TestModel(custom_output_text="I could not do it."))
    agent.run_sync(GIFT)
    episode = remembered(memory, "pydantic-ai")
    assert ([step.tool for step in episode.steps], episode.outcome) == (["refund_to_balance"], Outcome.FAILURE)


def test_the_example_of_langgraph(memory: telltale.AgentMemory) -> None:
    pytest.importorskip("langgraph", reason="needs the extra langgraph")
    from langchain_core.language_models import FakeListChatModel

    graph = documented("LangGraph")["refunds"](memory, FakeListChatModel(responses=["Refunded."]))
    after = graph.invoke({"messages": [{"role": "user", "content": GIFT}]})
    assert after["experience"]["text"].startswith("From past experience")
    assert remembered(memory, "langgraph").answer == "Refunded."
