"""docs/benchmarks.md and docs/benchmarks.json, out of what a run of the benchmarks measured.

``python -m tests.benchmarks.page RUN`` takes the JSON of pytest-benchmark; without it, the page is written again from
the figures that are there. It measures nothing itself.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .page_text import HOW, INTRODUCTION

DOCS = Path(__file__).resolve().parents[2] / "docs"
FIGURES, PAGE = DOCS / "benchmarks.json", DOCS / "benchmarks.md"
COMMAND = "make bench-page"
SIZES = (1_000, 10_000, 100_000)
SYSTEMS = ("telltale", "LanceDB", "LanceDB hybrid", "chromadb", "mem0", "embedding alone")
BESIDE = ("first_s", "first_ms", "resident_mib", "disk_mib")  # what a benchmark says beside its own time
LEAST = 20  # rounds: fewer have no 95th percentile
Figure = Mapping[str, Any]
Told = Mapping[str, Any]


def condensed(run: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of the page, out of pytest-benchmark's JSON of a run."""
    machine = run["machine_info"]
    return {
        "schema": 1,
        "command": COMMAND,
        "measured": run["datetime"][:10],
        "machine": {
            "cpu": machine["cpu"].get("brand_raw", machine["machine"]),
            "cores": machine["cpu"].get("count"),
            "memory_gib": machine["memory_gib"],
            "system": f"{machine['system']} {machine['machine']}",
            "python": machine["python_version"],
        },
        "versions": machine["versions"],
        "figures": [_figure(bench) for bench in run["benchmarks"] if "what" in bench["extra_info"]],
        "blank": run["blank"],
    }


def _figure(bench: Mapping[str, Any]) -> dict[str, Any]:
    data = bench["stats"]["data"]
    told = {"n": len(data), "p50_ms": _short(statistics.median(data) * 1000)}
    if len(data) >= LEAST:
        told["p95_ms"] = _short(statistics.quantiles(data, n=20)[-1] * 1000)
    info = bench["extra_info"]
    beside = {name: _short(info[name]) for name in BESIDE if name in info}
    return {"what": info["what"], "system": info["system"], "size": info["size"], **told, **beside}


def _short(number: float) -> float:
    """Four digits, which is more than a clock is good for."""
    return float(f"{number:.4g}")


def render(told: Told) -> str:
    """The page."""
    parts = [_introduction(told), _recall(told), _remember(told), _learn(told), _process(told)]
    asked = max((figure["n"] for figure in told["figures"] if figure["what"] == "recall"), default=0)
    return "\n".join([*parts, HOW.format(asked=asked), _blank(told)])


def _introduction(told: Told) -> str:
    machine = told["machine"]
    return INTRODUCTION.format(
        command=told["command"],
        measured=told["measured"],
        machine=f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB",
        system=machine["system"],
        python=machine["python"],
        versions=", ".join(f"{name} {number}" for name, number in told["versions"].items()),
    )


def _recall(told: Told) -> str:
    times = _by_size(told, lambda system, size: _both(_of(told, "recall", system, size)))
    others = [system for system in SYSTEMS if system not in ("telltale", "embedding alone")]
    ratios = _by_size(told, lambda system, size: _times(told, "recall", system, size), others)
    return (
        f"## Asking\n\nMilliseconds at p50 / p95, with so many rows remembered:\n\n{times}\n"
        f"What telltale takes, in multiples of what the others take (p50; below 1 telltale is quicker):\n\n{ratios}"
    )


def _remember(told: Told) -> str:
    rows = []
    for system in SYSTEMS:
        one, many = (_of(told, what, system, 1_000) for what in ("remember one", "remember a thousand"))
        if one or many:
            ratios = [_times(told, what, system, 1_000) for what in ("remember one", "remember a thousand")]
            rows.append([_bold(system), _both(one), ratios[0], _seconds(many, "p50_ms", 1000), ratios[1]])
    head = ["", "one: ms at p50 / p95", "telltale's, in multiples", "a thousand: s", "telltale's, in multiples"]
    return f"## Remembering\n\n{_table(head, rows)}"


def _learn(told: Told) -> str:
    rows = []
    for size in SIZES:
        figure = _of(told, "learn", "telltale", size)
        rows.append([f"{size:,}", _seconds(figure, "first_s", 1), _seconds(figure, "p50_ms", 1000)])
    return (
        "## Learning\n\n`learn()` in seconds: the first time, with the indexes it makes, and again, when everything is "
        f"learned anew.\nThe others have no such step.\n\n{_table(['rows', 'first', 'again'], rows)}"
    )


def _process(told: Told) -> str:
    kept = [system for system in SYSTEMS if system != "LanceDB hybrid"]

    def table(name: str, systems: Sequence[str]) -> str:
        return _by_size(told, lambda system, size: _number(_of(told, "process", system, size).get(name)), systems)

    return (
        "## Opening, memory and disk\n\n"
        "Milliseconds in a new process until the folder is open and the first question is answered:\n\n"
        f"{table('first_ms', kept[:-1])}\n"
        f"MiB that this process holds after fifty questions:\n\n{table('resident_mib', kept)}\n"
        f"MiB in the folder:\n\n{table('disk_mib', kept[:-1])}"
    )


def _blank(told: Told) -> str:
    reasons: dict[str, list[str]] = {}
    for blank in told["blank"]:
        reasons.setdefault(blank["why"], []).append(f"{blank['what']} of {blank['system']} at {blank['size']:,}")
    lines = [f"- {'; '.join(figures)}: {why}." for why, figures in reasons.items()]
    return "## What is blank\n\n" + "\n".join(lines or ["Nothing that could be measured."]) + "\n"


def _of(told: Told, what: str, system: str, size: int) -> Figure:
    wanted = {"what": what, "system": system, "size": size}
    return next((figure for figure in told["figures"] if wanted.items() <= figure.items()), {})


def _times(told: Told, what: str, system: str, size: int) -> str:
    ours, theirs = (_of(told, what, name, size).get("p50_ms") for name in ("telltale", system))
    return f"{ours / theirs:.2f}" if ours and theirs and system != "telltale" else ""


def _both(figure: Figure) -> str:
    times = [_number(figure.get(name)) for name in ("p50_ms", "p95_ms")]
    return " / ".join(filter(None, times))


def _seconds(figure: Figure, name: str, parts: int) -> str:
    return _number(figure[name] / parts) if name in figure else ""


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _by_size(told: Told, cell: Callable[[str, int], str], systems: Sequence[str] = SYSTEMS) -> str:
    rows = [
        [f"**{system}**" if system == "telltale" else system, *(cell(system, n) for n in SIZES)] for system in systems
    ]
    return _table(["", *(f"{size:,}" for size in SIZES)], rows)


def _bold(system: str) -> str:
    return f"**{system}**" if system == "telltale" else system


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruled = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in ruled)


def main(run: str | None = None) -> None:
    """Write both files, or the page alone where no run is given."""
    if run:
        told = condensed(json.loads(Path(run).read_text(encoding="utf-8")))
        if not told["figures"]:
            sys.exit(f"{run} holds no figure of the page; nothing was written. Run {COMMAND}")
        FIGURES.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    told = json.loads(FIGURES.read_text(encoding="utf-8"))
    PAGE.write_text(render(told), encoding="utf-8")
    sys.stdout.write(f"docs/{PAGE.name}: {len(told['figures'])} figures, {len(told['blank'])} blank\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
