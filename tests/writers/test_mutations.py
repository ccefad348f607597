"""A trace that was damaged in any place is read or refused: nothing raises, and no record is lost."""

from __future__ import annotations

import copy
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.memory.errors import RecordError
from telltale.memory.types import Episode, Trace
from telltale.writers.formats.detect import Reading, named
from telltale.writers.stages import episodes_of

KEY = b"k" * 32
TIME = "2026-01-01T00:00:00Z"
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
EVENT = {"id": 2, "source": "agent", "timestamp": TIME}


def rollout(kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": TIME, "type": kind, "payload": payload}


def entry(role: str, content: Any, id_: str, parent: str | None, **fields: Any) -> dict[str, Any]:
    message = {"role": role, "content": content, **fields}
    return {"type": "message", "id": id_, "parentId": parent, "timestamp": TIME, "message": message}


SAMPLES: dict[str, list[Any]] = {
    "codex": [
        rollout("session_meta", id="s", source={"subagent": {"thread_spawn": {"parent_thread_id": "p"}}}),
        rollout("event_msg", type="user_message", message="Look"),
        rollout("response_item", type="function_call", call_id="c1", name="shell", arguments='{"command": ["ls"]}'),
        rollout("response_item", type="function_call_output", call_id="c1", output='{"output": "a", "metadata": {}}'),
        rollout("response_item", type="local_shell_call", call_id="c2", action={"command": ["sh", "-c", "ls"]}),
        rollout("event_msg", type="thread_rolled_back", num_turns=9),
    ],
    "gemini-cli": [
        {"sessionId": "s", "projectHash": "h", "startTime": TIME},
        {"id": "1", "type": "user", "content": [{"text": "Look"}], "timestamp": TIME},
        {
            "id": "2",
            "type": "gemini",
            "content": "I look.",
            "toolCalls": [
                {
                    "id": "c",
                    "name": "f",
                    "args": {},
                    "status": "error",
                    "result": [{"functionResponse": {"response": {}}}],
                }
            ],
        },
        {"$set": {"messages": [{"id": "3", "type": "info", "content": "x"}]}},
        {"$rewindTo": "2"},
    ],
    "pi": [
        {"type": "session", "id": "s", "timestamp": TIME, "cwd": "/r"},
        entry("user", [{"type": "text", "text": "Look"}], "1", None),
        entry(
            "assistant", [{"type": "toolCall", "id": "c", "name": "f", "arguments": {}}], "2", "1", stopReason="aborted"
        ),
        entry("toolResult", "a.py", "3", "2", toolCallId="c", isError=True),
    ],
    "openhands": [
        {"id": 1, "source": "user", "timestamp": TIME, "action": "message", "args": {"content": "Look"}},
        EVENT
        | {
            "action": "run",
            "args": {"command": "ls"},
            "tool_call_metadata": {
                "tool_call_id": "c1",
                "model_response": {"choices": [{"message": {"tool_calls": [CALL]}}]},
            },
        },
        EVENT | {"cause": 2, "observation": "run", "content": "a", "extras": {"metadata": {"exit_code": 1}}},
        {"kind": "ActionEvent", "source": "agent", "tool_name": "f", "tool_call_id": "c", "action": {}, "thought": []},
        {
            "kind": "ObservationEvent",
            "tool_call_id": "c",
            "observation": {"content": [{"text": "a"}]},
            "timestamp": TIME,
        },
    ],
    "openhands-output": [
        {
            "instance_id": "i",
            "instruction": "Look",
            "metadata": {},
            "test_result": {"report": {"resolved": True}},
            "history": [
                EVENT | {"action": "run", "args": {"command": "ls"}},
                [EVENT | {"cause": 2, "observation": "run"}],
            ],
        },
    ],
    "swe-agent": [
        {
            "trajectory": [{"action": "open a", "observation": "x", "thought": "Hm."}],
            "history": [
                {"role": "user", "content": "ISSUE:\nx\n\nINSTRUCTIONS:\n", "agent": "main"},
                {"role": "assistant", "content": "", "action": "open a", "tool_calls": [CALL], "agent": "main"},
            ],
            "info": {"exit_status": "exit_cost"},
            "replay_config": '{"problem_statement": {"id": "i"}}',
        },
        {"history": [{"role": "user", "content": "x", "agent": "main"}, {"role": "assistant", "action": "ls"}]},
    ],
    "mini-swe-agent": [
        {
            "trajectory_format": "mini-swe-agent-1",
            "info": {"exit_status": "x"},
            "messages": [
                {"role": "user", "content": "Look"},
                {"role": "assistant", "content": "```bash\nls\n```", "tool_calls": []},
                {"role": "user", "content": "<returncode>1</returncode>\n<output>\n</output>"},
                {"role": "assistant", "content": "", "extra": {"actions": [{"command": "ls"}]}},
            ],
        },
    ],
    "atif": [
        {
            "schema_version": "ATIF-v1.7",
            "session_id": "s",
            "steps": [
                {"source": "user", "message": [{"type": "text", "text": "Look"}], "timestamp": TIME},
                {
                    "source": "agent",
                    "message": "",
                    "tool_calls": [{"tool_call_id": "c", "function_name": "f", "arguments": {}}],
                    "observation": {"results": [{"source_call_id": "c", "content": "a"}]},
                },
            ],
            "subagent_trajectories": [{"trajectory_id": "t", "steps": []}],
        },
    ],
    "reflexion": [
        {"prompt": "def f(): ...", "solution": "return 1", "is_solved": True, "reflections": ["x"]},
        {"name": "env_0", "memory": [], "is_success": True},
    ],
    "react": [{"a": "You see.\nYour task is to: look.\n> think: x\nOK.\n> go to b 1\nYou see.\n"}],
    "claude-code": [
        {
            "type": "user",
            "uuid": "1",
            "parentUuid": None,
            "sessionId": "s",
            "timestamp": TIME,
            "message": {"role": "user", "content": [{"type": "text", "text": "Look"}]},
        },
        {
            "type": "assistant",
            "uuid": "2",
            "parentUuid": "1",
            "sessionId": "s",
            "isSidechain": True,
            "agentId": "a",
            "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
        },
    ],
}
SAMPLES |= json.loads(Path(__file__).with_name("samples.json").read_text(encoding="utf-8"))

LEAVES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        2**60,
        "",
        "user",
        "assistant",
        "x",
        "{}",
        "[1]",
        [],
        {},
        [[]],
        [None],
        {"a": 1},
        [{"a": []}],
    ]
)


LOG = [
    *("BEGIN TRIAL 1", "Question: x", "Thought: y", "Action: Search[z]", "Action 1: Finish[z]", "Observation: seen"),
    *("Observation: Answer is CORRECT", "Reflections:", "Correct answer: x", "Environment #0:", "Here is the task:"),
    *("Your task is to: look.", "> go to a", "> ", "STATUS: OK", "#####", "{", "[]", "42", '"x"', ""),
]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in the value with each of its keys."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


def mutate(data: st.DataObject, lines: list[Any]) -> list[Any]:
    """The lines with up to four places changed, left out or taken from elsewhere."""
    found = copy.deepcopy(lines)
    for _ in range(data.draw(st.integers(1, 4))):
        if not (all_places := places(found)):
            break
        container, key = data.draw(st.sampled_from(all_places))
        kind = data.draw(st.sampled_from(["leaf", "leaf", "leave out", "move"]))
        if kind == "leave out":
            del container[key]
        else:
            other, at = data.draw(st.sampled_from(places(lines)))
            container[key] = copy.deepcopy(data.draw(LEAVES) if kind == "leaf" else other[at])
    return found


def taken(item: Trace | Episode) -> bool:
    """Are there episodes in it, or is it refused for a reason that a well-formed trace can have?"""
    try:
        return bool(episodes_of(item, KEY))
    except RecordError as refused:
        return refused.code in {"EMPTY_TRACE", "NO_TASK"}


def check(raw: bytes, name: str | None) -> None:
    reading = Reading(io.BytesIO(raw), "run.json", name=name, beside=lambda _: raw)
    accepted: set[int] = set()
    rejected: set[int] = set()
    for found in reading:
        (rejected if isinstance(found.item, RecordError) else accepted).add(found.record.line)
        if isinstance(found.item, Trace | Episode):
            assert taken(found.item)
    assert len(accepted | rejected) <= reading.read
    if reading.format and not named(reading.format).WHOLE_FILE:
        assert len(accepted | rejected) == reading.read  # every record came to something


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_known_by_its_content_and_read_whole(name: str) -> None:
    reading = Reading(io.BytesIO("\n".join(map(json.dumps, SAMPLES[name])).encode()), "run.jsonl")
    assert reading.format == name
    assert not [
        found.item for found in reading if isinstance(found.item, RecordError) and found.item.code == "BAD_FIELD"
    ]


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=60)
@given(data=st.data())
def test_no_change_of_a_trace_breaks_its_reader(name: str, data: st.DataObject) -> None:
    raw = "\n".join(map(json.dumps, mutate(data, SAMPLES[name]))).encode()
    check(raw, data.draw(st.sampled_from([None, name])))


@settings(max_examples=150)
@given(data=st.data())
def test_no_changed_bytes_break_a_reader(data: st.DataObject) -> None:
    raw = bytearray("\n".join(map(json.dumps, SAMPLES[data.draw(st.sampled_from(sorted(SAMPLES)))])).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=3))
    check(bytes(raw), None)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(LOG), max_size=30))
def test_no_order_of_lines_breaks_the_reader_of_logs(lines: list[str]) -> None:
    check("\n".join(["BEGIN TRIAL 0", *lines]).encode(), "reflexion-log")
