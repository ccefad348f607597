"""The tables of one tenant: its own ones, or its rows of those that all tenants of a service share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import schema
from .place import Place
from .registry import Tenant
from .table import Table, table_at

MEMORIES = "memories"


def tables_of(tenant: Tenant, place: Place, connection: Callable[[], Any]) -> dict[str, Table]:
    """All tables of the tenant at its place by name, that of its memories first. None of them is opened."""
    found = {
        MEMORIES: table_at(
            place,
            MEMORIES,
            kind=f"_{tenant.dimension}",  # vectors of one table have one length
            owner=tenant.id,
            connection=connection,
            schema=lambda: schema.memories(tenant.dimension),
            indexes=schema.memories_indexes,
        )
    }
    for name in schema.DOCUMENT_TABLES:
        indexes = schema.documents_indexes(name)
        how: dict[str, Any] = {"owner": tenant.id, "connection": connection, "indexes": indexes}
        found[name] = table_at(place, name, schema=schema.documents, **how)
    return found
