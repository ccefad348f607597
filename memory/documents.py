"""Small whole values by name: procedures, look-alikes, insights, feedback, recall notes, guard payloads, settings.

Each row carries the SHA-256 of its bytes, checked at every read. Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from . import schema
from .errors import StoreCorrupt
from .table import Table


def put(table: Table, tenant: str, values: Mapping[str, bytes]) -> None:
    """Insert or update values by name."""
    table.upsert(_rows(tenant, values))


def append(table: Table, tenant: str, values: Mapping[str, bytes]) -> None:
    """Add values under names that are new."""
    table.append(_rows(tenant, values))


def replace(table: Table, tenant: str, values: Mapping[str, bytes]) -> None:
    """Put ``values`` in place of all that the table holds."""
    if values or table.handle() is not None:
        table.replace(_rows(tenant, values))


def get(table: Table, tenant: str, name: str) -> bytes | None:
    """The value called ``name``, or None. Raises StoreCorrupt when its bytes are not what was written."""
    from lancedb.expr import col, lit

    found = table.rows((col("tenant") == lit(tenant)) & (col("id") == lit(name))).to_pylist()
    return checked(table.name, found[0]) if found else None


def everything(table: Table, tenant: str) -> dict[str, bytes]:
    """All values, sorted by name. Raises StoreCorrupt when bytes are not what was written."""
    from lancedb.expr import col, lit

    found = table.rows(col("tenant") == lit(tenant)).to_pylist()
    return {row["id"]: checked(table.name, row) for row in sorted(found, key=lambda row: str(row["id"]))}


def by_time(table: Table, tenant: str) -> list[bytes]:
    """All values, oldest first. Raises StoreCorrupt when bytes are not what was written."""
    from lancedb.expr import col, lit

    found = table.rows(col("tenant") == lit(tenant)).to_pylist()
    return [checked(table.name, row) for row in sorted(found, key=lambda row: (row["time"], row["id"]))]


def checked(table: str, row: Mapping[str, Any]) -> bytes:
    """The body of ``row``. Raises StoreCorrupt when it differs from its checksum."""
    body = bytes(row["body"])
    if hashlib.sha256(body).digest() != row["sha256"]:
        raise StoreCorrupt(
            f"the value {row['id']!r} in table {table} is not what was written (checksum differs). "
            "Run: telltale check; `telltale learn` makes guard, procedures and look-alikes anew."
        )
    return body


def _rows(tenant: str, values: Mapping[str, bytes]) -> Any:
    import pyarrow as pa

    now = time.time()
    found = [
        {"id": name, "tenant": tenant, "body": body, "sha256": hashlib.sha256(body).digest(), "time": now}
        for name, body in values.items()
    ]
    return pa.Table.from_pylist(found, schema=schema.documents())
