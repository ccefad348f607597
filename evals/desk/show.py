"""The demo's results, for a terminal and as JSON. Computes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from telltale.memory.types import Difference

from .desk import TOOLS
from .figures import Figure, seeds_won
from .loop import GUARDED, NOVEL_SHARE, STRATEGIES, Played
from .telling import Telling
from .traces import SKILL

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

Figures = Mapping[str, Mapping[str, Figure]]

OTHERS = tuple(strategy for strategy in STRATEGIES if strategy != GUARDED)

COLUMNS = {
    "success": ("task success", ".2f"),
    "misled": ("misled runs", ".2f"),
    "followed": ("followed a memory", ".2f"),
    "steps": ("tool calls a ticket", ".1f"),
}


def figures_table(figures: Figures, played: Sequence[Played]) -> Table:
    """The strategies as rows, each measure with its interval."""
    from rich.table import Table

    grid = Table(
        "memory",
        *(title for title, _ in COLUMNS.values()),
        title=f"{len(played)} seeds of {len(played[0].recalls)} new tickets, {NOVEL_SHARE:.0%} of them of procedures "
        "that no memory holds",
        caption="Below each mean its 95 % interval over seeds (Student's t). Misled: a memory was followed, and the "
        f"run ended wrong or had to start over; telltale was asked for at most {fmean(one.risk for one in played):.0%} "
        "of its answers. Success is read from the desk's database.",
        title_justify="left",
        caption_justify="left",
    )
    for strategy in figures:
        grid.add_row(strategy, *(_cell(figures[strategy][name], digits) for name, (_, digits) in COLUMNS.items()))
    return grid


def seeds_table(figures: Figures, played: Sequence[Played]) -> Table:
    """Task success seed by seed, and where telltale won, tied or lost against the others."""
    from rich.table import Table

    headings = ("seed", *STRATEGIES, *(f"{GUARDED} against {other}" for other in OTHERS))
    grid = Table(*headings, title="Task success by seed", title_justify="left")
    won = zip(*(seeds_won(figures, other) for other in OTHERS), strict=True)
    for number, (one, words) in enumerate(zip(played, won, strict=True)):
        shares = (f"{figures[strategy]['success'].by_seed[number]:.2f}" for strategy in STRATEGIES)
        grid.add_row(str(one.seed), *shares, *words)
    return grid


def training_lines(one: Played) -> str:
    """What was taken in for one seed, in sentences."""
    training = one.training
    right = sum(run.success for run in training.runs)
    ingested, learned = (
        ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())
        for counts in (training.ingested, training.learned)
    )
    return (
        f"{len(training.runs)} runs of colleagues recorded in OpenAI's chat format, outcomes beside "
        f"({SKILL:.0%} skilled; {right} ended right, says the database)\n"
        f"  ingest: {ingested}\n"
        f"  learn, distill: {learned}; the risk is {'certified' if training.calibrated else 'not certified yet'}"
    )


def telling_table(telling: Telling) -> Table:
    """The look-alike beside the ticket that it was mistaken for, and what gave it away."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(show_header=False, title="A look-alike that telltale refused", title_justify="left")
    grid.add_row("ticket", Text(telling.run.ticket.text))
    grid.add_row("remembered", Text(telling.refused.candidate.text))
    grid.add_row("difference", _difference(telling.difference))
    if telling.difference.evidence:
        grid.add_row("evidence", Text(telling.difference.evidence, style="dim"))
    grid.add_row("needed", Text(" · ".join(telling.run.ticket.goal), style="green"))
    grid.add_row("unguarded", Text(f"{_acts(telling)}: wrong", style="red"))
    return grid


def what_next(store: Path, telling: Telling | None, risk: float) -> str:
    """Commands to play with the store that was left behind."""
    at = f"--store {shlex.quote(str(store))}"
    ticket = telling.run.ticket if telling else None
    asked = shlex.quote(ticket.text if ticket else "Please cancel order W1832, I changed my mind.")
    context = "".join(f" --context {shlex.quote(f'{k}={v}')}" for k, v in ticket.context.items()) if ticket else ""
    verbs = (
        f"recall {at} --risk {risk:.2f} {asked}{context}",
        *(f"{verb} {at}" for verb in ("look-alikes", "skills list", "episodes")),
    )
    return "\n".join(
        [f"The memory of the first seed is in {store}. To play with it:", *(f"  telltale {verb}" for verb in verbs)]
    )


def as_object(played: Sequence[Played], figures: Figures, telling: Telling | None, store: Path) -> dict[str, Any]:
    """Everything that the demo found, as JSON's own types."""
    training = played[0].training
    return {
        "schema": 1,
        "seeds": [one.seed for one in played],
        "tickets": len(played[0].recalls),
        "risk": [one.risk for one in played],
        "ingested": dict(training.ingested),
        "learned": {**training.learned, "calibrated": training.calibrated},
        "strategies": {name: {k: _figure(v) for k, v in measures.items()} for name, measures in figures.items()},
        "telltale_against": {other: seeds_won(figures, other) for other in OTHERS},
        "refused_look_alike": _telling(telling) if telling else None,
        "store": str(store),
    }


def _cell(figure: Figure, digits: str) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.mean:{digits}}"
    return f"{figure.mean:{digits}}\n[dim]{figure.low:{digits}} to {figure.high:{digits}}[/dim]"


def _figure(figure: Figure) -> dict[str, Any]:
    return {"mean": figure.mean, "interval": [figure.low, figure.high], "by_seed": list(figure.by_seed)}


def _difference(difference: Difference) -> Text:
    from rich.text import Text

    return Text.assemble(
        (difference.kind, "bold"),
        ": here ",
        (difference.case_value or "nothing", "bold green"),
        ", there ",
        (difference.candidate_value or "nothing", "bold red"),
    )


def _acts(telling: Telling) -> str:
    """What the agent that followed the look-alike changed."""
    called = [call["function"]["name"] for m in telling.run.messages for call in m.get("tool_calls", ())]
    return " > ".join(name for name in called if not TOOLS[name].read_only)


def _telling(telling: Telling) -> dict[str, Any]:
    difference = {
        name: getattr(telling.difference, name) for name in ("kind", "case_value", "candidate_value", "evidence")
    }
    return {
        "ticket": telling.run.ticket.text,
        "context": dict(telling.run.ticket.context),
        "candidate": telling.refused.candidate.text,
        "difference": difference,
    }
