"""One agent's spans as one conversation: each message once, each call once with what came back.

Every model call repeats the talk so far, and a tool call shows up in what a model said, in what the next one heard and
as a span of its own. What is heard again is known by its content, calls by their id or, where they have none, by name.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from telltale.memory.canonical import to_json
from telltale.memory.types import Trace

from .conversation import Asked, Conversation
from .dialects import Result, Said
from .spans import DEEPEST, EVENT, Scope, Span

_TRIED = 64  # calls of one name


def trace_of(scope: Scope, name: str, trace_id: str) -> Trace:
    """What the agent of ``scope`` was asked, did and said, as a trace without an outcome."""
    thread = _Thread()
    outer = [scope.owner, *scope.layers]
    if not any(span.kind == "model" and span.heard for span in scope.spans):
        outer += scope.others  # nothing better is known of what was asked
    for span in outer:
        thread.hear(span.heard if span.kind != "model" else (), span.start)
    for span, begins in _events(scope):
        thread.begin(span) if begins else thread.end(span)
    for span in reversed(outer):
        thread.hear(said for said in span.said if said.role == "assistant" and not thread.knows(said))
    context = {name: value for span in reversed(outer) for name, value in span.context.items()}
    return Trace(
        trace_id=trace_id,
        format=name,
        turns=thread.conversation().turns(),
        context=context,
        time=next((span.start for span in outer if span.start is not None), None),
    )


@dataclass(slots=True)
class _Step:
    """A call, where it was asked for, and what came back by way of messages and by way of its span."""

    asked: Asked
    told: Result | None = None
    span: Span | None = None


@dataclass(slots=True)
class _Waiting:
    """Steps that wait for something, first come first served by id, else by name."""

    by_id: defaultdict[str, deque[_Step]] = field(default_factory=lambda: defaultdict(deque))
    by_name: defaultdict[str, deque[_Step]] = field(default_factory=lambda: defaultdict(deque))
    done: set[int] = field(default_factory=set)

    def add(self, step: _Step) -> None:
        if step.asked.call_id:
            self.by_id[step.asked.call_id].append(step)
        self.by_name[step.asked.tool].append(step)

    def take(self, call_id: str, tool: str) -> _Step | None:
        """The step, which waits no longer; None where none waits under that id or name."""
        by_id = self._left(self.by_id, call_id) if call_id else ()
        likely = itertools.islice(self._left(self.by_name, tool), _TRIED)
        by_name = (step for step in likely if not (call_id and step.asked.call_id))  # two ids that differ are two calls
        found = next((step for step in itertools.chain(by_id, by_name) if id(step) not in self.done), None)
        if found is not None:
            self.done.add(id(found))
        return found

    def _left(self, queues: Mapping[str, deque[_Step]], name: str) -> deque[_Step]:
        queue = queues.get(name, deque())
        while queue and id(queue[0]) in self.done:
            queue.popleft()
        return queue


@dataclass(slots=True)
class _Thread:
    turns: list[tuple[str, str, list[_Step], float | None]] = field(default_factory=list)
    steps: list[_Step] = field(default_factory=list)
    heard: Counter[bytes] = field(default_factory=Counter)
    untold: _Waiting = field(default_factory=_Waiting)  # for a message with the result
    unrun: _Waiting = field(default_factory=_Waiting)  # for the tool's span
    unasked: _Waiting = field(default_factory=_Waiting)  # only their spans are known

    def knows(self, said: Said) -> bool:
        """Is it plain text that the agent has said already, perhaps within more?"""
        return said.plain and any(said.text.strip() in text for role, text, _, _ in self.turns if role == "assistant")

    def begin(self, span: Span) -> None:
        """What went into a model."""
        if span.kind == "model":
            self.hear(span.heard, span.start)

    def end(self, span: Span) -> None:
        """What came out of a model, a tool or another agent."""
        if span.kind == "model":
            self.hear(span.said, span.end)
        else:
            self._ran(span)

    def hear(self, messages: Iterable[Said], time: float | None = None) -> None:
        """Messages of one side of one span; those that were heard before are passed over."""
        here: Counter[bytes] = Counter()
        for said in messages:
            key = _key(said)
            here[key] += 1
            if here[key] > self.heard[key]:
                self.heard[key] += 1
                self._hear(said, time)

    def _hear(self, said: Said, time: float | None) -> None:
        new = [call for call in said.calls if self.unasked.take(call.call_id, call.tool) is None]
        steps = [self._step(call) for call in new]
        for step in steps:
            self.unrun.add(step)
        if said.role in {"user", "assistant"} and (said.text or steps):
            self.turns.append((said.role, said.text, steps, time))
        for result in said.results:
            if (answered := self.untold.take(result.call_id, result.tool)) is not None:
                answered.told = result

    def _ran(self, span: Span) -> None:
        name = EVENT.sub("", span.name)
        step = self.unrun.take(span.call_id, name)
        if step is None and (span.arguments or span.observation or span.error):
            step = self._step(Asked(span.call_id, name or "tool", span.arguments))
            self.unasked.add(step)
            self.turns.append(("assistant", "", [step], span.start))
        if step is not None:
            step.span = span
            if not (span.observation or span.error):  # its result may come in another span
                self.unrun.done.discard(id(step))
                self.unrun.add(step)

    def _step(self, call: Asked) -> _Step:
        self.steps.append(step := _Step(call))
        self.untold.add(step)
        return step

    def conversation(self) -> Conversation:
        """The turns with the calls and their results, ids made anew."""
        conversation = Conversation()
        names = {id(step): str(number) for number, step in enumerate(self.steps)}
        for role, text, steps, time in self.turns:
            calls = [Asked(names[id(step)], step.asked.tool, step.asked.arguments) for step in steps]
            conversation.say(role, text, calls, time)
            for step in steps:
                if (answer := _answer(step)) is not None:
                    conversation.result(names[id(step)], answer[0], error=answer[1])
        return conversation


def _events(scope: Scope) -> Iterator[tuple[Span, bool]]:
    """The scope's spans twice, as they begin and as they end, in time; agents that it handed on to as they end."""
    handed_on = [_handed_on(agent) for agent in scope.agents if not _by_tool(agent.owner, scope)]
    spans = [*_plainest(scope.spans), *handed_on]
    timed = all(span.start is not None for span in spans)
    found = []
    for index, span in enumerate(spans):
        start = span.start if timed and span.start is not None else float(index)
        end = start if not timed or span.end is None else max(span.end, start)
        found += [(start, 1, index, True), (end, 0 if end > start else 2, index, False)]
    for _, _, index, begins in sorted(found):
        yield spans[index], begins


def _by_tool(owner: Span, scope: Scope) -> bool:
    """Was this agent called as a tool, whose own span tells of it?"""
    there = {span.id: span for span in (*scope.layers, *scope.others, *scope.spans)}
    parent = there.get(owner.parent)
    for _ in range(DEEPEST):
        if parent is None or parent.kind == "tool":
            break
        parent = there.get(parent.parent)
    return parent is not None and parent.kind == "tool"


def _plainest(spans: Sequence[Span]) -> Iterator[Span]:
    """Without plain text that went into models, where some heard messages: it is the same talk in another form."""
    structured = any(span.kind == "model" and span.heard and not span.loose for span in spans)
    for span in spans:
        yield _deaf(span) if structured and span.kind == "model" and span.loose else span


def _deaf(span: Span) -> Span:
    return Span(id=span.id, trace=span.trace, kind="model", start=span.start, end=span.end, said=span.said)


def _handed_on(agent: Scope) -> Span:
    """The agent as a tool that was called with its task and gave its last words."""
    models = [span for span in agent.spans if span.kind == "model"]
    spans = (agent.owner, *agent.layers, *models)
    task = next((said.text for span in spans for said in span.heard if said.role == "user" and said.text), "")
    said = [said.text for span in (*models, *agent.layers, agent.owner) for said in span.said if said.text]
    owner = agent.owner
    return Span(
        id=owner.id,
        trace=owner.trace,
        name=owner.name or "agent",
        kind="tool",
        start=owner.start,
        end=owner.end,
        call_id=owner.call_id,
        arguments={"task": task} if task else {},
        observation=said[-1] if said else "",
        error=owner.error,
    )


def _answer(step: _Step) -> tuple[str, bool] | None:
    """What came back, and whether it is an error: as the model was told, else as the span recorded it."""
    error = step.span.error if step.span else ""
    if step.told is not None and step.told.text:
        return step.told.text, step.told.error or bool(error)
    if step.span is not None:
        return error or step.span.observation, bool(error)
    return (step.told.text, step.told.error) if step.told else None


def _key(said: Said) -> bytes:
    """Equal for messages that say the same: by their words, their calls and the results they bring."""
    calls = [[call.tool, dict(call.arguments)] for call in said.calls]
    results = [[result.call_id or result.tool, result.text] for result in said.results]
    return to_json([said.role, " ".join(said.text.split()), calls, results])
