"""Rows of case files, as every converter makes them: the same fields in the same order, so the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Rows = list[dict[str, Any]]
Files = dict[str, bytes]


def case_row(id_: str, text: str, context: Any, plan: str | None, split: str, source: str) -> dict[str, Any]:  # noqa: PLR0917
    """The fields that every row has."""
    return {"id": id_, "text": text, "context": context, "plan": plan, "split": split, "source": source}


def matched(rows: Sequence[dict[str, Any]]) -> Rows:
    """Each query with whether the memory holds its plan."""
    known = {row["plan"] for row in rows if row["split"] == "memory"}
    return [row if row["split"] == "memory" else {**row, "has_match": row["plan"] in known} for row in rows]


def read_json_lines(raw: bytes) -> list[Any]:
    """One value a line; blank lines are passed over."""
    return [json.loads(line) for line in raw.decode("utf-8").splitlines() if line.strip()]


def as_json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as a file."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")
