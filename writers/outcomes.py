"""How runs ended, told in a file beside the traces: CSV or JSON lines with ``trace_id,outcome,score,source``.

Most trace formats say nothing of the outcome. ``trace_id`` may be ``ID#N`` for the N-th task (from 0) of a session.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telltale.memory.errors import BadArgument, RecordError
from telltale.memory.types import Episode, Outcome

from .compressed import Broken
from .files import digest, opened
from .formats.shapes import mapping, outcome, string, unit
from .lines import Record, records
from .redact import redact
from .rejects import Reject

SAID_BY = "outcomes file"


@dataclass(frozen=True, slots=True)
class Said:
    """How one run ended, and who said so."""

    outcome: Outcome
    score: float | None
    said_by: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What an outcomes file says, by redacted trace id; and its lines that could not be taken."""

    said: Mapping[str, Said] = field(default_factory=dict)
    rejects: Sequence[Reject] = ()
    digest: str = ""  # of the file

    def told(self, episodes: Sequence[Episode]) -> list[Episode]:
        """The episodes of one trace with their outcomes; what is said of a whole session goes to its tasks if good."""
        return [self._told(episode, alone=len(episodes) == 1) for episode in episodes]

    def _told(self, episode: Episode, *, alone: bool) -> Episode:
        said = self.said.get(f"{episode.trace_id}#{episode.task_index}")
        if said is None:
            said = self.said.get(episode.trace_id)
            if said is None or not (alone or said.outcome is Outcome.SUCCESS):
                return episode
        if said.outcome is Outcome.UNKNOWN and said.score is None:
            return episode  # a line that says nothing takes nothing back
        return dataclasses.replace(episode, outcome=said.outcome, score=said.score, said_by=said.said_by)


def read_outcomes(path: Path, key: bytes, *, pii: bool = False) -> Outcomes:
    """The outcomes in a CSV file (by its name) or one of JSON lines. Bad lines are rejects; the last word counts.

    Raises BadArgument for a file that cannot be read.
    """
    said: dict[str, Said] = {}
    rejects: list[Reject] = []
    try:
        for record in _rows(path):
            try:
                trace_id, told = _said(record)
                said[redact(trace_id, key, pii=pii)] = told
            except RecordError as error:
                rejects.append(redact(Reject.of(str(path), record, error), key, pii=pii))
        with path.open("rb") as file:
            return Outcomes(said, rejects, digest(file))
    except (OSError, Broken) as error:
        raise BadArgument(
            f"could not read the outcomes in {path} ({error}); name a file of CSV or JSON lines, or leave it out"
        ) from error


def _rows(path: Path) -> Iterator[Record]:
    with opened(path) as (stream, _):
        if ".csv" in path.suffixes:
            yield from _csv_rows(stream.read().decode("utf-8-sig", "replace"))
        else:
            yield from records(stream)


def _csv_rows(text: str) -> Iterator[Record]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            value = {name: cell.strip() or None for name, cell in row.items() if isinstance(cell, str) and name}
            yield Record(line=reader.line_num, offset=0, size=0, sha256="", value=value)
    except csv.Error as error:
        bad = RecordError("BAD_FIELD", f"no CSV from here on: {error}")
        yield Record(line=reader.line_num, offset=0, size=0, sha256="", error=bad)


def _said(record: Record) -> tuple[str, Said]:
    if record.error is not None:
        raise record.error
    row = mapping(record.value, "row")
    if not (trace_id := string(row.get("trace_id"), "trace_id")):
        raise RecordError("BAD_FIELD", "trace_id: found none, expected the id of a trace", field="trace_id")
    found = outcome(row.get("outcome"))
    score = unit(_number(row.get("score")), "score")
    return trace_id, Said(found, score, string(row.get("source"), "source") or SAID_BY)


def _number(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        raise RecordError("BAD_FIELD", "score: expected a number from 0 to 1", field="score") from None
