"""A whole recall beside LanceDB's own hybrid query over the same rows, one after the other in the same run.

Ours: embedding, gathering, guard and rendering, k=3. Theirs: the synchronous builder with RRF, limit 50, ids and
scores, the same tenant filter, the vector given. The ratio of the medians is reported, never asserted.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

import telltale
from telltale.memory.embedders import load_embedder

from .stores import Stores
from .systems import Telltale

Rows = Callable[..., Iterator[dict[str, Any]]]

QUERIES = 60
WARM_UP = 6


@pytest.mark.parametrize(
    ("size", "aim"),
    [(1_000, 0.7), (10_000, 1.5), pytest.param(100_000, 1.5, marks=pytest.mark.long)],
    ids=["1,000", "10,000", "100,000"],
)
def test_recall_is_held_against_lancedbs_hybrid_query(
    benchmark: Any, stores: Stores, made_up_rows: Rows, size: int, aim: float
) -> None:
    if not benchmark.enabled:
        if size > 1_000:
            pytest.skip("a benchmark of this size runs with `make bench`")
        size = 100  # that it works; how fast it is, `make bench` says
    folder = stores.folder(Telltale, size)
    with telltale.open(folder) as memory:
        hybrid = hybrid_query(folder)
        theirs, asked = [], itertools.cycle(made_up_rows(QUERIES, seed=7))

        def query() -> tuple[tuple[Any, ...], dict[str, Any]]:
            row = next(asked)
            seconds, found = hybrid(row["text"])
            theirs.append(seconds)
            assert found == 50
            return (row["text"],), {"context": row["context"], "k": 3}

        found = benchmark.pedantic(memory.recall, setup=query, rounds=QUERIES, warmup_rounds=WARM_UP)
        assert found.verdicts
    if benchmark.enabled:
        beside = statistics.median(theirs[WARM_UP:])
        ratio = benchmark.stats.stats.median / beside
        benchmark.extra_info |= {
            "beside": "LanceDB hybrid",
            "beside_p50_ms": beside * 1000,
            "said": f"ratio {ratio:.2f}",
            "aim": f"at most {aim}",
        }


def hybrid_query(store: Path) -> Callable[[str], tuple[float, int]]:
    """LanceDB's own way to ask the same table: gives seconds, without the embedding, and the number of rows."""
    import lancedb
    from lancedb.expr import col, lit
    from lancedb.rerankers import RRFReranker

    (folder,) = store.glob("**/memories.lance")
    table = lancedb.connect(folder.parent).open_table("memories")
    tenant = table.search().select(["tenant"]).limit(1).to_list()[0]["tenant"]
    embedder, reranker = load_embedder(None), RRFReranker()

    def ask(text: str) -> tuple[float, int]:
        vector = embedder.embed([text])[0]
        start = perf_counter()
        builder: Any = table.search(query_type="hybrid")
        builder = builder.vector(vector).text(text).distance_type("dot")
        found = builder.where(col("tenant") == lit(tenant)).select(["id"]).limit(50).rerank(reranker).to_arrow()
        return perf_counter() - start, len(found)

    return ask
