"""A tenant as the place where a model's answers are kept: beside the opinions of judges, and forgotten with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telltale.memory.tenants import TenantStore


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """Answers in the table of opinions. Nothing is kept where the memory is read-only."""

    tenant: TenantStore

    def get(self, name: str) -> Mapping[str, Any] | None:
        """What was kept under ``name``."""
        return self.tenant.opinion(name)

    def put(self, name: str, answer: Mapping[str, Any]) -> None:
        """Keep ``answer``; written within a second, in the background."""
        self.tenant.keep_opinion(name, answer)
