"""Codex rollouts: what the user said, what was called, and what was taken back."""

from __future__ import annotations

import io
import json
from typing import Any

from telltale.memory.types import Trace
from telltale.writers.formats.detect import Reading

META = ("session_meta", {"id": "s", "cwd": "/r"})


def read(*lines: tuple[str, Any]) -> list[Any]:
    rows = [{"timestamp": "2026-01-01T00:00:00Z", "type": kind, "payload": payload} for kind, payload in lines]
    reading = Reading(io.BytesIO("\n".join(map(json.dumps, rows)).encode()), "rollout.jsonl")
    assert reading.format == "codex"
    return [found.item for found in reading]


def trace(*lines: tuple[str, Any]) -> Trace:
    (found,) = read(META, *lines)
    assert isinstance(found, Trace), found
    return found


def said(role: str, text: str) -> tuple[str, Any]:
    return "response_item", {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def event(kind: str, **fields: Any) -> tuple[str, Any]:
    return "event_msg", {"type": kind, **fields}


def call(id_: str, name: str = "shell", arguments: str = "{}") -> tuple[str, Any]:
    return "response_item", {"type": "function_call", "call_id": id_, "name": name, "arguments": arguments}


def output(id_: str, found: Any) -> tuple[str, Any]:
    return "response_item", {"type": "function_call_output", "call_id": id_, "output": found}


def test_calls_get_their_outputs_and_exit_codes() -> None:
    shell = '{"command": ["bash", "-lc", "ls"]}'
    failed = json.dumps({"output": "no such file", "metadata": {"exit_code": 2}})
    found = trace(
        said("user", "Look"),
        *(call("a", arguments=shell), call("b"), call("c", "exec_command", '{"cmd": "make"}')),
        *(
            output("b", failed),
            output("a", "a.py"),
            output("c", "Chunk ID: 1\nProcess exited with code 1\nOutput:\nno"),
        ),
        said("assistant", "Done."),
    )
    calls = [call for turn in found.turns for call in turn.calls]
    assert [(call.arguments.get("command"), call.observation, call.error) for call in calls] == [
        *(("ls", "a.py", ""), (None, "", "no such file"), (None, "", "no"))
    ]
    assert (found.trace_id, found.turns[0].text, found.turns[-1].text) == ("s", "Look", "Done.")


def test_events_say_what_the_user_said_where_there_are_any() -> None:
    found = trace(
        *(
            said("user", "# AGENTS.md instructions for /r"),
            said("user", "<environment_context>x</environment_context>"),
        ),
        *(said("developer", "be brief"), said("user", "Fix it and more"), event("user_message", message="Fix it")),
        *(event("agent_message", message="Fixed."), said("assistant", "Fixed.")),
    )
    assert [(turn.role, turn.text) for turn in found.turns] == [("user", "Fix it"), ("assistant", "Fixed.")]


def test_what_was_rolled_back_is_gone_and_an_interruption_stays() -> None:
    found = trace(
        *(event("user_message", message="First"), said("assistant", "One.")),
        *(event("user_message", message="Second"), call("a"), event("thread_rolled_back", num_turns=1)),
        *(event("user_message", message="Third"), call("b"), event("turn_aborted", reason="interrupted")),
    )
    assert [turn.text for turn in found.turns] == ["First", "One.", "Third", "", "[Request interrupted by user]"]
    assert found.turns[3].calls[0].error == "interrupted"


def test_a_copied_turn_keeps_its_id_and_a_spawned_thread_names_its_parent() -> None:
    spawned = {"id": "child", "source": {"subagent": {"thread_spawn": {"parent_thread_id": "s"}}}}
    (found,) = read(
        *(("session_meta", spawned), META, event("task_started", turn_id="t1"), event("user_message", message="Look")),
    )
    assert (found.trace_id, found.parent, found.turns[0].id) == ("child", "s", "t1")


def test_custom_tools_local_shells_and_the_first_releases_lines_are_read() -> None:
    patch = {"type": "custom_tool_call", "call_id": "a", "name": "apply_patch", "input": "*** Begin Patch"}
    shell = {"type": "local_shell_call", "call_id": "b", "action": {"type": "exec", "command": ["sh", "-c", "ls"]}}
    found = trace(said("user", "Fix"), ("response_item", patch), ("response_item", shell), output("b", "a.py"))
    assert [call.tool for turn in found.turns for call in turn.calls] == ["apply_patch", "shell"]
    old = [{"id": "s", "timestamp": "2025-05-01T00:00:00Z"}, said("user", "Fix")[1], {"record_type": "state"}]
    (early,) = [one.item for one in Reading(io.BytesIO("\n".join(map(json.dumps, old)).encode()), "r", name="codex")]
    assert isinstance(early, Trace)
    assert (early.trace_id, [turn.text for turn in early.turns]) == ("s", ["Fix"])


def test_bad_lines_are_rejects_and_a_silent_session_is_nothing() -> None:
    *rejects, found = read(META, ("response_item", 5), ("event_msg", {"type": "user_message", "message": ["x"]}))
    assert [error.field for error in rejects] == ["payload", "message"]
    assert found is None
