"""The memory for programs that must not block: :class:`AgentMemory`'s methods, awaited.

Each call runs in a worker thread; the store takes calls from many threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from telltale.memory.types import Candidate, Context, Episode, LookAlike, Outcome

from .agent_memory import DEFAULT_RISK, AgentMemory
from .agent_memory import open as open_memory
from .asynchronous_skills import AsyncSkillMethods
from .granting import AsyncGrantMethods
from .options import IngestOptions
from .runs import AsyncRunMethods
from .threads import AsyncClosing, in_thread

if TYPE_CHECKING:  # these load numpy
    import asyncio

    import polars as pl

    from telltale.memory.check import Problem
    from telltale.memory.embedders import Embedder
    from telltale.memory.forget import Forgotten
    from telltale.memory.types import Reason, Recall, Verdict
    from telltale.readers.answer import Answer
    from telltale.readers.judge import Judge
    from telltale.writers.ingest import IngestSummary

    from .learning import Learned


class AsyncAgentMemory(AsyncSkillMethods, AsyncRunMethods, AsyncGrantMethods, AsyncClosing):
    """:class:`AgentMemory` with every method awaited; what each does and raises stands there.

    async with await AsyncAgentMemory.open("./experience") as memory:
        found = await memory.recall("Refund order 1832, paid by gift card")
    """

    _memory: AgentMemory

    def __init__(self, memory: AgentMemory) -> None:
        self._memory = memory

    @classmethod
    async def open(
        cls,
        address: str | Path,
        tenant: str = "default",
        embedder: str | Embedder | None = None,
        library: str | None = None,
        read_only: bool = False,
        *,
        create: bool = True,
        judge: str | Judge | None = None,
        api_key: str | None = None,
        storage_options: Mapping[str, str] | None = None,
    ) -> Self:
        """See :func:`telltale.open`."""
        named = {"create": create, "judge": judge, "api_key": api_key, "storage_options": storage_options}
        return cls(await in_thread(open_memory, address, tenant, embedder, library, read_only, **named))  # type: ignore[arg-type]

    async def remember(
        self,
        trace: Any,
        *,
        outcome: str | Outcome | None = None,
        score: float | None = None,
        context: Context | None = None,
        procedure: str | None = None,
        source: str | None = None,
        trace_id: str | None = None,
        said_by: str = "caller",
    ) -> list[str]:
        """See :meth:`AgentMemory.remember`."""
        return await in_thread(
            self._memory.remember,
            trace,
            outcome=outcome,
            score=score,
            context=context,
            procedure=procedure,
            source=source,
            trace_id=trace_id,
            said_by=said_by,
        )

    async def ingest(self, paths: str | Path | Sequence[str | Path], **options: Unpack[IngestOptions]) -> IngestSummary:
        """See :meth:`AgentMemory.ingest`; ``progress`` and ``watch`` are called from another thread."""
        return await in_thread(self._memory.ingest, paths, **options)

    async def recall(
        self,
        text: str,
        context: Context | None = None,
        *,
        k: int = 3,
        risk: float = DEFAULT_RISK,
        budget: int = 1500,
        strict: bool = False,
        count_tokens: Callable[[str], int] | None = None,
        kinds: str = "both",
    ) -> Answer:
        """See :meth:`AgentMemory.recall`."""
        return await in_thread(
            self._memory.recall,
            text,
            context,
            k=k,
            risk=risk,
            budget=budget,
            strict=strict,
            count_tokens=count_tokens,
            kinds=kinds,
        )

    async def why(self, found: Recall, verdict: Verdict | str) -> tuple[Reason, ...]:
        """See :meth:`AgentMemory.why`."""
        return await in_thread(self._memory.why, found, verdict)

    async def candidates(
        self, text: str, context: Context | None = None, *, by: str = "hybrid", k: int = 50
    ) -> list[Candidate]:
        """See :meth:`AgentMemory.candidates`."""
        return await in_thread(self._memory.candidates, text, context, by=by, k=k)

    async def feedback(
        self,
        recall: str,
        *,
        outcome: str | Outcome | None = None,
        used: Sequence[str] = (),
        helped: Sequence[str] = (),
        misled: Sequence[str] = (),
        note: str | None = None,
    ) -> None:
        """See :meth:`AgentMemory.feedback`."""
        await in_thread(
            self._memory.feedback, recall, outcome=outcome, used=used, helped=helped, misled=misled, note=note
        )

    async def learn(self) -> Learned:
        """See :meth:`AgentMemory.learn`."""
        return await in_thread(self._memory.learn)

    async def learn_in_background(self) -> asyncio.Future[Learned]:
        """See :meth:`AgentMemory.learn_in_background`; await what it returns for what was learned."""
        import asyncio

        return asyncio.wrap_future(await in_thread(self._memory.learn_in_background))

    async def is_stale(self) -> bool:
        """See :meth:`AgentMemory.is_stale`."""
        return await in_thread(self._memory.is_stale)

    async def use_prior(self, prior: Mapping[str, Any]) -> None:
        """See :meth:`AgentMemory.use_prior`."""
        await in_thread(self._memory.use_prior, prior)

    async def look_alikes(self) -> list[LookAlike]:
        """See :meth:`AgentMemory.look_alikes`."""
        return await in_thread(self._memory.look_alikes)

    async def episodes(self) -> list[Episode]:
        """Every episode, by id, as a list."""
        return await in_thread(lambda: list(self._memory.episodes()))

    async def episodes_frame(self) -> pl.LazyFrame:
        """See :meth:`AgentMemory.episodes_frame`."""
        return await in_thread(self._memory.episodes_frame)

    async def export(self, path: str | Path) -> int:
        """See :meth:`AgentMemory.export`."""
        return await in_thread(self._memory.export, path)

    async def forget(
        self,
        *,
        episode_id: str | None = None,
        source: str | None = None,
        before: float | None = None,
        everything: bool = False,
    ) -> Forgotten:
        """See :meth:`AgentMemory.forget`."""
        return await in_thread(
            self._memory.forget, episode_id=episode_id, source=source, before=before, everything=everything
        )

    async def check(self) -> list[Problem]:
        """See :meth:`AgentMemory.check`."""
        return await in_thread(self._memory.check)

    async def dropped_notes(self) -> int:
        """See :meth:`AgentMemory.dropped_notes`."""
        return await in_thread(self._memory.dropped_notes)

    async def close(self) -> None:
        """See :meth:`AgentMemory.close`."""
        await in_thread(self._memory.close)
