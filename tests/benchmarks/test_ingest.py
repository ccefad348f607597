"""Taking in, beside a bare loop that parses, embeds and adds, and neither checks, redacts, signs nor deduplicates."""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import orjson
import pytest

from telltale.memory import schema
from telltale.memory.embedders import embed_texts, load_embedder
from telltale.memory.lance import connect
from telltale.memory.store import Store
from telltale.memory.table import Table
from telltale.writers.ingest import ingest

AT_ONCE = 1000
Task = Callable[[Any], str]


def tau_sized(count: int) -> Iterator[dict[str, Any]]:
    """Conversations of about 30 kB in OpenAI's form: a policy, ten calls with results, and what is said between."""
    policy = "Look up the order before you change it. " * 60
    for number in range(count):
        said: list[dict[str, Any]] = [{"role": "system", "content": policy}]
        for turn in range(10):
            name, arguments = f"get_details_{turn % 4}", json.dumps({"order_id": f"#W{number:05}{turn}"})
            items = [{"name": "desk lamp", "item_id": str(10**9 + 97 * n), "price": n / 7} for n in range(30)]
            result = json.dumps({"order_id": f"#W{number:05}{turn}", "status": "pending", "items": items})
            call = {"id": f"c{turn}", "type": "function", "function": {"name": name, "arguments": arguments}}
            said += [
                {
                    "role": "user",
                    "content": f"Please refund item {turn} of order #W{number:05}, it arrived broken. " * 2,
                },
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": f"c{turn}", "content": result},
                {"role": "assistant", "content": "I have looked it up; shall I go on with the refund? " * 3},
            ]
        yield {"id": f"run-{number}", "messages": said, "outcome": "success"}


def bare(file: Path, folder: Path, task: Task) -> None:
    """``orjson.loads``, the embedding of the same text, and ``add`` in batches, with the same indexes and flushes."""
    import pyarrow as pa

    embedder = load_embedder()
    vector = pa.list_(pa.float32(), embedder.dimension)
    columns = {"id": pa.string(), "tenant": pa.string(), "kind": pa.string(), "text": pa.string(), "body": pa.binary()}
    fields = pa.schema([*(pa.field(n, t, nullable=n != "id") for n, t in columns.items()), pa.field("vector", vector)])
    folder.mkdir()
    opened = connect(str(folder))
    table = Table(
        "memories", connection=lambda: opened, folder=folder, schema=lambda: fields, indexes=schema.memories_indexes
    )
    numbers = itertools.count()
    with file.open("rb") as lines:
        while part := list(itertools.islice(lines, AT_ONCE)):
            texts = [task(orjson.loads(line)) for line in part]
            rows = np.concatenate([embed_texts(embedder, texts[at : at + 256]) for at in range(0, len(texts), 256)])
            plain = [[str(next(numbers)) for _ in part], ["t"] * len(part), ["episode"] * len(part), texts, part]
            vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), embedder.dimension)
            arrays = [pa.array(values, type=kind) for values, kind in zip(plain, columns.values(), strict=True)]
            table.append(pa.Table.from_arrays([*arrays, vectors], schema=fields))


@pytest.mark.parametrize(
    ("count", "rows", "task", "aim"),
    [
        (600, "tau_sized", lambda row: row["messages"][1]["content"], 1 / 3),
        (6000, "cases", lambda row: row["text"], 1 / 2),
    ],
    ids=["traces of 30 kB", "cases"],
)
def test_taking_in_is_held_against_a_bare_loop(
    benchmark: Any, tmp_path: Path, made_up_rows: Any, *, count: int, rows: str, task: Task, aim: float
) -> None:
    if not benchmark.enabled:
        count //= 20
    file, folders = tmp_path / "runs.jsonl", map(str, itertools.count())
    values = tau_sized(count) if rows == "tau_sized" else made_up_rows(count, seed=0)
    file.write_bytes(b"".join(orjson.dumps(value) + b"\n" for value in values))
    load_embedder().embed(["warm"])
    seconds: list[float] = []

    def beside() -> tuple[Any, dict[str, Any]]:
        start = perf_counter()
        bare(file, tmp_path / f"bare-{next(folders)}", task)
        seconds.append(perf_counter() - start)
        return (file, Store.open(tmp_path / f"store-{next(folders)}").tenant()), {}

    summary = benchmark.pedantic(ingest, setup=beside, rounds=5 if benchmark.enabled else 1)
    assert summary.stored == count
    if not benchmark.enabled:
        return
    usual = statistics.median(seconds)
    ratio = usual / benchmark.stats.stats.median
    benchmark.extra_info |= {
        "beside": f"a bare loop ({count / usual:,.0f} a second)",
        "beside_p50_ms": usual * 1000,
        "said": f"{count / benchmark.stats.stats.median:,.0f} a second, ratio {ratio:.2f}",
        "aim": f"at least {aim:.2f}",
    }
