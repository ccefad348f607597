"""Other memories as strategies, each driven through its own package as its documents say, with telltale's own embedder.

They run offline and tell nobody anything; what that leaves out of them, and how each is set, is in docs/peers.md. They
get the texts, ids and outcomes of past episodes and, like the plain searches, never show a known failure. Nothing of
telltale's search or guard takes part. A package that is not installed makes its strategy unavailable.
"""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import numpy as np

from telltale.memory.types import Case

from .answers import Answer, Pick
from .cases import Row
from .strategies import DEEPEST, GATHERED, SHOWN, Experience, Unavailable

EMBEDDER = "wordllama"  # what `telltale.open` takes where nothing else is asked for
EXTRA = "telltale-memory[eval-peers]"
_OF = "cases"  # the name of the peer's one collection, user or namespace
Found = Sequence[tuple[int, float]]  # the number of an episode, and its score


class Peer(ABC):
    """A memory of another package: keeps texts, and finds the nearest of them."""

    name: str
    needs: tuple[str, ...]  # modules

    def prepare(self, experience: Experience) -> None:
        """Let it remember every episode. Raises ``Unavailable`` where a package is missing."""
        missing = [module for module in self.needs if find_spec(module) is None]
        if missing:
            raise Unavailable(f"{self.name} needs {' and '.join(missing)}; run: pip install '{EXTRA}'")
        self._picks = [_pick(row, number) for number, row in enumerate(experience.rows)]
        self._keep([row["text"] for row in experience.rows], experience.folder(self.name))

    def answer(self, case: Case) -> Answer:
        """Of what it finds the first three that did not fail; a deeper look is taken off the clock."""
        start = perf_counter()
        found = self._find(case.text, GATHERED)
        seconds = perf_counter() - start
        picks, deeper = self._told(found), self._told(self._find(case.text, DEEPEST))
        known = {pick.id for pick in picks}
        ranked = tuple(pick for pick in picks if not pick.failed)
        beyond = tuple(pick for pick in deeper if pick.id not in known)
        return Answer(ranked=ranked, admitted=ranked[:SHOWN], gathered=picks + beyond, seconds=seconds)

    def _told(self, found: Found) -> tuple[Pick, ...]:
        told = [(self._picks[number], score) for number, score in found]
        return tuple(Pick(id=p.id, procedure=p.procedure, score=score, failed=p.failed) for p, score in told)

    @abstractmethod
    def _keep(self, texts: Sequence[str], folder: Path) -> None:
        """Remember the texts under their numbers."""

    @abstractmethod
    def _find(self, text: str, most: int) -> Found:
        """Its answer to ``text``, best first."""


class Chroma(Peer):
    """chromadb: a collection on disk, by cosine. It always finds something."""

    name = "chromadb"
    needs = ("chromadb",)

    def _keep(self, texts: Sequence[str], folder: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        by_cosine: Any = {"hnsw": {"space": "cosine"}}
        self._collection = client.create_collection(_OF, configuration=by_cosine, embedding_function=None)
        batch = client.get_max_batch_size()
        for start in range(0, len(texts), batch):
            part = list(texts[start : start + batch])
            ids = [str(number) for number in range(start, start + len(part))]
            self._collection.add(ids=ids, documents=part, embeddings=embedded(part))

    def _find(self, text: str, most: int) -> Found:
        most = min(most, self._collection.count())
        found = self._collection.query(query_embeddings=embedded([text]), n_results=most, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        return [(int(name), 1 - float(distance)) for name, distance in zip(found["ids"][0], distances, strict=True)]


class Mem0(Peer):
    """mem0 without a model (``infer=False``): its own score and its own threshold, under which it stays silent."""

    name = "mem0"
    needs = ("mem0", "langchain")  # langchain is mem0's door for embedders of one's own

    def _keep(self, texts: Sequence[str], folder: Path) -> None:
        offline = {"MEM0_TELEMETRY": "False", "MEM0_DIR": str(folder), "HF_HUB_OFFLINE": "1"}
        with _environment(offline):
            self._memory = _mem0()
            for number, text in enumerate(texts):
                told = [{"role": "user", "content": text}]
                self._memory.add(told, user_id=_OF, infer=False, metadata={"number": number})

    def _find(self, text: str, most: int) -> Found:
        found = self._memory.search(text, filters={"user_id": _OF}, top_k=most)["results"]
        return [(int(one["metadata"]["number"]), float(one["score"])) for one in found]


def _mem0() -> Any:
    """A memory of mem0 in this process; its model is named, as it must be, and never asked."""
    from mem0 import Memory
    from qdrant_client import QdrantClient

    logging.getLogger("mem0").setLevel(logging.ERROR)  # it warns of the parts that docs/peers.md says are left out
    store = {"client": QdrantClient(":memory:"), "collection_name": _OF, "embedding_model_dims": _embedder().dimension}
    return Memory.from_config(
        {
            "embedder": {"provider": "langchain", "config": {"model": _for_langchain()}},
            "vector_store": {"provider": "qdrant", "config": store},
            "llm": {"provider": "openai", "config": {"api_key": "never used"}},
            "history_db_path": ":memory:",
        }
    )


class LangGraph(Peer):
    """LangGraph's store in this process, with an index, which langmem's tools search. It always finds something."""

    name = "langgraph"
    needs = ("langgraph", "langchain_core")

    def _keep(self, texts: Sequence[str], folder: Path) -> None:  # noqa: ARG002 - it keeps nothing on disk
        from langgraph.store.memory import InMemoryStore

        index: Any = {"embed": _for_langchain(), "dims": _embedder().dimension, "fields": ["text"]}
        self._store = InMemoryStore(index=index)
        for number, text in enumerate(texts):  # one by one: a batch that holds a text twice is refused
            self._store.put((_OF,), str(number), {"text": text})

    def _find(self, text: str, most: int) -> Found:
        found = self._store.search((_OF,), query=text, limit=most)
        return [(int(one.key), float(np.nan_to_num(one.score or 0))) for one in found]  # no direction: no likeness


PEERS: Mapping[str, type[Peer]] = {peer.name: peer for peer in (Chroma, Mem0, LangGraph)}


def embedded(texts: Sequence[str]) -> Any:
    """The vectors that telltale's offline embedder gives, ``(n, 256)`` unit rows, through the door that any has."""
    return _embedder().embed(texts)


@cache
def _embedder() -> Any:
    (found,) = entry_points(group="telltale.embedders", name=EMBEDDER)
    return found.load()()


def _for_langchain() -> Any:
    """The embedder in LangChain's form."""
    from langchain_core.embeddings import Embeddings

    embedder = _embedder()

    class Ours(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return cast("list[list[float]]", embedder.embed(texts).tolist())

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return Ours()


def _pick(row: Row, number: int) -> Pick:
    failed = row.get("success") is False
    return Pick(id=row.get("id") or str(number), procedure=row.get("plan") or "", score=0.0, failed=failed)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """These variables, for packages that read their settings from them alone."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
