"""A run while it goes on: recorded as it happens, searched and shortened by the agent, remembered when it ends.

    with memory.run("Refund order 1832, paid by gift card") as run:
        prompt = run.text  # what past experience says, and what differs
        run.called("refund_to_balance", {"order": "1832"}, observation="done")
        run.succeeded()

Made by :meth:`AgentMemory.run`. Whatever happens within the block, the run is remembered at its end.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, Self, TypeVar

from telltale.memory.errors import BadArgument
from telltale.memory.types import Call, Context, Outcome, Trace, Turn

from . import arguments
from .threads import in_thread

if TYPE_CHECKING:  # these load numpy
    from telltale.memory.tenants import TenantStore
    from telltale.readers.answer import Answer
    from telltale.readers.passages import Passage, Passages

P = ParamSpec("P")
T = TypeVar("T")

RAISED = "signal:exception"  # an exception shows that a run broke off; that it failed is a guess


class Remembers(Protocol):
    """What a run needs of the memory that it belongs to."""

    @property
    def recall(self) -> Callable[..., Answer]:
        """See :meth:`AgentMemory.recall`."""

    @property
    def remember(self) -> Callable[..., list[str]]:
        """See :meth:`AgentMemory.remember`."""

    @property
    def feedback(self) -> Callable[..., None]:
        """See :meth:`AgentMemory.feedback`."""

    def passages(self) -> Passages:
        """An empty index of what will happen in one run."""

    def redacted(self, turn: Turn) -> Turn:
        """``turn`` without secrets."""


class RunMethods:
    """The part of :class:`AgentMemory` that goes with a run from its beginning to its end."""

    _tenant: TenantStore

    def run(
        self: Remembers,
        task: str,
        context: Context | None = None,
        *,
        source: str = "run",
        recall: bool = True,
        **options: Any,
    ) -> Run:
        """A context manager that recalls at the start, records what happens, and remembers the run at the end.

        Args:
            task: as the agent was given it.
            context: what else is known, as names and values.
            source: where it takes place; ``forget(source=...)`` takes everything from there away.
            recall: ask for past experience first; ``False``: only record.
            options: of :meth:`recall`: ``k``, ``risk``, ``budget``, ``strict``, ``kinds``.
        """
        return Run(self, task, context, source=source, recall=options if recall else None)

    def recorded(
        self: Remembers, *, source: str = "run", recall: bool = True, **options: Any
    ) -> Callable[[Callable[..., T]], Callable[..., T]]:
        """A decorator for a function whose first argument is the task: it is run as in :meth:`run`, with ``run=``."""

        def decorate(function: Callable[..., T]) -> Callable[..., T]:
            @functools.wraps(function)
            def recorded(task: str, *args: Any, **named: Any) -> T:
                with Run(self, task, None, source=source, recall=options if recall else None) as run:
                    return function(task, *args, run=run, **named)

            return recorded

        return decorate

    def passages(self) -> Passages:
        """An empty index of what happens in one run, to be searched by its agent; nothing of it is stored."""
        from telltale.readers.passages import Passages

        return Passages(self._tenant.embedder)

    def redacted(self, turn: Turn) -> Turn:
        """``turn`` without the secrets that are in it."""
        from telltale.writers.redact import redact, redacts_people

        return redact(turn, self._tenant.key, pii=redacts_people(self._tenant))


class Run:
    """One run of an agent, from its task to its outcome. A context manager; used once, from one thread."""

    def __init__(
        self, memory: Remembers, task: str, context: Context | None, *, source: str, recall: Mapping[str, Any] | None
    ) -> None:
        self.task = arguments.case_of(task, context).text
        self.context = arguments.context_of(context)
        self.found: Answer | None = None  # what was recalled at the start; None where nothing was asked
        self.episodes: list[str] = []  # ids, once the block has been left
        self._memory, self._source, self._recall = memory, source, recall
        self._turns: list[Turn] = []
        self._searched = 0  # turns that can be searched already
        self._ended: tuple[Outcome, float | None, str] = (Outcome.UNKNOWN, None, "")
        self._used: tuple[str, ...] = ()

    # ---- what past experience says -----------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The recall's block for the prompt; empty where nothing was asked."""
        return self.found.text if self.found else ""

    def followed(self, *ids: str) -> None:
        """Say which memories were followed; what was admitted counts as shown in any case."""
        self._used = ids

    # ---- what happens -------------------------------------------------------------------------------------------

    def said(self, role: str, text: str) -> None:
        """Record a message: ``role`` is ``"user"``, ``"assistant"`` or ``"system"``."""
        self._add(arguments.one_of("role", role, ("user", "assistant", "system")), text=text)

    def called(
        self,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        observation: object = "",
        *,
        error: str = "",
        read_only: bool | None = None,
    ) -> None:
        """Record a tool call with what came back; an observation that is no text is kept as JSON."""
        shown = observation if isinstance(observation, str) else json.dumps(observation, default=str)
        done = Call(tool=tool, arguments=arguments or {}, observation=shown, error=error, read_only=read_only)
        self._add("assistant", calls=(done,))

    def tool(self, function: Callable[P, T]) -> Callable[P, T]:
        """``function`` recorded at every call: its name, its keyword arguments, and what it gave or raised."""

        @functools.wraps(function)
        def recorded(*args: P.args, **kwargs: P.kwargs) -> T:
            given = {**({"args": list(args)} if args else {}), **kwargs}
            try:
                result = function(*args, **kwargs)
            except Exception as error:
                self.called(function.__name__, given, error=f"{type(error).__name__}: {error}")
                raise
            self.called(function.__name__, given, result)
            return result

        return recorded

    # ---- how it ended -------------------------------------------------------------------------------------------

    def ended(self, outcome: str | Outcome, *, score: float | None = None, said_by: str = "caller") -> None:
        """Say how it ended; the last word counts. A ``said_by`` that begins with ``"signal:"`` is a guess."""
        self._ended = (Outcome(arguments.one_of("outcome", outcome, tuple(Outcome))), score, said_by)

    def succeeded(self, *, score: float | None = None) -> None:
        """Say that it succeeded, as somebody who can tell; an agent's own word is told with :meth:`ended`."""
        self.ended(Outcome.SUCCESS, score=score)

    def failed(self, *, score: float | None = None) -> None:
        """Say that it failed."""
        self.ended(Outcome.FAILURE, score=score)

    # ---- a long run's own memory --------------------------------------------------------------------------------

    def search(self, question: str, *, k: int = 5) -> list[Passage]:
        """What was said and seen in this run that is nearest to ``question``, nearest first."""
        return self._indexed().nearest(question, arguments.count("k", k, most=arguments.MOST_RESULTS))

    def compact(self, *, next_step: str, budget: int = 2_000) -> str:
        """The run in at most ``budget`` tokens, with what matters for ``next_step`` in mind.

        The task, then the pieces that are nearest to the next step and unlike each other, in the order of the run;
        what was left out can still be found with :meth:`search`. Raises BadArgument where not even the task fits.
        """
        from telltale.memory.budget import count_tokens

        opening = f"Task: {self.task}\nWhat happened so far, shortened for: {next_step}"
        left = arguments.count("budget", budget) - count_tokens(opening)
        if left < 0:
            raise BadArgument(f"the task and the next step alone have {budget - left} tokens: give a budget above that")

        def cost(text: str) -> int:
            return count_tokens(text) + 12  # the line's own head

        chosen = self._indexed().chosen(f"{self.task}\n{next_step}", left, cost)
        return "\n".join([opening, *(f"[{one.turn} {one.said_by}] {one.text}" for one in chosen)])

    # ---- the block ----------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        if self._recall is not None:
            self.found = self._memory.recall(self.task, self.context, **self._recall)
        self._add("user", text=self.task)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._ended[0] is Outcome.UNKNOWN:
            self._ended = (Outcome.FAILURE, None, RAISED)
        outcome, score, said_by = self._ended
        self.episodes = self._memory.remember(
            Trace(
                trace_id="",
                format="run",
                turns=tuple(self._turns),
                context=self.context,
                outcome=outcome,
                score=score,
                said_by=said_by,
                source=self._source,
                time=self._turns[0].time,
            )
        )
        found = self.found
        if found and (self._used or (found.admitted and outcome is not Outcome.UNKNOWN)):
            self._memory.feedback(found.receipt(), outcome=outcome, used=self._used)

    def _add(self, role: str, *, text: str = "", calls: tuple[Call, ...] = ()) -> None:
        self._turns.append(Turn(role=role, text=text, calls=calls, time=time.time()))

    @functools.cached_property
    def _index(self) -> Passages:
        return self._memory.passages()

    def _indexed(self) -> Passages:
        """What happened up to now, ready to be searched; secrets are taken out before anything is embedded."""
        for number, turn in enumerate(self._turns[self._searched :], start=self._searched):
            shown = self._memory.redacted(turn)
            self._index.add(number, shown.role, shown.text)
            for call in shown.calls:
                told = json.dumps(dict(call.arguments), ensure_ascii=False, default=str)
                self._index.add(number, call.tool, f"{call.tool}({told}) -> {call.error or call.observation}")
        self._searched = len(self._turns)
        return self._index


class AsyncRun:
    """A :class:`Run` for programs that must not block: what asks the memory is awaited, what only records is not.

    ``async with memory.run(task) as run:``; ``run.said``, ``run.called``, ``run.ended`` and the rest are as there.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    async def search(self, question: str, *, k: int = 5) -> list[Passage]:
        """See :meth:`Run.search`."""
        return await in_thread(self._run.search, question, k=k)

    async def compact(self, *, next_step: str, budget: int = 2_000) -> str:
        """See :meth:`Run.compact`."""
        return await in_thread(self._run.compact, next_step=next_step, budget=budget)

    async def __aenter__(self) -> Self:
        await in_thread(self._run.__enter__)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await in_thread(self._run.__exit__, kind, error, trace)


class AsyncRunMethods:
    """:class:`RunMethods` for programs that must not block."""

    _memory: RunMethods

    def run(self, task: str, context: Context | None = None, **options: Any) -> AsyncRun:
        """See :meth:`AgentMemory.run`; entered and left with ``async with``."""
        return AsyncRun(self._memory.run(task, context, **options))  # type: ignore[misc] # the whole memory has it all

    def recorded(self, **options: Any) -> Callable[[Callable[..., Awaitable[T]]], Callable[..., Awaitable[T]]]:
        """See :meth:`AgentMemory.recorded`; for a coroutine function."""

        def decorate(function: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
            @functools.wraps(function)
            async def recorded(task: str, *args: Any, **named: Any) -> T:
                async with self.run(task, **options) as run:
                    return await function(task, *args, run=run, **named)

            return recorded

        return decorate
