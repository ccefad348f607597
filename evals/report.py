"""An evaluation's results as JSON and as a table for the terminal. Computes nothing."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

SCHEMA = 1
_VERSIONED = ("telltale-memory", "lancedb", "numpy", "scikit-learn", "wordllama")

# label, path into a strategy's figures, number format
_ROWS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("AURC (less is better)", ("aurc",), ".4f"),
    ("  above its floor", ("excess_aurc",), ".4f"),
    ("  floor: novel share", ("aurc_floor_novel",), ".4f"),
    ("best right, has match", ("top1_has_match",), ".3f"),
    ("coverage, 2 % wrong", ("coverage_at_risk", "0.02"), ".3f"),
    ("coverage, 5 % wrong", ("coverage_at_risk", "0.05"), ".3f"),
    ("coverage, 10 % wrong", ("coverage_at_risk", "0.10"), ".3f"),
    ("recall at 50", ("recall_at_50",), ".3f"),
    ("coverage", ("coverage",), ".3f"),
    ("misled rate", ("misled_rate",), ".3f"),
    ("help rate", ("help_rate",), ".3f"),
    ("honest abstention", ("honest_abstention",), ".3f"),
    ("distractor share", ("distractor_share",), ".3f"),
    ("tokens", ("tokens",), ".0f"),
    ("p50 ms", ("p50_ms",), ".1f"),
    ("p95 ms", ("p95_ms",), ".1f"),
)


def results(strategies: Mapping[str, Mapping[str, Any]], *, data: Mapping[str, Any], command: str) -> dict[str, Any]:
    """One JSON-ready object: schema number, data, versions, command, and the figures by strategy."""
    return {
        "schema": SCHEMA,
        "data": dict(data),
        "versions": {"python": platform.python_version(), **_versions()},
        "command": command,
        "strategies": {name: dict(figures) for name, figures in strategies.items()},
    }


def table(results: Mapping[str, Any]) -> Table:
    """The figures as rows and the strategies as columns, the 95 % interval of a figure below it."""
    from rich import box
    from rich.table import Table

    data = results["data"]
    title = f"{data['name']}: {data['n_memory']} remembered, {data['n_queries']} asked, seed {data['seed']}"
    grid = Table(title=title, caption="below a figure: its 95 % interval", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    grid.add_column("", no_wrap=True)
    for name in results["strategies"]:
        grid.add_column(name, justify="right", min_width=9, overflow="fold")
    for label, path, digits in _ROWS:
        cells = [_cell(figures, path, digits) for figures in results["strategies"].values()]
        grid.add_row(label, *cells)
    return grid


def _cell(figures: Mapping[str, Any], path: tuple[str, ...], digits: str) -> str:
    value, interval = _at(figures, path), _at(figures["intervals"], path)
    if value is None:
        return "-"
    if interval is None:
        return _short(value, digits)
    return f"{_short(value, digits)}\n[dim]{_short(interval[0], digits)} {_short(interval[1], digits)}[/dim]"


def _short(value: float, digits: str) -> str:
    """Without the nought before the point, so that seven strategies fit."""
    return f"{value:{digits}}".replace("0.", ".", 1) if 0 <= value < 1 else f"{value:{digits}}"


def _at(figures: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = figures
    for name in path:
        value = value.get(name) if value is not None else None
    return value


def _versions() -> dict[str, str]:
    found = {}
    for name in _VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
