"""Who is in a store: names to opaque folders, kept in the root's own table. A name never becomes part of a path."""

from __future__ import annotations

import secrets
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from . import schema
from .embedders import Embedder, load_embedder
from .errors import BadTenantName, EmbedderMismatch, SchemaTooNew
from .identity import new_id
from .maintain import erase, maintain
from .table import Table

LONGEST_NAME = 200
LEAVING = "/"  # in front of a tenant's id, in place of its name, while it is deleted: no tenant can be called that
UPKEEP = 64  # changes between two looks at whether the table is in order
_KEEP_VERSIONS = timedelta(seconds=10)  # the table is small, and a read that lost its version looks again


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A row of the root's table."""

    name: str
    id: str
    key: bytes
    embedder: str
    dimension: int
    created: float
    schema: int


def check_name(name: str) -> str:
    """``name`` if a tenant may be called that. Raises BadTenantName."""
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        raise BadTenantName(
            f"found a tenant name that is no text or of the wrong length, expected 1 to {LONGEST_NAME} characters. "
            "Choose a plain name such as 'default' or 'team-a'."
        )
    if name.startswith(".") or "/" in name or "\\" in name or not name.isprintable():
        raise BadTenantName(
            f"found tenant name {name!r}, expected printable characters without / and \\ and no dot in front. "
            "Choose a plain name such as 'default' or 'team-a'."
        )
    if unicodedata.normalize("NFKC", name) != name or name != name.strip():
        suggestion = unicodedata.normalize("NFKC", name).strip()
        raise BadTenantName(f"found tenant name {name!r}, which reads like {suggestion!r}; use that spelling instead")
    return name


def find(table: Table, name: str) -> Tenant | None:
    """The tenant called ``name``, or None."""
    from lancedb.expr import col, lit

    rows = table.rows(col("name") == lit(name)).to_pylist()
    return Tenant(**rows[0]) if rows else None


def called(table: Table, id_: str) -> str | None:
    """What the tenant with that id is called, or None."""
    from lancedb.expr import col, lit

    found = table.rows(col("id") == lit(id_), ["name"]).column("name").to_pylist()
    return found[0] if found and not found[0].startswith(LEAVING) else None


def names_by_id(table: Table) -> dict[str, str]:
    """All tenants' names by their ids."""
    found = table.rows(columns=["id", "name"]).to_pylist()
    return {row["id"]: row["name"] for row in found if not row["name"].startswith(LEAVING)}


def names(table: Table) -> list[str]:
    """All tenants' names, sorted."""
    return sorted(name for name in _all_names(table) if not name.startswith(LEAVING))


def leaving(table: Table) -> list[Tenant]:
    """The tenants whose deletion was begun and not finished."""
    found = [find(table, name) for name in _all_names(table) if name.startswith(LEAVING)]
    return [tenant for tenant in found if tenant is not None]


def _all_names(table: Table) -> list[str]:
    found: list[str] = table.rows(columns=["name"]).column("name").to_pylist()
    return found


def new_tenant(name: str, embedder: Embedder) -> Tenant:
    """A tenant with a fresh folder and key, not yet in any table."""
    return Tenant(
        name=name,
        id=new_id(),
        key=secrets.token_bytes(32),
        embedder=embedder.name,
        dimension=embedder.dimension,
        created=time.time(),
        schema=schema.SCHEMA_VERSION,
    )


def restored(about: Mapping[str, Any], name: str) -> Tenant:
    """The tenant that was exported, under a folder of its own and a name of its new store."""
    plain = {field: about[field] for field in ("embedder", "dimension", "created", "schema")}
    return Tenant(name=name, id=new_id(), key=bytes.fromhex(about["key"]), **plain)


def add(table: Table, tenant: Tenant) -> None:
    """Write the tenant's row, unless there is one of that name."""
    table.insert(_row(tenant))


def save(table: Table, tenant: Tenant) -> None:
    """Write the tenant's row in place of the one that is there."""
    table.upsert(_row(tenant))


def rename(table: Table, old: str, new: str) -> None:
    """Call the tenant ``old`` by another name, in one commit."""
    from lancedb.expr import col, lit

    table.update(col("name") == lit(old), {"name": new})


def remove(table: Table, name: str) -> None:
    """Take the tenant's row away, and its bytes, those under earlier names included."""
    from lancedb.expr import col, lit

    table.delete(col("name") == lit(name))
    erase(table)


def tidy(table: Table) -> None:
    """Keep the table as quick with ten thousand tenants as with ten."""
    maintain(table, keep=_KEEP_VERSIONS)


def check_schema(tenant: Tenant) -> None:
    """Raises SchemaTooNew if a later telltale wrote the tenant."""
    if tenant.schema > schema.SCHEMA_VERSION:
        raise SchemaTooNew(
            f"tenant {tenant.name!r} has schema {tenant.schema}, this telltale knows up to {schema.SCHEMA_VERSION}. "
            "Run: pip install --upgrade telltale-memory"
        )


def embedder_for(tenant: Tenant, wanted: str | Embedder | None) -> Embedder:
    """The tenant's own embedder, or the wanted one if it is the same.

    Raises EmbedderMismatch before loading anything, when a name can already tell.
    """
    name = wanted if isinstance(wanted, str) or wanted is None else wanted.name
    if name is not None and name != tenant.embedder and (":" in name or ":" not in tenant.embedder):
        raise _mismatch(tenant, name)
    embedder = load_embedder(tenant.embedder if wanted is None else wanted)
    if (embedder.name, embedder.dimension) != (tenant.embedder, tenant.dimension):
        raise _mismatch(tenant, f"{embedder.name} ({embedder.dimension} dimensions)")
    return embedder


def _mismatch(tenant: Tenant, found: str) -> EmbedderMismatch:
    return EmbedderMismatch(
        f"tenant {tenant.name!r} was made with embedder {tenant.embedder} ({tenant.dimension} dimensions) and cannot "
        f"be opened with {found}. Leave the embedder out, or ingest into a new tenant with the other embedder."
    )


def _row(tenant: Tenant) -> Any:
    import pyarrow as pa

    row = {name: getattr(tenant, name) for name in schema.tenants().names}
    return pa.Table.from_pylist([row], schema=schema.tenants())
