"""ATIF trajectories, their subagents, and the outcome in the trial's result beside them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from telltale.memory.store import TenantStore
from telltale.memory.types import Outcome, Trace
from telltale.writers.formats.detect import Reading
from telltale.writers.ingest import ingest

CALL = {"tool_call_id": "c1", "function_name": "bash", "arguments": {"command": "ls"}}


def trajectory(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    given = [{"step_id": 1, "source": "user", "message": "Look", "timestamp": "2026-01-01T00:00:00Z"}, *steps]
    return {"schema_version": "ATIF-v1.7", "session_id": "s", "agent": {"name": "a"}, "steps": given, **fields}


def acted(*calls: dict[str, Any], results: Any = (), **fields: Any) -> dict[str, Any]:
    seen = {"observation": {"results": list(results)}}
    return {"source": "agent", "message": "I look.", "tool_calls": list(calls), **seen, **fields}


def read(value: Any, **beside: bytes) -> list[Any]:
    files = {name.replace("_", "."): data for name, data in beside.items()}
    reading = Reading(io.BytesIO(json.dumps(value).encode()), "t.json", beside=lambda path: files.get(path[3:], b""))
    assert reading.format == "atif"
    return [found.item for found in reading]


def test_calls_get_their_results_by_id_or_by_place() -> None:
    other = {"function_name": "read", "arguments": '{"path": "a"}'}
    results = [{"content": "x"}, {"source_call_id": "c1", "content": [{"type": "text", "text": "a.py"}]}]
    (found,) = read(trajectory({"source": "system", "message": "Rules"}, acted(other, CALL, results=results)))
    assert [turn.text for turn in found.turns] == ["Look", "I look."]
    calls = [(call.tool, dict(call.arguments), call.observation) for call in found.turns[1].calls]
    assert calls == [("read", {"path": "a"}, "x"), ("bash", {"command": "ls"}, "a.py")]
    assert (found.trace_id, found.time, found.outcome) == ("s", 1767225600.0, Outcome.UNKNOWN)


def test_subagents_are_traces_that_name_their_parent_and_copied_steps_count_once() -> None:
    child = trajectory(acted(CALL), trajectory_id="s-1")
    first, second = read(trajectory(acted(CALL, is_copied_context=True), acted(), subagent_trajectories=[child]))
    assert [len(turn.calls) for turn in first.turns] == [0, 0]
    assert [(trace.trace_id, trace.parent) for trace in (first, second)] == [("s", ""), ("s-1", "s")]


@pytest.mark.parametrize(
    ("data", "outcome", "score"),
    [
        (b'{"trial_name": "t", "verifier_result": {"rewards": {"reward": 1.0}}}', Outcome.SUCCESS, 1.0),
        (b'{"trial_name": "t", "verifier_result": {"rewards": {"reward": 0}}}', Outcome.FAILURE, 0.0),
        (b'{"trial_name": "t", "verifier_result": {"rewards": {"reward": 0.4}}}', Outcome.PARTIAL, 0.4),
        (b'{"trial_name": "t", "verifier_result": null}', Outcome.UNKNOWN, None),
        (b"no JSON", Outcome.UNKNOWN, None),
    ],
)
def test_the_outcome_is_the_verifiers_beside_the_trajectory(data: bytes, outcome: Outcome, score: float | None) -> None:
    (found,) = read(trajectory(acted(CALL)), result_json=data)
    assert (found.outcome, found.score) == (outcome, score)
    assert found.said_by == ("harbor verifier" if score is not None else "")


def test_a_reward_may_stand_alone() -> None:
    files = {"../verifier/reward.txt": b"1\n"}
    data = io.BytesIO(json.dumps(trajectory(acted(CALL))).encode())
    (found,) = Reading(data, "t.json", beside=lambda path: files.get(path, b""))
    assert isinstance(found.item, Trace)
    assert found.item.outcome is Outcome.SUCCESS


def test_a_trials_result_is_no_trace_of_its_own() -> None:
    assert read({"trial_name": "t", "task_name": "x", "verifier_result": {"rewards": {"reward": 1}}}) == [None]


def test_a_trajectory_without_steps_is_refused_and_its_subagent_read() -> None:
    empty = {"schema_version": "ATIF-v1.7", "session_id": "s", "steps": [], "subagent_trajectories": [trajectory()]}
    refused, child = read(empty)
    assert (refused.code, child.parent) == ("EMPTY_TRACE", "s")


def test_a_trial_is_ingested_with_its_outcome_whenever_that_comes(tenant: TenantStore, tmp_path: Path) -> None:
    (tmp_path / "trial" / "agent").mkdir(parents=True)
    (tmp_path / "trial" / "agent" / "trajectory.json").write_text(json.dumps(trajectory(acted(CALL))))
    ingest(tmp_path / "trial", tenant)
    assert [episode.outcome for episode in tenant.episodes()] == [Outcome.UNKNOWN]
    result = {"trial_name": "t", "verifier_result": {"rewards": {"reward": 1.0}}}
    (tmp_path / "trial" / "result.json").write_text(json.dumps(result))
    summary = ingest(tmp_path / "trial", tenant)
    assert (summary.rejected, summary.skipped) == (0, 1)
    (episode,) = tenant.episodes()
    assert (episode.outcome, episode.said_by) == (Outcome.SUCCESS, "harbor verifier")
