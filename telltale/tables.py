"""Results as tables and sentences for a terminal. What each verb prints for people, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from telltale.memory.types import Candidate, Episode, LookAlike, Recall, Skill

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType
    from rich.table import Table

    from telltale.memory.store import Problem
    from telltale.writers.ingest import IngestSummary

    from .learning import Learned


def recalled(found: Recall) -> RenderableType:
    """The line-up."""
    from .lineup import lineup

    return lineup(found)


def candidates(found: Sequence[Candidate]) -> RenderableType:
    """Nearest first."""
    rows = [(f"{one.score:.3f}", "+".join(one.by), one.outcome, one.text, one.procedure) for one in found]
    return table("Candidates, unguarded", ("score", "by", "outcome", "text", "procedure"), rows)


def episodes(found: Sequence[Episode]) -> RenderableType:
    """By id."""
    rows = [(one.id[:12], when(one.time), one.outcome, len(one.steps), one.text, one.key) for one in found]
    return table("Episodes", ("id", "when", "outcome", "steps", "task", "procedure"), rows)


def look_alikes(found: Sequence[LookAlike]) -> RenderableType:
    """The two procedures and what tells them apart."""
    rows = []
    for pair in found:
        telling = pair.difference
        values = f"{telling.kind}: {telling.case_value or '-'} / {telling.candidate_value or '-'}" if telling else "?"
        rows.append((f"{pair.similarity:.2f}", values, pair.first_procedure, pair.second_procedure))
    return table("Look-alikes", ("alike", "told apart by", "one", "the other"), rows)


def skills(found: Sequence[Skill]) -> RenderableType:
    """The library at a glance."""
    rows = [
        (one.name, one.status, one.version, len(one.evidence), one.when_to_use, "; ".join(one.when_not_to_use))
        for one in found
    ]
    return table("Skills", ("name", "status", "version", "evidence", "use when", "not when"), rows)


def skill(one: Skill) -> RenderableType:
    """One skill in full."""
    steps = [f"{number}. {step.tool} {dict(step.arguments) or ''}" for number, step in enumerate(one.steps, 1)]
    counters = f"shown {one.shown}, helped {one.helped}, misled {one.misled}, corrected {one.corrected}"
    rows = [
        ("use when", one.when_to_use),
        *(("not when", reason) for reason in one.when_not_to_use),
        *(("parameter", f"{name}: {origin}") for name, origin in one.parameters.items()),
        *(("step", step) for step in steps),
        *(("pitfall", pitfall) for pitfall in one.pitfalls),
        ("evidence", f"{len(one.evidence)} episodes; {counters}"),
    ]
    return table(f"{one.name}, version {one.version}, {one.status}", ("", ""), rows, header=False)


def exported(written: Sequence[Path]) -> str:
    """Where to."""
    return "\n".join(str(path) for path in written) or "There are no skills yet: run `telltale distill`."


def ingested(summary: IngestSummary) -> RenderableType:
    """What became of what was read, by format and in sum."""
    by_format = [
        (name, counts.files, counts.traces, counts.episodes, counts.steps, counts.rejects)
        for name, counts in summary.by_format.items()
    ]
    caption = (
        f"{summary.read:,} read: {summary.stored:,} stored, {summary.duplicates:,} known already, "
        f"{summary.rejected:,} rejected, {summary.skipped:,} skipped. "
        f"The memory holds {summary.episodes:,} episodes of {summary.procedures:,} procedures."
    )
    return table("Taken in", ("format", "files", "traces", "episodes", "steps", "rejects"), by_format, caption=caption)


def learned(result: Learned) -> str:
    """What is known now."""
    promise = "its risk is certified" if result.calibrated else "too few answers to certify a risk yet"
    return (
        f"{result.episodes:,} episodes, {result.procedures:,} procedures, {result.look_alikes:,} look-alikes; "
        f"the guard is fitted, {promise}."
    )


def forgotten(ids: Sequence[str]) -> str:
    """How many are gone."""
    return f"Forgotten: {len(ids):,} memories, and what came of them." if ids else "Nothing matched; nothing is gone."


def noted(told: object) -> str:  # noqa: ARG001 - every verb's printer takes its result
    """That it is stored."""
    return "Noted."


def problems(found: Sequence[Problem]) -> RenderableType:
    """What is wrong, or that nothing is."""
    if not found:
        return "Everything reads as it was written."
    return table("Problems", ("what",), [(str(one),) for one in found])


def tenants(names: Sequence[str]) -> str:
    """One a line."""
    return "\n".join(names)


def when(moment: float | None) -> str:
    """Seconds since the epoch as a date and a time of day, in UTC."""
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    caption: str = "",
    header: bool = True,
) -> Table:
    """Rows under a title; cells are cleaned, since their text comes out of traces."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from .lineup import clean

    made = Table(
        title=title, title_justify="left", caption=caption or None, caption_justify="left", box=box.SIMPLE_HEAD
    )
    made.show_header = header
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(clean(cell)) for cell in row))
    return made
