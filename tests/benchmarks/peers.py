"""Other memories, each driven through its own package as its documents say, in a folder, with telltale's embedder."""

from __future__ import annotations

import hashlib
import logging
import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telltale.memory.embedders import load_embedder

from .systems import SHOWN, Row, System

AT_ONCE = 1_000  # rows of one insertion


class Chroma(System):
    """chromadb: a collection of ``PersistentClient``, by cosine."""

    name = "chromadb"
    needs = ("chromadb",)

    def __init__(self, folder: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        self._client: Any = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        by_cosine: Any = {"hnsw": {"space": "cosine"}}
        self._collection = self._client.get_or_create_collection(
            "memories", configuration=by_cosine, embedding_function=None
        )

    def fill(self, rows: Sequence[Row], vectors: Any) -> None:
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            ids, texts = [row["id"] for row in part], [row["text"] for row in part]
            self._collection.add(ids=ids, documents=texts, embeddings=vectors[start : start + AT_ONCE])

    def remember(self, rows: Sequence[Row]) -> None:
        self.fill(rows, load_embedder().embed([row["text"] for row in rows]))

    def find(self, row: Row) -> int:
        vector: Any = load_embedder().embed([row["text"]])
        return len(self._collection.query(query_embeddings=vector, n_results=SHOWN)["ids"][0])

    def close(self) -> None:
        self._client.close()


class Mem0(System):
    """mem0 without a model (``infer=False``), with Qdrant in this process, which keeps its points in the folder."""

    name = "mem0"
    needs = ("mem0", "langchain")  # langchain is mem0's door for embedders of one's own
    most = 20_000  # what Qdrant within a process says itself that it is for

    def __init__(self, folder: Path) -> None:
        os.environ |= {"MEM0_TELEMETRY": "False", "MEM0_DIR": str(folder), "HF_HUB_OFFLINE": "1"}
        from mem0 import Memory

        logging.getLogger("mem0").setLevel(logging.ERROR)  # it warns of the parts that docs/peers.md says are left out
        store = {"path": str(folder / "qdrant"), "on_disk": True, "embedding_model_dims": load_embedder().dimension}
        self._memory = Memory.from_config(
            {
                "embedder": {"provider": "langchain", "config": {"model": _for_langchain()}},
                "vector_store": {"provider": "qdrant", "config": store},
                "llm": {"provider": "openai", "config": {"api_key": "never used"}},
                "history_db_path": str(folder / "history.db"),
            }
        )

    def fill(self, rows: Sequence[Row], vectors: Any) -> None:
        """Points as ``Memory.add`` makes them, through mem0's own vector store: one by one would take hours."""
        now = datetime.now(UTC).isoformat()
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            self._memory.vector_store.insert(
                vectors=vectors[start : start + AT_ONCE].tolist(),
                ids=[str(uuid.uuid4()) for _ in part],
                payloads=[_payload(row["text"], now) for row in part],
            )

    def remember(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._memory.add([{"role": "user", "content": row["text"]}], user_id="user", infer=False)

    def find(self, row: Row) -> int:
        return len(self._memory.search(row["text"], filters={"user_id": "user"}, top_k=SHOWN)["results"])

    def close(self) -> None:
        self._memory.vector_store.client.close()
        self._memory.close()


def _payload(text: str, now: str) -> dict[str, Any]:
    told = {"data": text, "text_lemmatized": text, "hash": hashlib.md5(text.encode()).hexdigest()}
    return {**told, "user_id": "user", "role": "user", "created_at": now, "updated_at": now}


def _for_langchain() -> Any:
    from langchain_core.embeddings import Embeddings

    class Ours(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = load_embedder().embed(texts).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return Ours()
