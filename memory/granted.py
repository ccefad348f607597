"""Which tenants may read another as a library: a setting of the one that is read."""

from __future__ import annotations

import json

from .registry import check_name
from .tenants import TenantStore

GRANTED = "library:granted"  # the setting: a JSON list of names
EVERYBODY = "*"


def granted(tenant: TenantStore) -> list[str]:
    """The names of the tenants that may read this one as a library, sorted; ``"*"`` is all of the store."""
    found: list[str] = json.loads(tenant.meta(GRANTED) or "[]")
    return found


def is_granted(library: TenantStore, name: str) -> bool:
    """Whether the tenant called ``name`` may read ``library``."""
    return not {name, EVERYBODY}.isdisjoint(granted(library))


def grant(tenant: TenantStore, name: str) -> None:
    """Let the tenant called ``name``, or with ``"*"`` every tenant of the store, read this one as a library."""
    if name != EVERYBODY:
        check_name(name)
    tenant.set_meta(GRANTED, json.dumps(sorted({*granted(tenant), name})))


def revoke(tenant: TenantStore, name: str) -> None:
    """Take that back."""
    tenant.set_meta(GRANTED, json.dumps(sorted({*granted(tenant)} - {name})))
