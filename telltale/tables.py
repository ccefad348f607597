"""Results as tables and sentences for a terminal. What each verb prints for people, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from telltale.memory.types import Candidate, Difference, Episode, LookAlike, Outcome, Recall

LONGEST_CELL = 90  # characters
SHOWN_REJECTS = 5  # of those that --rejects writes out

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from telltale.memory.check import Problem
    from telltale.writers.ingest import IngestSummary

    from .learning import Learned


def recalled(found: Recall) -> RenderableType:
    """The line-up."""
    from .lineup import lineup

    return lineup(found)


def candidates(found: Sequence[Candidate]) -> RenderableType:
    """Nearest first."""
    rows = [(f"{one.score:.3f}", "+".join(one.by), one.outcome, one.text, one.procedure) for one in found]
    return table(
        "Candidates, unguarded", ("score", "by", "outcome", "text", "procedure"), rows, long=("text", "procedure")
    )


def episodes(found: Sequence[Episode]) -> RenderableType:
    """By id."""
    rows = [(one.id, one.outcome, len(one.steps), one.text, one.key) for one in found]
    return table("Episodes", ("id", "outcome", "steps", "task", "procedure"), rows, long=("task", "procedure"))


def exported_episodes(count: int) -> str:
    """How many were written."""
    return f"Written: {count:,} episodes."


def look_alikes(found: Sequence[LookAlike]) -> RenderableType:
    """The two procedures and what tells them apart."""
    from telltale.memory.contrast import kind_name

    rows = []
    for pair in found:
        telling = pair.difference or Difference(kind="words", case_value="", candidate_value="")
        values = f"{kind_name(telling.kind)}: {telling.case_value or '-'} / {telling.candidate_value or '-'}"
        rows.append((f"{pair.similarity:.2f}", values, pair.first_procedure, pair.second_procedure))
    return table(
        "Look-alikes", ("alike", "told apart by", "one", "the other"), rows, long=("told apart by", "one", "the other")
    )


def ingested(summary: IngestSummary) -> RenderableType:
    """What became of what was read, by format, by who told the outcomes, and in sum."""
    from rich.console import Group
    from rich.text import Text

    from .lineup import clean

    by_format = [
        (name, counts.files, counts.traces, counts.episodes, counts.steps, counts.rejects)
        for name, counts in summary.by_format.items()
    ]
    columns = ("format", "files", "traces", "episodes", "steps", "rejects")
    rejected = [
        Text(clean(f"rejected: {one.file}, line {one.line}: {one.code}: {one.reason}"))
        for one in summary.rejects[:SHOWN_REJECTS]
    ]
    title = "What would be taken in" if summary.dry_run else "Taken in"
    return Group(table(title, columns, by_format), _outcomes(summary), *rejected, _sum(summary))


def _outcomes(summary: IngestSummary) -> RenderableType:
    rows = [
        (name, who, *(said.get(outcome, 0) for outcome in Outcome))
        for name, counts in summary.by_format.items()
        for who, said in counts.outcomes.items()
    ]
    return table("How they ended", ("format", "says", *Outcome), rows) if rows else ""


def _sum(summary: IngestSummary) -> str:
    older = f"{summary.older:,} episodes and {summary.older_files:,} files are older than asked for. "
    learn = " Run `telltale learn` to fit the guard to what is new."
    return (
        f"{summary.read:,} read: {summary.stored:,} stored, {summary.duplicates:,} known already, "
        f"{summary.rejected:,} rejected, {summary.skipped:,} skipped. "
        f"{older if summary.older or summary.older_files else ''}"
        f"The memory holds {summary.episodes:,} episodes with {summary.procedures:,} different signatures or labels."
        f"{' This was a dry run: nothing was written.' if summary.dry_run else learn if summary.stored else ''}"
    )


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


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    long: Sequence[str] = (),
) -> Table:
    """Rows under a title. Columns named in ``long`` share the width that is left; every cell is cut.

    Cells are cleaned, since their text comes out of traces.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from .lineup import clean

    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, expand=bool(long))
    for column in columns:
        ratio = (2 if column == long[0] else 1) if column in long else None
        made.add_column(column, no_wrap=column not in long, ratio=ratio)
    for row in rows:
        made.add_row(*(Text(clean(cell, LONGEST_CELL)) for cell in row))
    return made
