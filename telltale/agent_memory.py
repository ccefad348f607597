"""The memory as a program uses it: one object for a tenant, one method for a verb.

Composes the rooms and decides nothing itself: what is taken in is the writers' business, what may be shown is the
readers'. Libraries that take time to load are loaded by the method that first needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from telltale.memory.types import Candidate, Case, Context, Episode, LookAlike, Outcome

from . import arguments
from .granting import Around, GrantMethods
from .options import IngestOptions
from .runs import RunMethods
from .skill_methods import SkillMethods

if TYPE_CHECKING:  # these load numpy
    from concurrent.futures import Future

    import polars as pl

    from telltale.memory.check import Problem
    from telltale.memory.embedders import Embedder
    from telltale.memory.forget import Forgotten
    from telltale.memory.tenants import TenantStore
    from telltale.memory.types import Reason, Recall, Verdict
    from telltale.readers.answer import Answer
    from telltale.readers.judge import Judge
    from telltale.writers.ingest import IngestSummary

    from .learning import Learned

DEFAULT_RISK = 0.05
SEARCHES = ("dense", "lexical", "hybrid", "all")
KINDS = ("both", "episodes", "skills")


def open(  # noqa: A001 - read as telltale.open(...)
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
) -> AgentMemory:
    """The memory of ``tenant`` in the store at ``address``, made when it is not there yet; or the one at a server.

    Args:
        address: a folder, a bucket (``s3://...``, ``gs://...``, ``az://...``), a server (``http://host:8700``), or
            LanceDB Cloud or Enterprise (``db://...``).
        tenant: one separate memory in the store: an agent, a user, a workspace.
        embedder: a name such as ``"fastembed:BAAI/bge-small-en-v1.5"``, or an object with ``name``, ``dimension`` and
            ``embed``. Chosen once, when the tenant is made; ``None`` is the tenant's own, or for a new one the offline
            default.
        library: another tenant of the store that is searched beside this one and never written to, where its
            :meth:`AgentMemory.grant` allows that; what is out of it says so: ``verdict.candidate.library``.
        read_only: nothing is written, not even that a recall took place.
        create: make the store and the tenant where they are missing; ``False`` raises instead.
        judge: who is asked about candidates near the bar: a model such as ``"openai/gpt-4o-mini"``, a
            :class:`ModelJudge` for a server of one's own or other bounds, or any :class:`Judge`. ``None`` asks nobody.
        api_key: of a server, which names the tenant by itself; ``None`` takes it from ``TELLTALE_API_KEY``. Of
            ``db://``: ``None`` takes it from ``LANCEDB_API_KEY``.
        storage_options: LanceDB's for a bucket, such as ``{"aws_access_key_id": ..., "region": ...}``, or for ``db://``
            ``{"region": ..., "host_override": ...}``. They win over the environment, and are never written anywhere.

    Raises:
        StoreMissing: nothing is there, and ``read_only`` or ``create=False`` forbids making it.
        BadTenantName, EmbedderMismatch, SchemaTooNew, StoreIO, NotAllowed: as their names say.
        UsageError: an address or option that this version does not support.
    """
    from .opening import at_server, in_store

    if arguments.is_server(address):
        given = {"embedder": embedder, "judge": judge, "storage_options": storage_options}
        return at_server(str(address), tenant, api_key=api_key, read_only=read_only, library=library, given=given)
    how: dict[str, Any] = {"read_only": read_only, "create": create, "library": library}
    how |= {"storage_options": storage_options, "api_key": api_key}
    return in_store(str(address), tenant, embedder, judge=arguments.judge_of(judge), **how)


class AgentMemory(SkillMethods, RunMethods, GrantMethods):
    """One tenant's experience: take traces in, ask what of it may be followed. Made by :func:`open`.

    A context manager: leaving it closes the store and writes out the recalls noted so far.
    """

    def __init__(self, store: Around, tenant: TenantStore, judge: Judge | None = None, *, beside: Any = None) -> None:
        self._store = store
        self._tenant = tenant
        self._searched = beside or tenant  # what is read: with a library, both
        self._judge = judge
        self._learning: Future[Learned] | None = None

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
        """The ids of the episodes that ``trace`` holds, on disk when this returns. The same trace again adds nothing.

        Args:
            trace: a list of messages, a record in any known format, an :class:`Episode`, or a list of episodes.
            outcome: how it ended, said by the caller; it goes before what the trace says.
            score: how well, in [0, 1].
            context: what else was known when the task came in.
            procedure: the name of the way of handling, where the caller has one.
            source: where it came from; ``forget(source=...)`` takes everything from there away.
            trace_id: the caller's own id of the trace; the same id again updates instead of adding.
            said_by: whose word ``outcome`` is; one that begins with ``"signal:"`` is a guess, and stays unverified.

        Raises:
            RecordError: the trace cannot be taken; ``code`` and ``reason`` say why.
        """
        from telltale.writers.ingest import remember

        return remember(
            trace,
            self._tenant,
            outcome=outcome,
            score=score,
            context=arguments.context_of(context),
            procedure=procedure,
            source=source,
            trace_id=trace_id,
            said_by=said_by,
        )

    def ingest(self, paths: str | Path | Sequence[str | Path], **options: Unpack[IngestOptions]) -> IngestSummary:
        """What became of the traces in ``paths``. Doing it again adds nothing.

        Args:
            paths: files (plain, gzip or zstd), folders read whole, patterns, ``-`` for standard input, and addresses
                of object stores (``s3://``, ``gs://``, ``az://``, and what fsspec knows).
            options: explained in :class:`telltale.options.IngestOptions`.
        """
        from telltale.writers.ingest import ingest

        return ingest(paths, self._tenant, **options)

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
        """What may be followed for this case, skills and past episodes, and the near misses with what gave each away.

        Args:
            text: the task, as the agent was given it.
            context: what else is known, as names and values.
            k: at most so many are admitted.
            risk: the share of answers that may mislead, in (0, 1).
            budget: the most tokens of ``.text``.
            strict: abstain until ``risk`` is certified on this memory, instead of trusting the prior.
            count_tokens: the caller's own tokenizer; ``None`` is the default embedder's.
            kinds: ``"both"`` (an active skill with an example, else episodes), ``"episodes"`` or ``"skills"`` alone.

        Raises:
            BadArgument: an argument outside its range.
        """
        from telltale.memory.budget import count_tokens as default_count
        from telltale.readers.recall import recall
        from telltale.readers.serving import load_guard

        return recall(
            self._case(text, context),
            self._searched,
            k=arguments.count("k", k, most=arguments.MOST_RESULTS),
            risk=arguments.risk_of(risk),
            budget=arguments.count("budget", budget),
            strict=strict,
            count_tokens=count_tokens or default_count,
            guard=load_guard(self._searched),
            judge=self._judge,
            kinds=arguments.one_of("kinds", kinds, KINDS),
        )

    def why(self, found: Recall, verdict: Verdict | str) -> tuple[Reason, ...]:
        """The three strongest reasons for a verdict of ``found``: what in the case moves it, and what past cases say.

        Each is one change of the case; ``move`` is what that does to the guard's log-odds, a judge's word left aside.
        Empty where nothing moves them that past cases tell of. Raises BadArgument where ``verdict``, or a candidate's
        id, is not among ``found.verdicts``, or is no longer judged.
        """
        from telltale.readers.serving import load_guard
        from telltale.readers.why import why_of

        return why_of(found, arguments.judged(found, verdict), self._searched, load_guard(self._searched))

    def candidates(
        self, text: str, context: Context | None = None, *, by: str = "hybrid", k: int = 50
    ) -> list[Candidate]:
        """What search alone finds, nearest first, **unguarded**: for baselines and debugging, not for prompts.

        Args:
            by: ``"dense"``, ``"lexical"``, ``"hybrid"`` (both, fused by rank) or ``"all"`` (what recall judges).
        """
        from telltale.readers.gather import candidates
        from telltale.readers.serving import load_guard

        return candidates(
            self._case(text, context),
            self._searched,
            by=arguments.one_of("by", by, SEARCHES),
            k=arguments.count("k", k, most=arguments.MOST_RESULTS),
            guard=load_guard(self._searched),
        )

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
        """Say what became of a recall; on disk when this returns.

        What misled is not admitted again for that case; mistakes raise the bar for all cases and help lowers it, so
        that the risk asked for holds in the long run; the next :meth:`learn` takes the words in.

        Args:
            recall: the recall's ``id`` (for 30 days, of the latest 200,000), or its ``receipt()``, anywhere and always.
            outcome: how the run ended.
            used, helped, misled: ids of memories that were followed, that were right, that led astray.

        Raises:
            BadArgument: the recall is not known here, or ``outcome`` is none of the words for one.
        """
        from telltale.readers.answer import what_was_shown
        from telltale.writers.redact import redact, redacts_people

        told = what_was_shown(recall, self._tenant)
        said = {
            "recall": told.get("id", told.get("recall")),
            "text": told["text"],
            "context": told["context"],
            "admitted": told["admitted"],
            "risk": told.get("risk"),
            "threshold": told.get("threshold"),
            "outcome": None if outcome is None else arguments.one_of("outcome", outcome, tuple(Outcome)),
            "used": arguments.ids("used", used),
            "helped": arguments.ids("helped", helped),
            "misled": arguments.ids("misled", misled),
            "note": redact(note or "", self._tenant.key, pii=redacts_people(self._tenant)),
        }
        self._tenant.add_feedback(said)
        if said["helped"] or said["misled"]:
            from .shelving import hear

            hear(self._tenant, [*said["helped"], *said["misled"]])

    # ---- making sense of it ----------------------------------------------------------------------------------------

    def learn(self) -> Learned:
        """What the memory now knows: procedures grouped, look-alikes found, the guard fitted anew to all episodes.

        Takes seconds. Until it has run, and for what came since, the guard that is there answers: at first the prior.
        """
        from .learning import learn

        return learn(self._tenant)

    def learn_in_background(self) -> Future[Learned]:
        """:meth:`learn` in a process of its own, so that recalls keep their pace; returns at once.

        Until it is done, recalls are answered by the guard that is there, whole. ``.result()`` waits for what was
        learned, and raises what :meth:`learn` would; asked again before that, it is the same. :meth:`close` waits too.
        """
        from .learning import learn_apart

        if self._learning is None or self._learning.done():
            self._learning = learn_apart(self._tenant, self._store.address)
        return self._learning

    def is_stale(self) -> bool:
        """Whether the memory has grown by a fifth since the last :meth:`learn`, so that another would help."""
        from telltale.readers.serving import is_stale

        return is_stale(self._tenant)

    @staticmethod
    def fit_prior(groups: Sequence[Sequence[AgentMemory]]) -> dict[str, Any]:
        """The guard that memories teach together, as JSON: what telltale ships. Those of one group are of one kind."""
        from telltale.readers.serving import fit_prior

        return fit_prior([[memory._tenant for memory in group] for group in groups])  # noqa: SLF001 - its own class

    def use_prior(self, prior: Mapping[str, Any]) -> None:
        """Let this memory start from what :meth:`fit_prior` gave instead of from what telltale ships; kept with it.

        A guard that was fitted before serves on until the next :meth:`learn`. Raises BadArgument where ``prior`` is
        something else, or was fitted by a telltale that weighed other evidence.
        """
        from telltale.readers.serving import use_prior

        use_prior(self._tenant, prior)

    def look_alikes(self) -> list[LookAlike]:
        """Pairs of alike episodes that were handled differently, most alike first, as :meth:`learn` found them."""
        return self._tenant.look_alikes()

    # ---- looking after it ------------------------------------------------------------------------------------------

    def episodes(self) -> Iterator[Episode]:
        """Every episode, by id."""
        return self._tenant.episodes()

    def episodes_frame(self) -> pl.LazyFrame:
        """Every episode as a lazy polars frame, sorted by ids that are the same in every memory of the same runs."""
        from telltale.writers.export import episodes_frame

        return episodes_frame(self._tenant)

    def export(self, path: str | Path) -> int:
        """Write every episode to a ``.jsonl``, ``.parquet``, ``.csv`` or ``.arrow`` file; how many that were.

        The JSON lines can be ingested again, here or elsewhere.
        """
        from telltale.writers.export import export

        return export(self._tenant, Path(path))

    def forget(
        self,
        *,
        episode_id: str | None = None,
        source: str | None = None,
        before: float | None = None,
        everything: bool = False,
    ) -> Forgotten:
        """The ids of what was taken away, down to the bytes: one episode, all of a source, all before a time, or all.

        Exactly one of the four is given; ``before`` is in seconds since the epoch. What came of the episodes goes with
        them, and what other evidence bears is made anew without them: the result's ``told()`` says what.
        """
        from .forgetting import forget

        return forget(self._tenant, episode_id=episode_id, source=source, before=before, everything=everything)

    def check(self) -> list[Problem]:
        """What is wrong with the stored bytes, worst first; empty when all is well."""
        return self._tenant.check()

    def dropped_notes(self) -> int:
        """How many notes of recalls could not be written since this was opened; feedback on those needs a receipt."""
        return self._tenant.dropped_notes

    def close(self) -> None:
        """Write out what is buffered and let go of the store. Closing again does nothing."""
        if self._learning:
            self._learning.exception()  # waits; what went wrong is for who asks for the result
        self._store.close()

    def _case(self, text: str, context: Context | None) -> Case:
        """The case as it may be written down: without the secrets that people paste into tasks."""
        from telltale.writers.redact import redact, redacts_people

        return redact(arguments.case_of(text, context), self._tenant.key, pii=redacts_people(self._tenant))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<AgentMemory {self._tenant.name!r}>"
