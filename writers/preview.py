"""What storing would come to, without storing: a dry run's stand-in for the memory's end of an ingestion."""

from __future__ import annotations

from collections.abc import Sequence

from telltale.memory.block import Stored
from telltale.memory.store import TenantStore
from telltale.memory.types import Episode

from .redact import version


class Preview:
    """Remembers which episodes would be there by now: 16 bytes or so for each, and nothing of what they say."""

    def __init__(self, tenant: TenantStore, *, pii: bool = False) -> None:
        self._tenant, self._version = tenant, version(pii=pii)
        self._seen: set[bytes] = set()
        self.keys: set[str] = set()
        self.added = 0

    def store(self, episodes: Sequence[Episode]) -> Stored:
        """What would become of ``episodes``, after all that were given before."""
        fresh = [episode for episode in episodes if bytes.fromhex(episode.id) not in self._seen]
        found = self._tenant.compare(fresh, redaction_version=self._version)
        self._seen |= {bytes.fromhex(episode.id) for episode in fresh}
        self.keys |= {episode.key for episode in fresh}
        self.added += len(found.added)
        return found
