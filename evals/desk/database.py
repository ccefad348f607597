"""The desk's database: made from a ticket's rows, and read back as the list of what has changed.

Success is judged here and nowhere else: a run is right when the changes it left are the ticket's goal, no more and
no less. Knows nothing of agents, tools or memories.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("schema.sql")

Row = Mapping[str, Any]
Snapshot = dict[tuple[str, Any], dict[str, Any]]  # (table, key) -> row


def open_database(rows: Mapping[str, Sequence[Row]]) -> sqlite3.Connection:
    """A fresh database in memory that holds ``rows``, a table's name to its rows."""
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.executescript(SCHEMA.read_text(encoding="utf-8"))
    for table, entries in rows.items():
        for entry in entries:
            columns, marks = ", ".join(entry), ", ".join("?" * len(entry))
            database.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(entry.values()))  # noqa: S608
    return database


def snapshot(database: sqlite3.Connection) -> Snapshot:
    """Every row of every table, by table and key (the first column)."""
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {(name, row[0]): dict(row) for name in names for row in database.execute(f"SELECT * FROM {name}")}  # noqa: S608


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """What became of ``before``, one line for a new row or a changed cell, sorted.

    A new row reads ``refunds + amount=20.0 method=card order_id=W1001`` (columns by name, its own number left out), a
    changed cell ``orders W1001 status=cancelled``. Nothing of the desk is ever deleted.
    """
    lines = []
    for (table, key), row in after.items():
        old = before.get((table, key))
        if old is None:
            lines.append(" ".join([table, "+", *sorted(f"{k}={v}" for k, v in row.items() if k != "id")]))
        else:
            lines += [f"{table} {key} {column}={value}" for column, value in row.items() if old[column] != value]
    return sorted(lines)
