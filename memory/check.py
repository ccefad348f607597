"""What verifying a tenant's tables finds. Knows nothing of how to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something a check found wrong."""

    table: str
    what: str
    ids: tuple[str, ...] = ()
