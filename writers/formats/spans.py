"""Spans put together again: which belong to one run, which of its agents did what, and how it was judged.

A span is what telemetry records of one model call, tool call or agent. What each wire format calls things is the
business of its own module; how the messages of one agent become turns is told in threads.py.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome, Trace
from telltale.writers.lines import Record

from . import Found
from .dialects import Said
from .scores import NOTHING, Score, Told, judged

EVENT = re.compile(r"[.-](?:start|success|error|finish|update|partial_update)-\d+\Z")  # some send one for each moment
UNNAMED = "?"  # begins the trace of a span that names none
DEEPEST = 16  # agents within agents
WAITING_BYTES = 96 * 2**20  # of records whose trace may go on; beyond it, the traces that rested longest are closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One thing that happened in a run."""

    id: str
    trace: str
    parent: str = ""
    name: str = ""
    kind: str = ""  # "model" | "tool" | "agent" | "score" | ""
    start: float | None = None  # seconds since the epoch
    end: float | None = None
    heard: tuple[Said, ...] = ()  # what went in
    said: tuple[Said, ...] = ()  # what came out
    loose: bool = False  # what went in was plain text, not messages
    call_id: str = ""  # of a tool call
    arguments: Mapping[str, Any] = field(default_factory=dict)
    observation: str = ""
    error: str = ""  # what went wrong; empty: nothing did
    context: Mapping[str, Any] = field(default_factory=dict)
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What one agent did: its spans, and the agents it handed on to."""

    owner: Span
    spans: list[Span] = field(default_factory=list)  # its own model and tool calls
    agents: list[Scope] = field(default_factory=list)
    layers: list[Span] = field(default_factory=list)  # what only handed on to it, outermost first
    others: list[Span] = field(default_factory=list)  # neither a model's nor a tool's


Turned = Callable[[Scope, str, str], Trace]


@dataclass(slots=True)
class _Waiting:
    record: Record  # the first of the trace, without its value
    spans: list[Span] = field(default_factory=list)
    size: int = 0


class Gathering:
    """Spans on their way to traces, by trace, as their records come."""

    def __init__(self, name: str, source: str, turned: Turned) -> None:
        """``name`` is the format's; ``turned`` makes a trace of one agent's scope."""
        self._name, self._source, self._turned = name, source, turned
        self._waiting: dict[str, _Waiting] = {}
        self._bytes = 0

    def add(self, record: Record, spans: Sequence[Span]) -> Iterator[Found]:
        """Let the spans of one record wait for the rest of their traces; gives what came of those that rested long."""
        for index, span in enumerate(spans):
            waiting = self._waiting.pop(span.trace, None) or _Waiting(replace(record, value=None))
            waiting.spans.append(span)
            waiting.size += 0 if index else record.size
            self._waiting[span.trace] = waiting
        self._bytes += record.size if spans else 0
        while self._bytes > WAITING_BYTES and len(self._waiting) > 1:
            yield from self._close(next(iter(self._waiting)))

    def rest(self) -> Iterator[Found]:
        """What came of all that wait, in order of their last span."""
        for trace in list(self._waiting):
            yield from self._close(trace)

    def _close(self, trace: str) -> Iterator[Found]:
        waiting = self._waiting.pop(trace)
        self._bytes -= waiting.size
        try:
            found = list(self._traces(waiting.spans))
        except RecordError as error:
            yield Found(waiting.record, error)
        else:
            yield from (Found(waiting.record, trace) for trace in found)
            if not found:  # telemetry of other things is not for the memory
                yield Found(waiting.record, None)

    def _traces(self, spans: Sequence[Span]) -> Iterator[Trace]:
        """The run's own trace, then one for each agent it handed on to, named after the run and the agent's span."""
        if not any(span.kind in {"model", "tool", "agent"} or span.heard for span in spans):
            return
        trace_id = spans[0].trace
        trace_id = "" if trace_id.startswith(UNNAMED) else trace_id
        todo = deque([(_scopes(spans), trace_id, "")])
        while todo:
            scope, name, parent = todo.popleft()
            outcome, score, said_by = _told(scope, self._name)
            made = replace(self._turned(scope, self._name, name), source=self._source, parent=parent)
            yield replace(made, outcome=outcome, score=score, said_by=said_by)
            todo.extend((agent, trace_id and f"{trace_id}/{agent.owner.id}", name) for agent in scope.agents)


def _told(scope: Scope, name: str) -> Told:
    scores = [score for span in (scope.owner, *scope.layers, *scope.others, *scope.spans) for score in span.scores]
    told = judged(scores, name)
    if told is NOTHING and any(span.error for span in (scope.owner, *scope.layers)):
        return Outcome.FAILURE, None, f"{name} error"
    return told


def _scopes(spans: Sequence[Span]) -> Scope:
    """The spans as a tree of agents. A span whose parent is not there hangs from the first root."""
    by_id = {span.id: span for span in spans if span.kind != "score"}
    children: defaultdict[str, list[Span]] = defaultdict(list)
    roots = []
    for span in spans:
        if span.parent in by_id and span.parent != span.id:
            children[span.parent].append(span)
        elif span.id in by_id:
            roots.append(span)
        else:
            children[""].append(span)
    root = min(roots or spans, key=_began)
    hanging = [span for span in (*roots, *children[""]) if span is not root]
    return _collapsed(_collected(root, children, hanging))


def _began(span: Span) -> tuple[float, str]:
    return (float("inf") if span.start is None else span.start, span.id)


def _collected(root: Span, children: Mapping[str, list[Span]], hanging: Iterable[Span]) -> Scope:
    whole = Scope(root, [root] if root.kind in {"model", "tool"} else [])
    agents, seen = _agents(children), {root.id}
    todo = deque((span, whole, 0) for span in (*hanging, *children.get(root.id, ())))
    while todo:
        span, scope, depth = todo.popleft()
        if span.kind == "score":
            scope.others.append(span)
        elif span.id not in seen:
            seen.add(span.id)
            if span.id in agents and depth < DEEPEST:
                scope.agents.append(inner := Scope(span))
                scope, depth = inner, depth + 1
            else:
                (scope.spans if span.kind in {"model", "tool"} else scope.others).append(span)
            todo.extend((child, scope, depth) for child in children.get(span.id, ()))
    return whole


def _agents(children: Mapping[str, list[Span]]) -> set[str]:
    """The ids of agents' spans below which a model was asked and answered."""
    parents = {child.id: parent for parent, found in children.items() for child in found}
    agents = {span.id for found in children.values() for span in found if span.kind == "agent"}
    asked: set[str] = set()
    for span in (span for found in children.values() for span in found):
        above, steps = span.id, 0
        while span.kind == "model" and span.heard and span.said and above in parents and steps < len(parents):
            if above in agents:
                asked.add(above)
                break
            above, steps = parents[above], steps + 1
    return asked


def _collapsed(scope: Scope) -> Scope:
    """Without the layers that only hand on to one agent; that agent's work is the run's own."""
    while len(scope.agents) == 1 and not scope.spans:
        (agent,) = scope.agents
        layers, others = [*scope.layers, agent.owner], [*scope.others, *agent.others]
        scope = Scope(scope.owner, agent.spans, agent.agents, layers, others)
    scope.agents[:] = sorted(map(_collapsed, scope.agents), key=lambda agent: _began(agent.owner))
    return scope


def gathered(
    records: Iterable[Record], gathering: Gathering, spans_of: Callable[[Any], Iterable[Span]]
) -> Iterator[Found]:
    """What the spans of each record come to; what ``spans_of`` raises is that record's item."""
    for record in records:
        try:
            if record.error is not None:
                raise record.error
            spans = list(spans_of(record.value))
        except RecordError as error:
            yield Found(record, error)
        else:
            yield from gathering.add(record, spans)
    yield from gathering.rest()
