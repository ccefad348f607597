"""OpenHands: streams of events of both generations, and benchmark outputs."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from telltale.memory.errors import RecordError
from telltale.memory.store import TenantStore
from telltale.memory.types import Outcome, Step
from telltale.writers.effects import reads_only
from telltale.writers.formats.detect import Reading
from telltale.writers.ingest import ingest

TIME = {"timestamp": "2026-01-01T00:00:00"}
ASK = {"id": 1, "source": "user", "action": "message", "args": {"content": "Rename a.py"}, **TIME}


def read(value: Any, name: str = "openhands") -> list[Any]:
    reading = Reading(io.BytesIO(json.dumps(value).encode()), "run.json")
    assert reading.format == name
    return [found.item for found in reading]


def acted(id_: int, action: str, made: Any = None, **given: Any) -> dict[str, Any]:
    metadata = {"tool_call_metadata": made} if made else {}
    return {"id": id_, "source": "agent", "action": action, "args": given, **metadata, **TIME}


def observed(cause: int, kind: str, content: str, **extras: Any) -> dict[str, Any]:
    event = {"id": cause + 100, "source": "agent", "cause": cause, "observation": kind, "content": content}
    return event | {"extras": extras} | TIME


def test_actions_are_calls_as_the_model_made_them_and_get_what_they_caused() -> None:
    function = {"name": "execute_bash", "arguments": '{"command": "ls"}'}
    message = {"tool_calls": [{"id": "t", "function": function}]}
    made = {"function_name": "execute_bash", "tool_call_id": "t", "model_response": {"choices": [{"message": message}]}}
    (found,) = read(
        [
            *({"id": 0, "source": "environment", "observation": "agent_state_changed", "content": "", **TIME}, ASK),
            *(acted(2, "run", made, command="ls", thought="I look."), observed(2, "run", "a.py")),
            *(acted(3, "run", command="mv a b"), observed(3, "run", "", metadata={"exit_code": 1})),
            *(acted(4, "recall", query="x"), acted(5, "finish", final_thought="Renamed.", task_completed="true")),
        ]
    )
    calls = [
        (call.tool, dict(call.arguments), call.observation, call.error) for turn in found.turns for call in turn.calls
    ]
    assert calls == [("execute_bash", {"command": "ls"}, "a.py", ""), ("run", {"command": "mv a b"}, "", "exit code 1")]
    assert [turn.text for turn in found.turns] == ["Rename a.py", "I look.", "", "Renamed."]
    assert (found.trace_id, found.outcome, found.turns[0].id) == ("run", Outcome.UNKNOWN, "1@2026-01-01T00:00:00")


def test_events_of_the_sdk_are_told_by_their_kind() -> None:
    words = [{"type": "text", "text": "Look"}]
    act = {"tool_name": "terminal", "action": {"kind": "TerminalAction", "command": "ls"}}
    done = {"tool_name": "finish", "tool_call_id": "c3", "action": {"kind": "FinishAction", "message": "Seen."}}
    (found,) = read(
        [
            {"kind": "MessageEvent", "source": "user", "llm_message": {"role": "user", "content": words}, **TIME},
            {"kind": "ActionEvent", "id": "e1", "source": "agent", "tool_call_id": "c1", "thought": [], **act},
            {"kind": "ObservationEvent", "tool_call_id": "c1", "observation": {"content": [{"text": "a.py"}]}, **TIME},
            {"kind": "ActionEvent", "id": "e2", "source": "agent", "tool_call_id": "c2", "thought": [], **act},
            {"kind": "AgentErrorEvent", "tool_call_id": "c2", "error": "no such tool", **TIME},
            {"kind": "ActionEvent", "id": "e3", "source": "agent", "thought": [], **done},
        ]
    )
    calls = [
        (call.tool, dict(call.arguments), call.observation, call.error) for turn in found.turns for call in turn.calls
    ]
    assert calls == [("terminal", {"command": "ls"}, "a.py", ""), ("terminal", {"command": "ls"}, "", "no such tool")]
    assert found.turns[-1].text == "Seen."


@pytest.mark.parametrize(
    ("report", "outcome"), [({"resolved": True}, "success"), ({"resolved": False}, "failure"), (None, "unknown")]
)
def test_a_benchmark_run_has_the_outcome_of_its_report(report: Any, outcome: str) -> None:
    told = {"id": 1, "source": "user", "action": "message", **TIME}
    prompt = "Code is here.\n<issue_description>\nIt crashes\n</issue_description>\nFix it."
    run = {"instance_id": "a-1", "history": [told | {"args": {"content": prompt}}], "metadata": {}, "report": report}
    (found,) = read(run, "openhands-output")
    assert (found.trace_id, found.turns[0].text, str(found.outcome)) == ("a-1", "It crashes", outcome)
    assert found.said_by == ("report.resolved" if report else "")


def test_the_oldest_outputs_hold_pairs_and_the_task_beside_them() -> None:
    pair = [acted(1, "run", command="ls"), observed(1, "run", "a.py")]
    (found,) = read(
        {"instance_id": "a", "instruction": "Look", "history": [pair], "test_result": {}}, "openhands-output"
    )
    assert [turn.text for turn in found.turns] == ["Look", ""]
    assert found.turns[1].calls[0].observation == "a.py"


@pytest.mark.parametrize("name", ["events/{}.json", "events/event-{:05}-1f3a.json", "log/event-{:05}-1f3a.json"])
def test_a_folder_of_events_is_one_conversation(name: str, tenant: TenantStore, tmp_path: Path) -> None:
    ask, more = ({**ASK, "id": place, "args": {"content": text}} for place, text in ((0, "Rename it"), (12, "Thanks")))
    done = [
        event
        for place in range(1, 7)
        for event in (acted(place, "run", command="mv a b"), observed(place, "run", str(place)))
    ]
    for place, event in enumerate([ask, *done, more]):
        file = tmp_path / "conversation" / name.format(place)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(event, indent=1))
    for _ in range(2):
        summary = ingest(tmp_path / "conversation", tenant)
        assert (summary.read, summary.by_format["openhands"].episodes, summary.rejected) == (14, 1, 0)
    (episode,) = tenant.episodes()
    assert (episode.text, [step.observation for step in episode.steps]) == ("Rename it", list("123456"))
    assert (episode.trace_id, episode.source) == ("conversation", "conversation")


def test_what_is_no_event_is_a_reject() -> None:
    *rejects, found = read([ASK, {"id": 2}, acted(3, "message"), 42])
    assert [error.code for error in rejects if isinstance(error, RecordError)] == ["BAD_FIELD"] * 2
    assert [turn.text for turn in found.turns] == ["Rename a.py"]


def test_a_tool_with_commands_of_its_own_is_judged_by_them() -> None:
    steps = [Step(tool="str_replace_editor", arguments={"command": name}) for name in ("view", "create", "undo_edit")]
    assert [reads_only(step) for step in steps] == [True, False, False]
