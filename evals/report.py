"""An evaluation's results as a table for the terminal. Computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

LABEL, COLUMN = 24, 11  # letters that the labels and a strategy take

# label, path into a strategy's figures, number format
ROWS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("asked", ("counts", "queries"), ".0f"),
    ("AURC (less is better)", ("aurc",), ".4f"),
    ("  above its floor", ("excess_aurc",), ".4f"),
    ("  floor: novel share", ("aurc_floor_novel",), ".4f"),
    ("best right, has match", ("top1_has_match",), ".3f"),
    ("coverage, 2 % wrong", ("coverage_at_risk", "0.02"), ".3f"),
    ("coverage, 5 % wrong", ("coverage_at_risk", "0.05"), ".3f"),
    ("coverage, 10 % wrong", ("coverage_at_risk", "0.10"), ".3f"),
    ("recall at 10", ("recall_at_10",), ".3f"),
    ("recall at 50", ("recall_at_50",), ".3f"),
    ("recall at 100", ("recall_at_100",), ".3f"),
    ("coverage", ("coverage",), ".3f"),
    ("misled rate", ("misled_rate",), ".3f"),
    ("help rate", ("help_rate",), ".3f"),
    ("honest abstention", ("honest_abstention",), ".3f"),
    ("distractor share", ("distractor_share",), ".3f"),
    ("copycat gains", ("copycat", "gain"), "+.3f"),
    ("  is harmed in", ("copycat", "harm"), ".3f"),
    ("  breaks even at", ("copycat", "break_even"), ".3f"),
    ("calibration error", ("reliability", "calibration_error"), ".3f"),
    ("tokens", ("tokens",), ".0f"),
    ("cost in $", ("cost",), ".4f"),
    ("p50 ms", ("p50_ms",), ".1f"),
    ("p95 ms", ("p95_ms",), ".1f"),
)


def tables(results: Mapping[str, Any], *, width: int) -> Iterator[Table]:
    """As many tables as it takes for all strategies to be seen on a terminal of so many letters."""
    names, fit = list(results["strategies"]), max(1, (width - LABEL) // COLUMN)
    for start in range(0, len(names), fit):
        shown = {name: results["strategies"][name] for name in names[start : start + fit]}
        yield table({**results, "strategies": shown})


def table(results: Mapping[str, Any]) -> Table:
    """The figures as rows and the strategies as columns, the 95 % interval of a figure below it."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    data = results["data"]
    title = f"{escape(data['name'])}: {data['n_memory']} remembered, {data['n_queries']} asked, seed {data['seed']}"
    families = results.get("families")
    caption = "below a figure: its 95 % interval" + (f", for families by {families['by']}" if families else "")
    caption += "".join(f"\n{escape(reason)}" for reason in blank(results["strategies"]))
    grid = Table(title=title, caption=caption, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    grid.add_column("", no_wrap=True)
    for name in results["strategies"]:
        grid.add_column(name, justify="right", min_width=9, overflow="fold")
    for label, path, digits in ROWS:
        cells = [_cell(figures, path, digits) for figures in results["strategies"].values()]
        grid.add_row(label, *cells)
    return grid


def blank(strategies: Mapping[str, Any]) -> list[str]:
    """Why the strategies without figures have none, a line each."""
    return [f"Blank, {name}: {one['unavailable']}" for name, one in strategies.items() if one.get("unavailable")]


def _cell(figures: Mapping[str, Any], path: tuple[str, ...], digits: str) -> str:
    value, interval = at(figures, path), interval_of(figures, path)
    if value is None:
        return "-"
    if interval is None:
        return short(value, digits)
    return f"{short(value, digits)}\n[dim]{short(interval[0], digits)} {short(interval[1], digits)}[/dim]"


def interval_of(figures: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """A figure's 95 % interval, ``None`` for none: that over queries, and as much wider as whole families make it.

    A resampling alone would call the rate of a mistake that never occurred certain.
    """
    if path[0] == "copycat":
        return at(figures, ("copycat", "intervals", *path[1:]))
    plain, clustered = at(figures, ("intervals", *path)), at(figures, ("clustered", "intervals", *path))
    if plain is None or clustered is None:
        return plain
    return [min(plain[0], clustered[0]), max(plain[1], clustered[1])]


def short(value: float, digits: str) -> str:
    """Without the nought before the point, so that seven strategies fit."""
    return f"{value:{digits}}".replace("0.", ".", 1) if -1 < value < 1 else f"{value:{digits}}"


def at(figures: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What stands at ``path`` in a strategy's figures; ``None`` where a part of it is missing."""
    value: Any = figures
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
