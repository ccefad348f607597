"""Runs of tau-bench and tau2-bench, in the shapes they are published in.

    tau-bench results    [{"task_id": 0, "reward": 1.0, "info": {...}, "traj": [OpenAI messages], "trial": 0}, ...]
    tau2-bench results   {"tasks": [], "simulations": [{"id": "...", "reward_info": {"reward": 1.0}, "messages": []}]}
    tau-bench few-shot   {"messages_display": "user: ...\\nassistant: None\\ntool: ...\\nassistant: ..."}

Only what was said in the run is read: the scenario given to the simulated user and the right actions are the answer.
The display leaves out which tools were called with what, so its steps have results only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.lines import Record
from telltale.writers.sign import UNRECORDED

from . import Found, Item, each, openai
from .conversation import Asked, Conversation
from .shapes import mapping, moment, sequence, string

NAME = "tau-bench"
WHOLE_FILE = False

_SPEAKER = re.compile(r"^(user|assistant|tool): ?", re.MULTILINE)
_SIGNAL = re.compile(r"#{3}[A-Z-]{1,20}#{3}")  # the simulated user's ###STOP### and its like


def matches(values: Sequence[Any]) -> bool:
    """Objects with a display, a trajectory with its reward, simulations, or one simulation."""
    return any(
        isinstance(value, Mapping)
        and ("messages_display" in value or {"traj", "reward"} <= value.keys() or _is_simulated(value))
        for value in values
    )


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace for each display, trajectory or simulation; runs that the infrastructure stopped are left out."""
    return each(records, lambda value: _items(mapping(value, "record"), source))


def _is_simulated(value: Mapping[str, Any]) -> bool:
    return {"simulations", "tasks"} <= value.keys() or {"messages", "reward_info", "task_id"} <= value.keys()


def _items(value: Mapping[str, Any], source: str) -> Iterator[Item]:
    if "messages_display" in value:
        yield _trace(_of_display(string(value["messages_display"], "messages_display")), source)
    elif "traj" in value:
        yield _trace(_of_messages(value["traj"], "traj"), source, reward=value.get("reward"))
    elif "simulations" in value:
        for simulation in sequence(value["simulations"], "simulations"):
            try:
                yield _simulated(mapping(simulation, "simulations"), source)
            except RecordError as error:
                yield error
    else:
        yield _simulated(value, source)


def _simulated(value: Mapping[str, Any], source: str) -> Trace | None:
    if value.get("termination_reason") == "infrastructure_error":
        return None
    return _trace(
        _of_messages(value.get("messages"), "messages"),
        source,
        reward=mapping(value.get("reward_info"), "reward_info").get("reward"),
        trace_id=string(value.get("id"), "id"),
        time=moment(value.get("start_time", value.get("timestamp"))),
    )


def _of_messages(messages: Any, field: str) -> Conversation:
    conversation = Conversation()
    for message in sequence(messages, field):
        said = dict(mapping(message, field))
        if said.get("role") == "user" and isinstance(said.get("content"), str):
            said["content"] = _SIGNAL.sub("", said["content"])
        openai.hear(said, conversation)
    return conversation


def _of_display(display: str) -> Conversation:
    conversation = Conversation()
    parts = _SPEAKER.split(display)[1:]
    turns = list(zip(parts[::2], (text.strip() for text in parts[1::2]), strict=True))
    for index, (role, text) in enumerate(turns):
        if role == "tool":
            conversation.result(str(index - 1), text)
            continue
        calls = [Asked(str(index), UNRECORDED, {})] if [*turns, ("", "")][index + 1][0] == "tool" else []
        conversation.say(role, "" if text == "None" else _SIGNAL.sub("", text), calls)
    return conversation


def _trace(
    said: Conversation, source: str, *, reward: Any = None, trace_id: str = "", time: float | None = None
) -> Trace:
    if not (turns := said.turns()):
        raise RecordError("EMPTY_TRACE", "a run without messages; leave it out")
    outcome, score = _judged(reward)
    return Trace(
        trace_id=trace_id,
        format=NAME,
        turns=turns,
        outcome=outcome,
        score=score,
        said_by="" if outcome is Outcome.UNKNOWN else "tau-bench reward",
        source=source,
        time=time or next((turn.time for turn in turns if turn.time), None),
    )


def _judged(reward: Any) -> tuple[Outcome, float | None]:
    if reward is None:
        return Outcome.UNKNOWN, None
    if isinstance(reward, bool) or not isinstance(reward, int | float) or not 0 <= reward <= 1:
        raise RecordError("BAD_FIELD", "reward: expected a number from 0 to 1", field="reward")
    whole = {0.0: Outcome.FAILURE, 1.0: Outcome.SUCCESS}.get(round(float(reward), 6), Outcome.PARTIAL)
    return whole, float(reward)
