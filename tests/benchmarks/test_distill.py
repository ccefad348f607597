"""What distilling costs: 10,000 episodes at once, and one episode more.

Made-up runs with look-ups, slips, habits and failures, of 300 procedures told by their signatures alone. Figures are
reported, never asserted.
"""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

from telltale.memory.types import Case, Episode, Outcome, Step
from telltale.writers.distill import Distilled, Distiller, distill
from telltale.writers.procedures import group
from telltale.writers.sign import signature

Rows = Callable[..., Iterator[dict[str, Any]]]

SIZE = 10_000
SMALL = 200  # that it works; how fast it is, `make bench` says
MORE = 200


def runs(made_up_rows: Rows, count: int, *, seed: int = 0) -> list[Episode]:
    """Episodes with tool calls, results in JSON, and arguments from the task, its context and results."""
    return [_run(row, random.Random(row["id"])) for row in made_up_rows(count, seed=seed)]


def _run(row: dict[str, Any], rng: random.Random) -> Episode:
    find, check, act = row["steps"]
    number = next(word for word in row["text"].split() if word.startswith("#"))
    items = [{"id": f"I{rng.randint(100, 999)}", "name": name, "price": rng.randint(5, 90)} for name in ("cup", "lid")]
    found = {
        "number": number,
        "state": rng.choice(("open", "sent")),
        "owner": f"C{rng.randint(100, 999)}",
        "items": items,
    }
    steps = [
        Step(tool=find, arguments={"number": number}, observation=json.dumps(found), read_only=True),
        Step(tool=check, arguments={"channel": row["context"]["channel"]}, observation="allowed", read_only=True),
        Step(tool=act, arguments={"number": number, "owner": found["owner"], "item": items[0]["id"], "notify": True}),
    ]
    if rng.random() < 0.2:
        steps.insert(0, Step(tool=find, arguments={"number": "#1"}, observation='{"error": "nothing found"}'))
    if rng.random() < 0.3:
        steps.insert(0, Step(tool="get_weather", observation='{"sky": "grey"}', read_only=True))
    outcome = Outcome.SUCCESS if row["success"] else Outcome.FAILURE
    return Episode(
        id=row["id"], text=row["text"], context=row["context"], steps=tuple(steps), signature=signature(steps),
        outcome=outcome, time=float(row["id"].rpartition("-")[2]),
    )  # fmt: skip


def alike(_first: Case, _second: Case) -> float:
    return 0.0


def whole(episodes: Sequence[Episode]) -> Distilled:
    return distill(episodes, group(episodes), tell_apart=alike)


def test_distilling_everything(benchmark: Any, made_up_rows: Rows) -> None:
    episodes = runs(made_up_rows, SIZE if benchmark.enabled else SMALL)
    made = benchmark.pedantic(whole, args=(episodes,), rounds=1)
    assert all(skill.successes >= 3 for skill in made.skills)
    if benchmark.enabled:
        tenth = episodes[: len(episodes) // 10]
        start = perf_counter()
        whole(tenth)
        spent = perf_counter() - start
        ratio = benchmark.stats.stats.median / spent
        benchmark.extra_info |= {
            "beside": "a tenth of the episodes",
            "beside_p50_ms": spent * 1000,
            "said": f"{len(made.skills)} skills of {SIZE} episodes, {ratio:.1f} times what a tenth takes",
            "aim": "under 60 s on two cores",
        }


def test_one_episode_more(benchmark: Any, made_up_rows: Rows) -> None:
    episodes = runs(made_up_rows, SIZE if benchmark.enabled else SMALL)
    start = perf_counter()
    kept = Distiller(episodes, group(episodes), tell_apart=alike)
    built = perf_counter() - start
    later = iter(runs(made_up_rows, MORE, seed=1) * (1 if benchmark.enabled else 2))
    spent: list[float] = []

    def add() -> None:
        start = perf_counter()
        kept.skill(kept.add(next(later)))
        spent.append(perf_counter() - start)

    benchmark.pedantic(add, rounds=MORE if benchmark.enabled else 1)
    assert kept.procedures()
    if benchmark.enabled:
        worst = statistics.quantiles(spent, n=20)[-1]
        benchmark.extra_info |= {
            "beside": "building the distiller",
            "beside_p50_ms": built * 1000,
            "said": f"p95 {worst * 1000:.1f} ms, 1/{built / statistics.median(spent):.0f} of it at the median",
            "aim": "under 50 ms",
        }
