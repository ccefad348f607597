"""What the guard costs: beside the searches in a recall, and to recalls while it is fitted anew.

100,000 made-up episodes of 300 procedures. Figures are reported, never asserted.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import pytest

import telltale
from telltale.memory.types import Case
from telltale.readers.neighbourhood import NEAREST, describe, gather
from telltale.readers.recall import assess
from telltale.readers.serving import load_guard

from .stores import Stores
from .systems import Telltale

Rows = Callable[..., Iterator[dict[str, Any]]]

SIZE = 100_000
SMALL = 100  # that it works; how fast it is, `make bench` says
QUERIES = 200
WARM_UP = 20


@pytest.fixture(scope="module")
def memory(request: pytest.FixtureRequest, stores: Stores) -> Iterator[telltale.AgentMemory]:
    """One that holds made-up episodes and has learned from them, its indexes in order."""
    size = SIZE if request.config.getoption("benchmark_enable") else SMALL
    with telltale.open(stores.folder(Telltale, size)) as opened:
        yield opened


def test_what_the_guard_adds_to_the_searches(benchmark: Any, memory: telltale.AgentMemory, made_up_rows: Rows) -> None:
    tenant, searched = memory._tenant, []
    guard, queries = load_guard(tenant), itertools.cycle(made_up_rows(QUERIES, seed=7))

    def found() -> tuple[tuple[Any, ...], dict[str, Any]]:
        row = next(queries)
        asked = describe(Case(text=row["text"], context=row["context"]), tenant)
        start = perf_counter()
        tenant.gather(asked.question.vector, asked.case.text, k=NEAREST)
        searched.append(perf_counter() - start)
        return (asked, gather(asked, tenant, guard)), {}

    def judge(asked: Any, around: Any) -> Any:
        guard.panel.opinion(guard.heads, guard.panel.alike(asked.question), asked.question)
        return assess(asked, around, guard)

    assert benchmark.pedantic(judge, setup=found, rounds=QUERIES, warmup_rounds=WARM_UP)
    if benchmark.enabled:
        benchmark.extra_info |= {
            "beside": "the searches",
            "beside_p50_ms": statistics.median(searched[WARM_UP:]) * 1000,
            "said": f"{benchmark.stats.stats.median * 1000:.2f} ms more",
            "aim": "under 2 ms more",
        }


def test_a_recall_while_the_guard_is_fitted_anew(
    benchmark: Any, memory: telltale.AgentMemory, made_up_rows: Rows
) -> None:
    queries, alone = itertools.cycle(made_up_rows(QUERIES, seed=7)), []

    def query() -> tuple[tuple[Any, ...], dict[str, Any]]:
        row = next(queries)
        return (row["text"],), {"context": row["context"]}

    for _ in range(QUERIES if benchmark.enabled else 1):
        (text,), options = query()
        start = perf_counter()
        memory.recall(text, **options)
        alone.append(perf_counter() - start)
    learning = memory.learn_in_background()
    assert benchmark.pedantic(memory.recall, setup=query, rounds=2 * QUERIES)
    went_on = not learning.done()
    learning.result()
    if benchmark.enabled:
        before, during = (
            statistics.quantiles(times, n=20)[-1] * 1000 for times in (alone[WARM_UP:], benchmark.stats.stats.data)
        )
        early = "" if went_on else " (the refit ended before the recalls did)"
        benchmark.extra_info |= {
            "beside": "with nothing beside it",
            "beside_p50_ms": statistics.median(alone[WARM_UP:]) * 1000,
            "said": f"p95 {before:.1f} ms alone, {during:.1f} beside a refit, ratio {during / before:.2f}{early}",
            "aim": "at most 1.5",
        }
