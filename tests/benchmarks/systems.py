"""The memories that are measured beside each other, each in a folder of its own: one protocol, telltale and LanceDB.

Embedding with telltale's offline embedder is on the clock for all of them.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from telltale.memory.embedders import load_embedder

SHOWN = 3  # memories that each is asked for, as many as a recall admits
GATHERED = 50  # what a recall's own searches gather
INDEXED_FROM = 10_000  # rows: as telltale, a bare table gets its vector index here
Row = Mapping[str, Any]


class System(ABC):
    """One memory, open in a folder. Leaving it closes it."""

    name: str
    needs: tuple[str, ...] = ()  # modules
    kept: str = ""  # the name of what is in its folder, where another system reads the same
    most: int | None = None  # rows

    @abstractmethod
    def __init__(self, folder: Path) -> None:
        """Open what is in ``folder``; nothing is there yet the first time."""

    @abstractmethod
    def fill(self, rows: Sequence[Row], vectors: Any) -> None:
        """Take many rows in, off the clock, in the quickest way there is."""

    def settle(self) -> None:  # noqa: B027 - most have nothing to do
        """Put in order what was taken in."""

    @abstractmethod
    def remember(self, rows: Sequence[Row]) -> None:
        """Take rows in as a user would; they are kept when this returns."""

    @abstractmethod
    def find(self, row: Row) -> int:
        """Ask about the row's case; gives the number of memories that came back."""

    def close(self) -> None:  # noqa: B027 - some hold nothing
        """Let go of the folder."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Nothing(System):
    """Embedding alone: what all others have in common."""

    name = "embedding alone"

    def __init__(self, folder: Path) -> None:
        """Nothing is kept."""

    def fill(self, rows: Sequence[Row], vectors: Any) -> None:
        """Nothing is kept."""

    def remember(self, rows: Sequence[Row]) -> None:
        load_embedder().embed([row["text"] for row in rows])

    def find(self, row: Row) -> int:
        return len(load_embedder().embed([row["text"]]))


class Telltale(System):
    """A whole recall: searches, guard and rendering."""

    name = "telltale"

    def __init__(self, folder: Path) -> None:
        import telltale

        self.memory = telltale.open(folder)

    def fill(self, rows: Sequence[Row], vectors: Any) -> None:  # noqa: ARG002 - ingesting embeds
        with TemporaryDirectory() as folder:
            cases = Path(folder, "cases.jsonl")
            cases.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            assert self.memory.ingest([cases]).rejected == 0

    def settle(self) -> None:
        self.memory.learn()

    def remember(self, rows: Sequence[Row]) -> None:
        self.memory.remember([_episode(row) for row in rows])

    def find(self, row: Row) -> int:
        return len(self.memory.recall(row["text"], row["context"], k=SHOWN).verdicts)

    def close(self) -> None:
        self.memory.close()


class LanceDB(System):
    """A bare table of id, text and vector with a text index, asked for the nearest vectors."""

    name = "LanceDB"
    kept = "bare table"

    def __init__(self, folder: Path) -> None:
        import lancedb
        import pyarrow as pa
        from lancedb.index import FTS

        vector = pa.list_(pa.float32(), load_embedder().dimension)
        fields = pa.schema({"id": pa.string(), "text": pa.string(), "vector": vector})
        database = lancedb.connect(folder)
        if (folder / "memories.lance").exists():
            self.table = database.open_table("memories")
        else:
            self.table = database.create_table("memories", schema=fields)
            self.table.create_index("text", config=FTS(with_position=False, remove_stop_words=True, stem=True))
        self._indexed = any(index.columns == ["vector"] for index in self.table.list_indices())

    def fill(self, rows: Sequence[Row], vectors: Any) -> None:
        self._add(rows, vectors)

    def settle(self) -> None:
        from lancedb.index import IvfRq

        self.table.optimize()
        if self.table.count_rows() >= INDEXED_FROM:
            self.table.create_index("vector", config=IvfRq(distance_type="dot", num_bits=5))

    def remember(self, rows: Sequence[Row]) -> None:
        self._add(rows, load_embedder().embed([row["text"] for row in rows]))

    def find(self, row: Row) -> int:
        builder: Any = self.table.search(load_embedder().embed([row["text"]])[0])
        nearest = builder.distance_type("dot").limit(SHOWN)
        if self._indexed:
            nearest = nearest.refine_factor(2)
        return len(nearest.to_list())

    def _add(self, rows: Sequence[Row], vectors: Any) -> None:
        import pyarrow as pa

        ids, texts = [row["id"] for row in rows], [row["text"] for row in rows]
        packed = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
        self.table.add(pa.Table.from_arrays([pa.array(ids), pa.array(texts), packed], schema=self.table.schema))


class Hybrid(LanceDB):
    """The same table, asked by text and vector for as many as a recall gathers, fused by LanceDB."""

    name = "LanceDB hybrid"

    def find(self, row: Row) -> int:
        from lancedb.rerankers import RRFReranker

        builder: Any = self.table.search(query_type="hybrid")
        builder = builder.vector(load_embedder().embed([row["text"]])[0]).text(row["text"]).distance_type("dot")
        return len(builder.select(["id", "text"]).limit(GATHERED).rerank(RRFReranker()).to_list())


def _episode(row: Row) -> Any:
    from telltale.memory.types import Episode, Outcome, Step

    return Episode(
        text=row["text"],
        context=row["context"],
        steps=tuple(Step(tool=step) for step in row["steps"]),
        outcome=Outcome.SUCCESS if row["success"] else Outcome.FAILURE,
        said_by="dataset",
        label=row["plan"],
        trace_id=row["id"],
    )
