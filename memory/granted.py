"""Which tenants may read another as a library: a setting of the one that is read.

A grant is to a tenant by its id, so that it goes on after a rename and ends with a delete. Where nobody is called that
when it is made, it is to whoever is called that later; so are grants that were made before ids were kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from .registry import check_name
from .tenants import TenantStore

GRANTED = "library:granted"  # the setting: a JSON list of names with ids, before of names alone
EVERYBODY = "*"
BY_NAME = ""  # in place of an id

Grant = tuple[str, str]  # a name, and the id of the tenant that was called that


def granted(tenant: TenantStore, called: Callable[[str], str | None]) -> list[str]:
    """The names of the tenants that may read this one as a library, sorted; ``"*"`` is all of the store.

    ``called`` tells what the tenant with an id is called now, None where there is none any more.
    """
    names = (called(id_) if id_ else name for name, id_ in _granted(tenant))
    return sorted({name for name in names if name is not None})


def is_granted(library: TenantStore, tenant: TenantStore) -> bool:
    """Whether ``tenant`` may read ``library``."""
    return any(id_ == tenant.id if id_ else name in {tenant.name, EVERYBODY} for name, id_ in _granted(library))


def grant(tenant: TenantStore, name: str, id_: str | None) -> None:
    """Let the tenant called ``name``, with that id, or with ``"*"`` every one of the store, read this as a library."""
    if name == EVERYBODY:
        id_ = None  # although a tenant could be called that
    check_name(name)
    _set(tenant, {*_granted(tenant), (name, id_ or BY_NAME)})


def revoke(tenant: TenantStore, name: str, id_: str | None) -> None:
    """Take that back, however it was granted."""
    _set(tenant, {one for one in _granted(tenant) if one != (name, BY_NAME) and one[1] != (id_ or None)})


def _granted(tenant: TenantStore) -> set[Grant]:
    found: list[str | tuple[str, str]] = json.loads(tenant.meta(GRANTED) or "[]")
    return {(one, BY_NAME) if isinstance(one, str) else (one[0], one[1]) for one in found}


def _set(tenant: TenantStore, grants: set[Grant]) -> None:
    tenant.set_meta(GRANTED, json.dumps(sorted(grants)))
