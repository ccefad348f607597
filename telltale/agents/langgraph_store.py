"""LangGraph's store over a memory: what is put are runs, and a search is a guarded recall.

    store = ExperienceStore(memory)
    graph.compile(store=store)

A store holds anything and finds what is alike; this one holds runs and finds what may be followed. A namespace is the
``source`` of a run and a key its own id there. What has no meaning for a memory of runs is refused in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
)
from langgraph.store.base import validate_op_namespace as validate

from telltale import AgentMemory
from telltale.jsonable import jsonable
from telltale.memory.clean import cleaned
from telltale.memory.errors import BadArgument, UsageError
from telltale.memory.types import Episode, Verdict
from telltale.threads import in_thread

Namespace = tuple[str, ...]
MOST = 100  # admitted, before those of other namespaces are left out
LONGEST = 600  # characters of each text of a past run


class ExperienceStore(BaseStore):
    """A memory behind LangGraph's interface, for ``compile(store=...)`` and ``InjectedStore``.

    ``put``: a run, as ``{"messages": [...]}`` and what else is known of it (``outcome``, ``score``, ``context``), or an
    episode in telltale's own words. The same key again brings it up to date.
    ``get``: its episodes, under ``"episodes"``; ``None`` where the key holds none. It looks through all of the memory.
    ``delete``: forgets them, down to the bytes.
    ``search``: takes a ``query``, the task at hand; gives the past runs that may be followed for it, best first, with
    what differs. Empty where nothing applies. ``score`` is the probability that following it is right.
    ``list_namespaces``: of all runs that have a source.

    Raises UsageError for a search without a query or with a filter, for a ``ttl`` and for an ``index``, BadArgument for
    a value that is no run, and what :meth:`AgentMemory.remember` raises.
    """

    __slots__ = ("_memory", "_options")

    def __init__(self, memory: AgentMemory, **recall: Any) -> None:
        self._memory = memory
        self._options = {**recall, "kinds": "episodes"}

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Each operation's result, in order."""
        return [self._done(op) for op in ops]

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """See :meth:`batch`; in a worker thread."""
        return await in_thread(self.batch, list(ops))

    def _done(self, op: Op) -> Result:
        validate(op)
        match op:
            case PutOp():
                self._put(op)
                return None
            case GetOp():
                return self._get(op)
            case SearchOp():
                return self._search(op)
            case ListNamespacesOp():
                return self._namespaces(op)
        raise UsageError(f"{type(op).__name__} is no operation that this store knows")

    # ---- runs that are put and got --------------------------------------------------------------------------------

    def _put(self, op: PutOp) -> None:
        if op.ttl is not None:
            raise UsageError("ttl= is not supported: take old runs away with memory.forget(before=...)")
        if op.index is not None:
            raise UsageError("index= is not supported: every run can be recalled; leave it out")
        if op.value is None:
            for episode in list(self._held(op.namespace, op.key)):
                self._memory.forget(episode_id=episode.id)
            return
        if not {"messages", "text", "episodes"} & op.value.keys():
            raise BadArgument(
                f"the value has {', '.join(map(repr, op.value)) or 'nothing'}, and this store holds runs: give "
                '{"messages": [...]} with what else is known of the run, or an episode; keep facts in another store'
            )
        source = _source(op.namespace)
        self._memory.remember(dict(op.value), source=source, trace_id=_trace_id(source, op.key))

    def _get(self, op: GetOp) -> Item | None:
        held = sorted(self._held(op.namespace, op.key), key=lambda episode: episode.task_index)
        if not held:
            return None
        moment = _moment(held[0])
        return Item(
            value={"episodes": [jsonable(episode) for episode in held]},
            key=op.key,
            namespace=op.namespace,
            created_at=moment,
            updated_at=moment,
        )

    def _held(self, namespace: Namespace, key: str) -> Iterator[Episode]:
        source = _source(namespace)
        wanted = _trace_id(source, key)
        within = (one for one in self._memory.episodes() if one.source == source)
        return (one for one in within if wanted == one.trace_id or key == one.id)

    # ---- what may be followed -------------------------------------------------------------------------------------

    def _search(self, op: SearchOp) -> list[SearchItem]:
        if not op.query:
            raise UsageError("a search needs a query, the task at hand: what may be followed depends on it")
        if op.filter:
            raise UsageError("filter= is not supported: say in the query what the task is about")
        last = op.offset + op.limit
        k = MOST if op.namespace_prefix else min(last, MOST)
        found = self._memory.recall(op.query, k=k, **self._options)
        within = [
            _item(verdict, found.episodes[verdict.candidate.id], found.id)
            for verdict in found.admitted
            if verdict.candidate.id in found.episodes
        ]
        prefix = op.namespace_prefix
        return [item for item in within if item.namespace[: len(prefix)] == prefix][op.offset : last]

    def _namespaces(self, op: ListNamespacesOp) -> list[Namespace]:
        every = {_namespace(episode.source) for episode in self._memory.episodes()} - {()}
        matching = (one for one in every if all(_matches(one, condition) for condition in op.match_conditions or ()))
        return sorted({one[: op.max_depth] for one in matching})[op.offset : op.offset + op.limit]


def _item(verdict: Verdict, episode: Episode, recall: str) -> SearchItem:
    moment = _moment(episode)
    differs = [
        {"kind": one.kind, "here": one.case_value, "there": one.candidate_value, "evidence": one.evidence}
        for one in verdict.differences
    ]
    return SearchItem(
        namespace=_namespace(episode.source),
        key=_key(episode),
        value={
            "episodes": [cleaned(jsonable(episode), LONGEST)],
            "decision": verdict.decision.value,
            "differs": cleaned(differs, LONGEST),
            "recall": recall,
        },
        created_at=moment,
        updated_at=moment,
        score=verdict.probability,
    )


def _matches(namespace: Namespace, condition: MatchCondition) -> bool:
    path = condition.path
    part = namespace[: len(path)] if condition.match_type == "prefix" else namespace[-len(path) :] if path else ()
    return len(part) == len(path) and all(wanted in {"*", label} for wanted, label in zip(path, part, strict=True))


# ---- names: a source is a namespace's labels, joined; a trace id is the source and the key --------------------------


def _source(namespace: Sequence[str]) -> str:
    return "/".join(quote(label, safe="") for label in namespace)


def _namespace(source: str) -> Namespace:
    return tuple(unquote(label) for label in source.split("/") if label)


def _trace_id(source: str, key: str) -> str:
    return f"{source}/{quote(key, safe='')}"


def _key(episode: Episode) -> str:
    """The key under which it was put; of a run that came another way, its id."""
    own = episode.trace_id.removeprefix(f"{episode.source}/")
    return unquote(own) if own and own != episode.trace_id else episode.id


def _moment(episode: Episode) -> datetime:
    return datetime.fromtimestamp(episode.time or 0, UTC)
