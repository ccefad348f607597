"""ATIF, the trajectory format of Harbor: steps of a user, an agent and a system, calls and results in the agent's.

    {"schema_version": "ATIF-v1.7", "session_id": "s", "agent": {"name": "..."}, "steps": [
      {"step_id": 1, "source": "user", "message": "..."},
      {"step_id": 2, "source": "agent", "message": "...", "tool_calls": [{"tool_call_id": "c1", "function_name": "bash",
       "arguments": {}}], "observation": {"results": [{"source_call_id": "c1", "content": "..."}]}}]}

Embedded subagents' trajectories are traces of their own. Steps copied from another trajectory are not counted again.
The outcome is not in the trajectory but in the trial's ``result.json`` or the verifier's ``reward.txt`` near it: a
reward of 1 is a success, of 0 a failure. The agent's own claims weigh nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers import strict_json
from telltale.writers.lines import Record

from . import Beside, Found, Item, each
from .conversation import Asked, Conversation
from .prompts import asked
from .shapes import mapping, moment, sequence, string, text_of, word

NAME = "atif"
WHOLE_FILE = False

_RESULTS = ("../result.json", "result.json", "../verifier/reward.json", "../verifier/reward.txt")


def matches(values: Sequence[Any]) -> bool:
    """Objects that say so, and the results of trials beside them."""
    return any(isinstance(value, Mapping) and (_is_trajectory(value) or _is_result(value)) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace for each trajectory and subagent; None for a trial's result, which belongs to its trajectory."""
    return each(records, lambda value: _items(mapping(value, "trajectory"), source, ""))


def told(trace: Trace, beside: Beside) -> Trace:
    """The trace with the outcome that stands in a file beside its own."""
    for path in () if trace.parent or trace.outcome is not Outcome.UNKNOWN else _RESULTS:
        if (reward := _reward(beside(path))) is not None:
            ended = {0.0: Outcome.FAILURE, 1.0: Outcome.SUCCESS}.get(reward, Outcome.PARTIAL)
            score = reward if 0 <= reward <= 1 else None
            return dataclasses.replace(trace, outcome=ended, score=score, said_by="harbor verifier")
    return trace


def _is_trajectory(value: Mapping[str, Any]) -> bool:
    return word(value.get("schema_version")).startswith("ATIF") and "steps" in value


def _is_result(value: Mapping[str, Any]) -> bool:
    return "verifier_result" in value and bool({"trial_name", "task_name", "agent_info"} & value.keys())


def _items(value: Mapping[str, Any], source: str, parent: str) -> Iterator[Item]:
    if _is_result(value):
        yield None
        return
    own = string(value.get("trajectory_id"), "trajectory_id") or string(value.get("session_id"), "session_id")
    try:
        yield _trace(value, own, source, parent)
    except RecordError as error:
        yield error
    for child in sequence(value.get("subagent_trajectories"), "subagent_trajectories"):
        yield from _items(mapping(child, "subagent_trajectories"), source, own)


def _trace(value: Mapping[str, Any], own: str, source: str, parent: str) -> Trace:
    said = Conversation()
    for place, entry in enumerate(sequence(value.get("steps"), "steps")):
        _hear(mapping(entry, "steps"), str(place), said)
    if not (turns := said.turns()):
        raise RecordError("EMPTY_TRACE", "a trajectory without steps; leave it out")
    began = next((turn.time for turn in turns if turn.time is not None), None)
    return Trace(trace_id=own, format=NAME, turns=turns, source=source, time=began, parent=parent)


def _hear(step: Mapping[str, Any], place: str, said: Conversation) -> None:
    role = {"user": "user", "agent": "assistant"}.get(word(step.get("source")), "")
    copied = step.get("is_copied_context") is True
    if not role or (copied and role == "assistant"):
        return
    message, time = text_of(step.get("message"), "message"), moment(step.get("timestamp"))
    given = [mapping(call, "tool_calls") for call in sequence(step.get("tool_calls"), "tool_calls")]
    calls = [
        Asked.of(call.get("tool_call_id") or f"{place}.{number}", call.get("function_name"), call.get("arguments"))
        for number, call in enumerate(given)
    ]
    said.say(role, asked(message) if role == "user" else message, calls, time)
    results = mapping(step.get("observation"), "observation").get("results")
    for number, entry in enumerate(sequence(results, "results")):
        result = mapping(entry, "results")
        fallback = calls[min(number, len(calls) - 1)].call_id if calls else ""
        call_id = string(result.get("source_call_id"), "source_call_id") or fallback
        said.result(call_id, text_of(result.get("content")))


def _reward(data: bytes) -> float | None:
    """The reward in a result, a ``reward.json`` or a ``reward.txt``; None where there is none to be read."""
    try:
        found = strict_json.loads(data)
    except RecordError:
        return None
    if isinstance(found, Mapping):
        inner = found.get("verifier_result", found)
        rewards = inner.get("rewards", inner) if isinstance(inner, Mapping) else None
        found = rewards.get("reward") if isinstance(rewards, Mapping) else None
    return None if isinstance(found, bool) or not isinstance(found, int | float) else float(found)
