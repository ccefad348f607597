"""A memory at a server, as the same object that a folder gives: what ``telltale.open("http://...")`` returns.

Translates only: each method is one request, and its answer the object that a folder's method returns. What needs the
store itself says so.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never, Unpack

from telltale.memory.errors import NotAllowed, UsageError
from telltale.memory.types import Candidate, Context, Episode, LookAlike, Outcome, Turn

from . import arguments
from .agent_memory import DEFAULT_RISK, KINDS, SEARCHES, AgentMemory
from .client_grants import ServedGrants
from .client_http import Connection
from .client_skills import ServedSkills
from .options import IngestOptions

if TYPE_CHECKING:  # these load numpy
    import polars as pl

    from telltale.memory.check import Problem
    from telltale.memory.forget import Forgotten
    from telltale.memory.types import Reason, Recall, Verdict
    from telltale.readers.answer import Answer
    from telltale.readers.passages import Passages
    from telltale.writers.ingest import IngestSummary

    from .learning import Learned

PAGE = 500  # episodes that are fetched at once
MOST_LOOK_ALIKES = 1_000
HERE_ONLY = ("rejects", "outcomes", "watch", "staging")  # options of ingest that need the store itself


def connect(
    address: str, tenant: str, *, api_key: str | None, read_only: bool, library: str | None = None
) -> ServedMemory:
    """The memory that the key is for, with a library beside it where one is named.

    Raises UsageError where ``tenant`` names another, NotAllowed where the library was not granted, and what asking
    raises.
    """
    connection = Connection(address, api_key)
    try:
        own = str(json.loads(connection.get("/about", library=library))["tenant"])
    except NotAllowed as error:
        if error.code != "FORBIDDEN":
            raise
        own = tenant  # a key that may not read
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{connection.address} is no telltale server: check the address and the port") from None
    if tenant not in {own, "default"}:
        raise UsageError(f"tenant is {tenant!r}, and the key is for {own!r}: leave it out, or use that tenant's key")
    return ServedMemory(connection, own, read_only=read_only, library=library)


class ServedMemory(ServedSkills, ServedGrants, AgentMemory):
    """The memory of one key at a server. Made by :func:`telltale.open`.

    What cannot be asked of a server (``count_tokens=`` of a recall, ``model=`` of distilling, some options of
    ``ingest``, fitting a prior) raises UsageError and says what to do.
    """

    def __init__(self, connection: Connection, tenant: str, *, read_only: bool, library: str | None = None) -> None:
        self._connection = connection
        self._name = tenant
        self._beside = {"library": library} if library else {}  # goes with every case
        self._read_only = read_only
        self._key = secrets.token_bytes(16)  # takes secrets out of a run that is searched here; nothing is sent with it
        self._learning: Future[Learned] | None = None

    def __getattr__(self, name: str) -> Never:
        if name in {"_tenant", "_store"}:
            raise UsageError("a server does not offer this: open the store's own address, where its files can be read")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # ---- taking in -------------------------------------------------------------------------------------------------

    def remember(
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
        """See :meth:`AgentMemory.remember`; sent again under one key until the server says that it is on disk."""
        from telltale.writers.sendable import sendable

        said = sendable(
            trace,
            outcome=outcome,
            score=score,
            context=arguments.context_of(context) or None,
            procedure=procedure,
            source=source,
            trace_id=trace_id,
            said_by=said_by,
        )
        told = self._change("POST", "/remember", said, once=secrets.token_hex(16))
        return list(json.loads(told)["episodes"])

    def ingest(self, paths: str | Path | Sequence[str | Path], **options: Unpack[IngestOptions]) -> IngestSummary:
        """See :meth:`AgentMemory.ingest`: each file is sent as it lies here, and read at the server.

        What a format keeps in a file beside the trace is not sent. ``rejects=``, ``outcomes=``, ``watch=``,
        ``staging=`` and engines other than ``"local"`` raise UsageError.
        """
        from .client_ingest import ingest

        if not options.get("dry_run"):
            self._check_writable()
        if any(options.get(name) for name in HERE_ONLY) or options.get("engine", "local") != "local":
            raise UsageError(
                f"a server takes no {', '.join(HERE_ONLY)} and no other engine: leave them out, or open the store's "
                "own address; the first rejects are in the summary"
            )
        return ingest(self._connection, paths, options)

    # ---- asking ----------------------------------------------------------------------------------------------------

    def recall(
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
        """See :meth:`AgentMemory.recall`; the server counts the tokens, so that ``count_tokens`` raises UsageError."""
        from .client_told import answer

        if count_tokens is not None:
            raise UsageError("a server counts tokens itself: leave count_tokens= out, and choose budget= with room")
        asked = {
            "k": arguments.count("k", k, most=arguments.MOST_RESULTS),
            "risk": arguments.risk_of(risk),
            "budget": arguments.count("budget", budget),
            "strict": bool(strict),
            "kinds": arguments.one_of("kinds", kinds, KINDS),
            "verdicts": True,
        }
        return answer(self._asked("/recall", self._asking(text, context) | asked))

    def why(self, found: Recall, verdict: Verdict | str) -> tuple[Reason, ...]:
        """See :meth:`AgentMemory.why`."""
        from telltale.memory.types import Reason

        from .client_told import of_json

        skills = any(one.candidate.kind == "skill" for one in found.verdicts)
        asked = self._asking(found.case.text, found.case.context)
        asked |= {"candidate": arguments.judged(found, verdict), "kinds": "both" if skills else "episodes"}
        return of_json(self._asked("/why", asked), tuple[Reason, ...], "reasons")

    def candidates(
        self, text: str, context: Context | None = None, *, by: str = "hybrid", k: int = 50
    ) -> list[Candidate]:
        """See :meth:`AgentMemory.candidates`."""
        from .client_told import of_json

        how = {
            "by": arguments.one_of("by", by, SEARCHES),
            "k": arguments.count("k", k, most=arguments.MOST_RESULTS),
        }
        return of_json(self._asked("/candidates", self._asking(text, context) | how), list[Candidate], "candidates")

    def feedback(
        self,
        recall: str,
        *,
        outcome: str | Outcome | None = None,
        used: Sequence[str] = (),
        helped: Sequence[str] = (),
        misled: Sequence[str] = (),
        note: str | None = None,
    ) -> None:
        """See :meth:`AgentMemory.feedback`. Not sent again once it may have arrived: it would count twice."""
        said = {
            "recall": recall,
            "outcome": None if outcome is None else arguments.one_of("outcome", outcome, tuple(Outcome)),
            "used": arguments.ids("used", used),
            "helped": arguments.ids("helped", helped),
            "misled": arguments.ids("misled", misled),
            "note": note,
        }
        self._change("POST", "/feedback", said)

    # ---- making sense of it ----------------------------------------------------------------------------------------

    def learn(self) -> Learned:
        """See :meth:`AgentMemory.learn`."""
        from . import client_jobs
        from .learning import Learned

        self._check_writable()
        return Learned(**client_jobs.done(self._connection, "/learn"))

    def learn_in_background(self) -> Future[Learned]:
        """See :meth:`AgentMemory.learn_in_background`."""
        self._check_writable()
        if self._learning is None or self._learning.done():
            waiting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="telltale-learn")
            self._learning = waiting.submit(self.learn)
            waiting.shutdown(wait=False)
        return self._learning

    def is_stale(self) -> bool:
        """See :meth:`AgentMemory.is_stale`."""
        return bool(json.loads(self._connection.get("/about"))["is_stale"])

    def use_prior(self, prior: Mapping[str, Any]) -> None:
        """See :meth:`AgentMemory.use_prior`."""
        self._change("PUT", "/prior", {"prior": dict(prior)}, again=True)

    def look_alikes(self) -> list[LookAlike]:
        """See :meth:`AgentMemory.look_alikes`."""
        return self._read("/look-alikes", list[LookAlike], "look_alikes", limit=MOST_LOOK_ALIKES)

    # ---- looking after it ------------------------------------------------------------------------------------------

    def episodes(self) -> Iterator[Episode]:
        """See :meth:`AgentMemory.episodes`; fetched in parts, as they are asked for."""
        from .client_told import Page, of_json

        after: str | None = ""
        while after is not None:
            page = of_json(self._connection.get("/episodes", after=after, limit=PAGE), Page)
            yield from page.episodes
            after = page.next

    def episodes_frame(self) -> pl.LazyFrame:
        """See :meth:`AgentMemory.episodes_frame`; fetched whole when it is called."""
        from telltale.writers.export import episodes_frame

        from .client_told import Fetched

        return episodes_frame(Fetched(self.episodes()))

    def export(self, path: str | Path) -> int:
        """See :meth:`AgentMemory.export`; the file is written here."""
        from telltale.writers.export import export

        from .client_told import Fetched

        return export(Fetched(self.episodes()), Path(path))

    def forget(
        self,
        *,
        episode_id: str | None = None,
        source: str | None = None,
        before: float | None = None,
        everything: bool = False,
    ) -> Forgotten:
        """See :meth:`AgentMemory.forget`."""
        from .client_told import forgotten

        which = {"episode_id": episode_id, "source": source, "before": before, "everything": everything}
        return forgotten(self._change("POST", "/forget", which))

    def check(self) -> list[Problem]:
        """See :meth:`AgentMemory.check`."""
        from telltale.memory.check import Problem

        return self._read("/check", list[Problem], "problems")

    def dropped_notes(self) -> int:
        """See :meth:`AgentMemory.dropped_notes`; since the server opened the memory."""
        return int(json.loads(self._connection.get("/about"))["dropped_notes"])

    def close(self) -> None:
        """See :meth:`AgentMemory.close`."""
        if self._learning:
            self._learning.exception()
        self._connection.close()

    # ---- what a run needs ------------------------------------------------------------------------------------------

    def passages(self) -> Passages:
        """See :meth:`AgentMemory.passages`: indexed here with the offline embedder, and never sent."""
        from telltale.memory.embedders import load_embedder
        from telltale.readers.passages import Passages

        return Passages(load_embedder())

    def redacted(self, turn: Turn) -> Turn:
        """See :meth:`AgentMemory.redacted`; e-mail addresses and the like stay, for what is only searched here."""
        from telltale.writers.redact import redact

        return redact(turn, self._key)

    def _asking(self, text: str, context: Context | None) -> dict[str, Any]:
        case = arguments.case_of(text, context)
        return {"text": case.text, "context": dict(case.context), **self._beside}

    def __repr__(self) -> str:
        return f"<AgentMemory {self._name!r} at {self._connection.address}>"
