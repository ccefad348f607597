"""SWE-agent's trajectories of all ages, and mini-swe-agent's."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from telltale.memory.types import Outcome, Trace
from telltale.writers.formats.detect import Reading

PROMPT = "We solve.\nISSUE:\nIt crashes\n\nINSTRUCTIONS:\nFix it.\n(Open file: n/a)\n(Current directory: /r)\nbash-$"
SHOWN = {"role": "user", "content": "Here is a demonstration", "is_demo": True, "agent": "main"}
ASK = {"role": "user", "content": PROMPT, "agent": "main"}
STATE = "\n(Open file: n/a)\n(Current directory: /r)\nbash-$"


def trace(value: Any, name: str = "swe-agent") -> Trace:
    reading = Reading(io.BytesIO(json.dumps(value).encode()), "runs__a-1.traj")
    assert reading.format == name
    (found,) = (found.item for found in reading)
    assert isinstance(found, Trace), found
    return found


def calls(found: Trace) -> list[tuple[str, dict[str, Any], str, str]]:
    return [(c.tool, dict(c.arguments), c.observation, c.error) for turn in found.turns for c in turn.calls]


def step(action: str, observation: str = "") -> dict[str, Any]:
    return {"action": action, "observation": observation, "response": "", "thought": "Hm.", "state": "{}"}


def test_commands_of_the_interface_are_tools_and_others_the_shells() -> None:
    edit = step("edit 1:1\nx\nend_of_edit\n", "Your proposed edit has introduced new syntax error(s).")
    steps = [step("open a.py\n", "x = 1" + STATE), edit, step("python a.py\n", "ok"), step("submit\n")]
    found = trace({"environment": "main", "trajectory": steps, "history": [SHOWN, ASK], "info": {}})
    assert calls(found) == [
        ("open", {"arguments": "a.py"}, "x = 1", ""),
        ("edit", {"arguments": "1:1\nx\nend_of_edit"}, "", "Your proposed edit has introduced new syntax error(s)."),
        *(("bash", {"command": "python a.py"}, "ok", ""), ("submit", {}, "", "")),
    ]
    assert (found.turns[0].text, found.turns[1].text, found.trace_id) == ("It crashes", "Hm.", "runs__a-1")
    assert [call.read_only for turn in found.turns for call in turn.calls] == [True, None, None, None]


def test_functions_that_were_called_give_the_arguments() -> None:
    call = {"id": "c", "function": {"name": "edit", "arguments": '{"search": "a", "replace": "b"}'}}
    acted = {"role": "assistant", "action": "edit 'a' 'b'", "tool_calls": [call], "agent": "main", "content": "I edit."}
    told = {"role": "tool", "content": "done" + STATE, "agent": "main", "tool_call_ids": ["c"]}
    expected = [("edit", {"search": "a", "replace": "b"}, "done", "")]
    assert calls(trace({"history": [ASK, acted, told]})) == expected
    assert calls(trace({"trajectory": [step("edit 'a' 'b'", "done")], "history": [ASK, acted], "info": {}})) == expected


@pytest.mark.parametrize(
    ("info", "outcome"),
    [
        ({"exit_status": "submitted", "submission": "diff"}, Outcome.UNKNOWN),
        ({"exit_status": "submitted (exit_cost)", "submission": "diff"}, Outcome.UNKNOWN),
        ({"exit_status": "exit_cost", "submission": None}, Outcome.FAILURE),
        ({}, Outcome.UNKNOWN),
    ],
)
def test_only_a_run_with_nothing_to_submit_has_failed(info: Any, outcome: Outcome) -> None:
    found = trace({"trajectory": [step("ls")], "history": [ASK], "info": info})
    assert (found.outcome, found.said_by) == (outcome, "exit_status" if outcome is Outcome.FAILURE else "")


def test_the_instance_of_a_replay_is_the_id_of_the_trace() -> None:
    settings = json.dumps({"problem_statement": {"id": "a__b-1", "text": "It crashes"}})
    found = trace({"trajectory": [step("ls")], "history": [], "info": {}, "replay_config": settings})
    assert (found.trace_id, found.turns[0].text) == ("a__b-1", "It crashes")


# ---- mini-swe-agent ------------------------------------------------------------------------------------------------


def mini(*messages: dict[str, Any], **fields: Any) -> Trace:
    rules = "You can execute bash commands and edit files to implement the necessary changes."
    ask = {"role": "user", "content": f"Please solve this issue: It crashes\n\n{rules}"}
    run = {"messages": [ask, *messages], "trajectory_format": "mini-swe-agent-1"}
    return trace(fields | run, "mini-swe-agent")


def test_fenced_commands_are_calls_and_what_follows_their_results() -> None:
    found = mini(
        {"role": "assistant", "content": "I look.\n\n```mswea_bash_command\nls\n```"},
        {"role": "user", "content": "<returncode>0</returncode>\n<output>\na.py\n</output>"},
        {"role": "assistant", "content": "```bash\ngrep x a.py\n```"},
        {"role": "user", "content": "<returncode>1</returncode>\n<output>\n</output>"},
        info={"exit_status": "LimitsExceeded", "submission": ""},
        instance_id="a-1",
    )
    assert calls(found) == [
        ("bash", {"command": "ls"}, "a.py", ""),
        ("bash", {"command": "grep x a.py"}, "", "exit code 1"),
    ]
    assert [turn.text for turn in found.turns] == ["It crashes", "I look.", ""]
    assert (found.trace_id, found.outcome, found.said_by) == ("a-1", Outcome.FAILURE, "exit_status")


def test_called_functions_are_answered_by_their_ids() -> None:
    made = [{"id": name, "function": {"name": "bash", "arguments": json.dumps({"command": name})}} for name in "ab"]
    found = mini(
        {"role": "assistant", "content": "", "tool_calls": made},
        {"role": "tool", "tool_call_id": "b", "content": "<returncode>0</returncode>\n<output>\nB\n</output>"},
        {"role": "tool", "tool_call_id": "a", "content": "A"},
        {"role": "exit", "content": "diff", "extra": {"exit_status": "Submitted"}},
        info={"exit_status": "Submitted", "submission": "diff"},
    )
    assert [(found[1]["command"], found[2]) for found in calls(found)] == [("a", "A"), ("b", "B")]
    assert found.outcome is Outcome.UNKNOWN
