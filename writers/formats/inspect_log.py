"""Logs of Inspect AI: one JSON document, or a ``.eval`` archive whose members come as a header and samples.

    {"version": 2, "status": "success", "eval": {"task": "...", "run_id": "..."}, "samples": [
      {"id": 1, "epoch": 1, "input": "...", "target": "...", "messages": [
        {"role": "assistant", "tool_calls": [{"id": "c", "function": "bash", "arguments": {}}]},
        {"role": "tool", "tool_call_id": "c", "content": "...", "error": null}], "scores": {"match": {"value": "C"}}}]}

The outcome is the first scorer's that can be read; a sample without a score that ended in an error or at a limit is a
failure, an invalidated one says nothing. The target and the sample's metadata are not read: they may hold the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.lines import Record

from . import Found
from .conversation import Asked, Conversation
from .scores import NOTHING, Score, Told, meant
from .shapes import mapping, moment, sequence, string, text_of, word

NAME = "inspect"
WHOLE_FILE = True
_ATTACHED = "attachment://"


def matches(values: Sequence[Any]) -> bool:
    """Objects with a status and what was evaluated: a log, or the header of one."""
    return any(isinstance(value, Mapping) and _is_log(value) for value in values)


def read(records: Iterable[Record], source: str) -> Iterator[Found]:
    """One trace a sample, in the log's order."""
    about: Mapping[str, Any] = {}
    for record in records:
        try:
            if record.error is not None:
                raise record.error
            value = mapping(record.value, "log")
            if not _is_log(value):
                yield Found(record, _sample(value, about, source))
                continue
            about = mapping(value.get("eval"), "eval")
            samples = sequence(value.get("samples"), "samples")
        except RecordError as error:
            yield Found(record, error)
            continue
        yield from _each(record, samples, about, source)


def _is_log(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("eval"), Mapping) and {"status", "version", "plan", "samples"} & value.keys() != set()


def _each(record: Record, samples: Sequence[Any], about: Mapping[str, Any], source: str) -> Iterator[Found]:
    if not samples:
        yield Found(record, None)  # a header, or a log of which only the results were kept
    for sample in samples:
        try:
            yield Found(record, _sample(mapping(sample, "samples"), about, source))
        except RecordError as error:
            yield Found(record, error)


def _sample(sample: Mapping[str, Any], about: Mapping[str, Any], source: str) -> Trace:
    attached = mapping(sample.get("attachments"), "attachments")
    conversation = Conversation()
    for message in sequence(sample.get("messages"), "messages"):
        _hear(mapping(message, "messages"), attached, conversation)
    if not conversation.said_by("user") and isinstance(sample.get("input"), str):
        asked = Conversation()
        asked.say("user", _text(sample["input"], attached))
        asked.hear(conversation)
        conversation = asked
    outcome, score, said_by = _judged(sample)
    task = string(about.get("task"), "task")
    events = sequence(sample.get("events"), "events")
    first = mapping(events[0], "events") if events else {}
    times = (sample.get("started_at"), first.get("timestamp"), about.get("created"))
    return Trace(
        trace_id=_trace_id(sample, about),
        format=NAME,
        turns=conversation.turns(),
        context={"task": task} if task else {},
        outcome=outcome,
        score=score,
        said_by=said_by,
        source=source,
        time=next((time for time in map(moment, times) if time is not None), None),
    )


def _trace_id(sample: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    if unique := string(sample.get("uuid"), "uuid"):
        return unique
    run = string(about.get("run_id", about.get("task_id")), "run_id")
    return f"{run}/{string(sample.get('id'), 'id')}/{string(sample.get('epoch'), 'epoch')}" if run else ""


def _hear(message: Mapping[str, Any], attached: Mapping[str, Any], conversation: Conversation) -> None:
    role = word(message.get("role"))
    if role not in {"system", "user", "assistant", "tool"}:
        raise RecordError("BAD_FIELD", "role: expected system, user, assistant or tool", field="role")
    text = _text(text_of(message.get("content")), attached)
    if role == "tool":
        error = mapping(message.get("error"), "error")
        told = f"{string(error.get('message'), 'error.message')}\n{text}".strip() if error else text
        conversation.result(string(message.get("tool_call_id"), "tool_call_id"), told, error=bool(error))
    elif role != "system":
        calls = [_call(mapping(call, "tool_calls")) for call in sequence(message.get("tool_calls"), "tool_calls")]
        conversation.say(role, text, calls, moment(message.get("timestamp")))


def _call(call: Mapping[str, Any]) -> Asked:
    made = call.get("function")
    if isinstance(made, Mapping):
        return Asked.of(call.get("id"), made.get("name"), made.get("arguments"))
    return Asked.of(call.get("id"), made, call.get("arguments"))


def _text(text: str, attached: Mapping[str, Any]) -> str:
    """``text``, or what it stands for where long texts are kept apart."""
    return string(attached.get(text[len(_ATTACHED) :]), "attachments") if text.startswith(_ATTACHED) else text


def _judged(sample: Mapping[str, Any]) -> Told:
    if sample.get("invalidation"):
        return NOTHING
    scores = dict(mapping(sample.get("scores"), "scores"))
    if isinstance(sample.get("score"), Mapping):
        scores.setdefault("score", sample["score"])
    for name, entry in scores.items():
        outcome, score = meant(Score(name=name, value=_value(name, mapping(entry, "scores").get("value"))))
        if outcome is not Outcome.UNKNOWN:
            return outcome, score, f"{NAME} {name}"
    for end in ("error", "limit"):
        if not scores and sample.get(end):
            return Outcome.FAILURE, None, f"{NAME} {end}"
    return NOTHING


def _value(name: str, value: Any) -> Any:
    """Of several values the one that is named as the scorer, or the only one."""
    if isinstance(value, Mapping):
        return value.get(name, next(iter(value.values())) if len(value) == 1 else None)
    return value[0] if isinstance(value, list) and len(value) == 1 else value
