"""OpenAI's items, Anthropic's blocks and the events of its managed agents: calls find the results that are theirs."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.cut import cut
from telltale.writers.formats.detect import Reading


def read(*values: Any) -> list[Any]:
    data = b"\n".join(json.dumps(value).encode() for value in values)
    return [found.item for found in Reading(io.BytesIO(data), "a.json")]


def trace(*values: Any) -> Trace:
    (found,) = read(*values)
    assert isinstance(found, Trace), found
    return found


def steps(found: Trace) -> list[tuple[str, dict[str, Any], str, str]]:
    return [
        (call.tool, dict(call.arguments), call.observation, call.error) for turn in found.turns for call in turn.calls
    ]


ASKED = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Refund order 7"}]}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]}


def called(kind: str = "function_call", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "id": "fc_1", "call_id": "c1", "status": "completed"} | fields


def answered(output: Any, kind: str = "function_call_output", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "call_id": "c1", "output": output} | fields


REFUND = called(name="refund", arguments='{"order": 7}')


@pytest.mark.parametrize(
    "value",
    [
        [ASKED, {"type": "reasoning", "summary": []}, REFUND, answered("ok"), SAID],
        [{"role": "user", "content": "Refund order 7"}, REFUND, answered([{"type": "input_text", "text": "ok"}]), SAID],
        {"object": "response", "id": "r", "input": [ASKED, REFUND, answered("ok")], "output": [SAID]},
        {"input": "Refund order 7", "response": {"object": "response", "output": [REFUND, answered("ok"), SAID]}},
        {"messages": [ASKED, REFUND, answered("ok"), SAID], "id": "r"},
    ],
)
def test_items_pair_by_call_id_wherever_they_stand(value: Any) -> None:
    found = trace(value)
    (episode,) = cut(found)
    assert (found.format, episode.text, episode.answer) == ("responses", "Refund order 7", "Done.")
    assert steps(found) == [("refund", {"order": 7}, "ok", "")]


@pytest.mark.parametrize(
    ("items", "step"),
    [
        ([called("custom_tool_call", name="patch", input="x"), answered("ok", "custom_tool_call_output")],
         ("patch", {"arguments": "x"}, "ok", "")),
        ([called("local_shell_call", action={"command": ["ls"]}), answered("a", "local_shell_call_output")],
         ("local_shell", {"command": ["ls"]}, "a", "")),
        ([called("mcp_call", name="find", arguments="{}", error="no", call_id=None)], ("find", {}, "", "no")),
        ([called("web_search_call", action={"query": "x"})], ("web_search", {"query": "x"}, "", "")),
        ([called("code_interpreter_call", code="1+1", outputs=[{"logs": 2}])],
         ("code_interpreter", {"code": "1+1"}, '[{"logs":2}]', "")),
        ([called(name="f", arguments="{}"), answered("x", status="incomplete")], ("f", {}, "", "x")),
    ],
)  # fmt: skip
def test_every_kind_of_call_is_a_step(items: list[Any], step: Any) -> None:
    assert steps(trace([ASKED, *items])) == [step]


def test_a_failed_response_is_a_failure_and_a_completed_one_says_nothing() -> None:
    response = {"object": "response", "id": "resp_1", "created_at": 5, "input": "Refund order 7", "output": [SAID]}
    failed, done = trace(response | {"status": "failed"}), trace(response | {"status": "completed"})
    assert (failed.outcome, failed.said_by, failed.trace_id, failed.time) == (
        *(Outcome.FAILURE, "response status", "resp_1"),
        5.0,
    )
    assert done.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("item", "field"),
    [(called(arguments="{}"), "name"), ({"type": "message", "role": "wizard"}, "role"), (answered(5), "output")],
)
def test_a_field_of_another_shape_is_named(item: Any, field: str) -> None:
    (found,) = read([ASKED, item])
    assert isinstance(found, RecordError)
    assert (found.code, found.field) == ("BAD_FIELD", field)


# ---- Anthropic -----------------------------------------------------------------------------------------------------


def test_what_the_provider_ran_itself_brings_its_result_in_the_same_turn() -> None:
    search = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "x"}}
    page = {"type": "web_search_result", "title": "A page", "url": "https://example.com"}
    result = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [page]}
    code = {"type": "server_tool_use", "id": "s2", "name": "code_execution", "input": {}}
    printed = {"type": "code_execution_tool_result", "tool_use_id": "s2", "content": {"stdout": "42"}}
    found = trace(
        [{"role": "user", "content": "Look"}, {"role": "assistant", "content": [search, result, code, printed]}]
    )
    assert [("A page" in text, "42" in text) for _, _, text, _ in steps(found)] == [(True, False), (False, True)]


# ---- events of managed agents --------------------------------------------------------------------------------------


def test_a_session_of_events_is_one_run_and_what_was_sent_counts_once() -> None:
    text = [{"type": "text", "text": "Refund order 7"}]
    lines = [
        [
            "create",
            {"type": "session", "id": "s", "created_at": "2026-01-01T00:00:00Z", "agent": {"system": "Be kind."}},
        ],
        ["send", ["s", {"events": [{"type": "user.message", "content": text}]}]],
        ["stream", {"type": "user.message", "id": "1", "content": text}],
        ["stream", {"type": "agent.mcp_tool_use", "id": "2", "name": "refund", "input": {"order": 7}}],
        [
            "stream",
            {"type": "agent.mcp_tool_result", "id": "3", "mcp_tool_use_id": "2", "content": text, "is_error": True},
        ],
        ["stream", {"type": "agent.message", "id": "4", "content": [{"type": "text", "text": "Sorry."}]}],
    ]
    found = trace(*lines)
    assert (found.format, found.trace_id, found.time) == ("agent-events", "s", 1767225600.0)
    assert [turn.text for turn in found.turns] == ["Refund order 7", "", "Sorry."]
    assert steps(found) == [("refund", {"order": 7}, "", "Refund order 7")]
