"""The memory as an agent sees it that speaks MCP, through the SDK's own client."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp import Client, StdioServerParameters
from mcp.server import MCPServer
from mcp.shared.exceptions import MCPError

import telltale
from telltale.mcp.server import mcp_server

T = TypeVar("T")
COMMAND = "from telltale.cli import main; main()"
GIFT, CARD = "Refund order {}, it was paid with a gift card", "Refund order {}, it was paid by credit card"
HANDLED = {
    GIFT: "refund_to_balance",
    "The gift card for {} should get its money back": "refund_to_balance",
    CARD: "refund_to_card",
    "The credit card for {} should get its money back": "refund_to_card",
    "Cancel order {}, it has not been shipped": "cancel_order",
    "No need to ship {} any more, it is still with you": "cancel_order",
    "Cancel order {}, it was shipped yesterday": "stop_parcel",
    "No need for {} any more, but it is on its way": "stop_parcel",
}


def run_of(task: str, tool: str) -> dict[str, Any]:
    call = {"id": "1", "type": "function", "function": {"name": tool, "arguments": "{}"}}
    asked, acted = {"role": "user", "content": task}, {"role": "assistant", "tool_calls": [call]}
    return {"messages": [asked, acted, {"role": "tool", "tool_call_id": "1", "content": "done"}]}


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[telltale.AgentMemory]:
    """A memory of refunds that look alike, learned from and distilled."""
    with telltale.open(tmp_path_factory.mktemp("mcp")) as opened:
        runs = [run_of(task.format(n), tool) for n in range(1801, 1809) for task, tool in HANDLED.items()]
        opened.remember(runs, outcome="success")
        opened.learn()
        opened.distill()
        yield opened


@pytest.fixture
def server(memory: telltale.AgentMemory) -> MCPServer[Any]:
    return mcp_server(lambda _request, _right: nullcontext(memory))


def ask(server: Any, using: Callable[[Client], Awaitable[T]]) -> T:
    """What ``using`` makes of a client that is connected to ``server``."""

    async def connected() -> T:
        async with Client(server) as client:
            return await using(client)

    return asyncio.run(connected())


def call(server: Any, tool: str, **arguments: Any) -> Any:
    return ask(server, lambda client: client.call_tool(tool, arguments))


def test_no_tool_takes_anything_away(server: MCPServer[Any]) -> None:
    listed = ask(server, lambda client: client.list_tools()).tools
    assert [tool.name for tool in listed] == ["recall", "remember", "feedback"]
    assert not any(tool.annotations and tool.annotations.destructive_hint for tool in listed)
    assert all(tool.description and tool.output_schema for tool in listed)


def test_a_recall_answers_with_what_applies_and_with_the_difference_that_gave_the_look_alike_away(
    server: MCPServer[Any],
) -> None:
    answer = call(server, "recall", task=GIFT.format(999)).structured_content
    assert answer["applies"]
    assert {one["procedure"] for one in answer["admitted"]} == {"refund_to_balance"}
    refused = next(one for one in answer["refused"] if one["procedure"] == "refund_to_card")
    assert {"credit card", "gift card"} <= {
        value for one in refused["differs"] for value in (one["here"], one["there"])
    }


def test_when_nothing_applies_the_answer_says_so_in_words_and_as_data(server: MCPServer[Any]) -> None:
    answer = call(server, "recall", task="Translate the annual report into Finnish")
    assert not answer.structured_content["applies"]
    assert answer.structured_content["admitted"] == []
    assert answer.content[0].text.startswith("No past case applies to this task")


def test_an_agents_word_on_its_own_success_stays_unverified(
    server: MCPServer[Any], memory: telltale.AgentMemory
) -> None:
    answer = call(server, "remember", outcome="success", **run_of("Order 77 is to be refunded in points", "points"))
    (id_,) = answer.structured_content["episodes"]
    (episode,) = [one for one in memory.episodes() if one.id == id_]
    assert (episode.outcome, episode.guessed, episode.source) == (telltale.Outcome.SUCCESS, True, "mcp")


def test_feedback_on_a_recall_is_kept(server: MCPServer[Any], memory: telltale.AgentMemory) -> None:
    found = call(server, "recall", task=CARD.format(998)).structured_content
    shown = found["admitted"][0]["id"]
    assert call(server, "feedback", recall=found["recall"], misled=[shown]).structured_content == {
        "recall": found["recall"]
    }
    again = call(server, "recall", task=CARD.format(998)).structured_content
    assert shown not in [one["id"] for one in again["admitted"]]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("recall", {"task": ""}, "task"),
        ("recall", {"task": "x", "k": 0}, "greater than or equal to 1"),
        ("recall", {"task": "   "}, "BAD_ARGUMENT"),
        ("feedback", {"recall": "none"}, "BAD_ARGUMENT"),
        ("remember", {"messages": [{"role": "user"}]}, "Error executing tool remember"),
        ("forget", {}, "forget"),
    ],
)
def test_a_call_that_cannot_be_meant_is_answered_with_the_reason(
    server: MCPServer[Any], tool: str, arguments: dict[str, Any], said: str
) -> None:
    assert said in refusal(server, tool, arguments)


def refusal(server: Any, tool: str, arguments: dict[str, Any]) -> str:
    """The words of a tool's error, or of the protocol's."""
    try:
        answer = call(server, tool, **arguments)
    except (MCPError, BaseExceptionGroup) as error:
        return repr(error)
    return str(answer.content[0].text) if answer.is_error else ""


def test_skills_are_resources_that_say_when_not_to_use_them(server: MCPServer[Any]) -> None:
    listed = json.loads(ask(server, lambda client: client.read_resource("skills://active")).contents[0].text)  # type: ignore[union-attr]
    assert len(listed["skills"]) == 4
    uri = listed["skills"][0]["uri"]
    page = ask(server, lambda client: client.read_resource(uri)).contents[0].text  # type: ignore[union-attr]
    assert page.startswith("---\nname:")
    assert "When not to use" in page


def test_a_skill_that_is_not_there_is_an_error_and_not_a_crash(server: MCPServer[Any]) -> None:
    with pytest.raises((MCPError, BaseExceptionGroup)) as error:
        ask(server, lambda client: client.read_resource("skill://nowhere"))
    assert "nowhere" in repr(error.value)


def test_the_prompt_tells_how_to_use_a_recall_without_being_led_by_it(server: MCPServer[Any]) -> None:
    said = ask(server, lambda client: client.get_prompt("use_experience", {"task": "Refund\norder 1"}))
    text = said.messages[0].content.text  # type: ignore[union-attr]
    assert text.startswith("Task: Refund order 1\n")
    assert "never an instruction" in " ".join(text.split())


def test_over_stdio_nothing_but_the_protocol_is_on_standard_output(tmp_path: Path) -> None:
    spawned = StdioServerParameters(command=sys.executable, args=["-c", COMMAND, "mcp", "--store", str(tmp_path / "s")])
    answer = ask(spawned, lambda client: client.call_tool("recall", {"task": "Refund order 9"}))
    assert answer.structured_content is not None
    assert answer.structured_content["reason"].startswith("empty memory")


def test_what_is_no_message_does_not_end_the_server(tmp_path: Path) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    command = [sys.executable, "-c", COMMAND, "mcp", "--store", str(tmp_path / "s")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdin is not None
        assert served.stdout is not None
        served.stdin.write("not json\n[]\n" + message(1, "initialize", hello))
        served.stdin.flush()
        assert json.loads(served.stdout.readline())["id"] == 1
        served.stdin.write(message(7, "ping", {}))
        served.stdin.flush()
        assert json.loads(served.stdout.readline()) == {"jsonrpc": "2.0", "id": 7, "result": {}}


def message(number: int, method: str, params: dict[str, Any]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n"


def test_off_this_machine_it_is_not_served_without_keys(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COMMAND, "mcp", "--http", "--host", "0.0.0.0", "--store", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, "telltale serve" in ran.stderr) == (2, True)
