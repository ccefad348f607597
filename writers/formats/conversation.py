"""Messages to turns: who spoke, which tools were called, and which result belongs to which call.

Shared by the formats whose traces are lists of messages; knows no one format's field names.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.observations import says_error
from telltale.memory.types import Call, Outcome, Trace, Turn
from telltale.writers.caps import ROUGH, cap, cap_values

from .shapes import arguments, mapping, moment, outcome, sequence, string, unit

INTERRUPTED = "[Request interrupted by user]"  # a user's turn where a format tells of it in other ways than words


@dataclass(frozen=True, slots=True)
class Asked:
    """A call before its result is known."""

    call_id: str
    tool: str
    arguments: Mapping[str, Any]

    @classmethod
    def of(cls, call_id: Any, tool: Any, given: Any) -> Asked:
        """The call with its arguments as an object and cut roughly. Raises RecordError where it names no tool."""
        if not (name := string(tool, "tool name").strip()):
            raise RecordError("BAD_FIELD", "a tool call without the tool's name", field="name")
        return cls(string(call_id, "call id"), name, cap_values(arguments(given), ROUGH))


@dataclass(slots=True)
class Conversation:
    """Turns and tool results in the order they are heard; ``turns()`` pairs them.

    Results go to the first call of their id that has none yet, since some recorders use ids again.
    """

    hints: Mapping[str, bool] = field(default_factory=dict)  # tool -> read-only, as the trace annotates it
    _said: list[tuple[str, str, list[Asked], float | None, str]] = field(default_factory=list)
    _results: defaultdict[str, deque[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(deque))

    def say(
        self, role: str, text: str, calls: Sequence[Asked] = (), time: float | None = None, *, turn_id: str = ""
    ) -> None:
        """Somebody spoke; a turn without text or calls is none."""
        if text.strip() or calls:
            self._said.append((role, text.strip(), list(calls), time, turn_id))

    def result(self, call_id: str, observation: str, *, error: bool = False) -> None:
        """A tool answered."""
        self._results[call_id].append((cap(observation, ROUGH), error or says_error(observation)))

    def hear(self, other: Conversation) -> None:
        """What was heard elsewhere comes after what was heard here."""
        self._said += other._said
        for call_id, results in other._results.items():
            self._results[call_id] += results

    def __len__(self) -> int:
        """Turns and results."""
        return len(self._said) + len(self._results)

    def said_by(self, role: str) -> bool:
        """Did somebody of that role speak?"""
        return any(speaker == role for speaker, *_ in self._said)

    def turns(self) -> tuple[Turn, ...]:
        """All turns, each call with its result."""
        waiting = {call_id: deque(results) for call_id, results in self._results.items()}
        return tuple(
            Turn(
                role=role, text=text, calls=tuple(self._paired(call, waiting) for call in calls), time=time, id=turn_id
            )
            for role, text, calls, time, turn_id in self._said
        )

    def _paired(self, asked: Asked, waiting: dict[str, deque[tuple[str, bool]]]) -> Call:
        results = waiting.get(asked.call_id)
        text, failed = results.popleft() if results else ("", False)
        return Call(
            tool=asked.tool,
            arguments=asked.arguments,
            observation="" if failed else text,
            error=(text or "error") if failed else "",
            read_only=self.hints.get(asked.tool),
        )


def messages_of(value: Any) -> Sequence[Any]:
    """The messages of a record: the record itself, or its ``messages``.

    Raises EMPTY_TRACE where there are none, UNKNOWN_FORMAT for a record that has no place for them.
    """
    if isinstance(value, Mapping) and "messages" not in value:
        raise RecordError("UNKNOWN_FORMAT", "a record of no known format among others that are", field="messages")
    found = sequence(value if isinstance(value, list) else mapping(value, "record").get("messages"), "messages")
    if not found:
        raise RecordError("EMPTY_TRACE", "a trace without messages; leave it out, or record what was said")
    return found


def fields_of(value: Any) -> Mapping[str, Any]:
    """What a record says beside its messages."""
    return value if isinstance(value, Mapping) else {}


def read_only_hints(tools: Any) -> dict[str, bool]:
    """Tool name to ``readOnlyHint``, from a trace's list of tools (OpenAI's or MCP's shape)."""
    found: dict[str, bool] = {}
    for tool in sequence(tools, "tools"):
        outer = mapping(tool, "tools")
        inner = mapping(outer.get("function"), "tools.function") or outer
        notes = mapping(inner.get("annotations") or outer.get("annotations"), "tools.annotations")
        if isinstance(hint := notes.get("readOnlyHint"), bool):
            found[string(inner.get("name"), "tools.name")] = hint
    return found


def trace_of(fields: Mapping[str, Any], turns: tuple[Turn, ...], *, name: str, source: str) -> Trace:
    """A trace from its turns and what its record says of it: id, context, outcome, score, procedure, time."""
    said = outcome(fields.get("success") if fields.get("outcome") is None else fields["outcome"])
    score = unit(fields.get("score"), "score")
    context = fields.get("metadata") if fields.get("context") is None else fields["context"]
    times = (moment(fields.get(key)) for key in ("time", "timestamp", "created_at", "created"))
    return Trace(
        trace_id=string(fields.get("trace_id", fields.get("id")), "trace_id"),
        format=name,
        turns=turns,
        context=dict(mapping(context, "context")),
        outcome=said,
        score=score,
        said_by=""
        if said is Outcome.UNKNOWN and score is None
        else string(fields.get("said_by"), "said_by") or "trace",
        procedure=string(fields.get("procedure", fields.get("plan")), "procedure"),
        source=string(fields.get("source"), "source") or source,
        time=next((time for time in times if time is not None), next((t.time for t in turns if t.time), None)),
    )
