"""From what a format read to what is stored: redact, cut, join the outcome, sign, name, embed, store.

Each stage is a function from value to value; this page is their order. Files are ingest.py's business.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from telltale.memory.block import Stored
from telltale.memory.embedders import embed_texts
from telltale.memory.identity import episode_id
from telltale.memory.store import TenantStore
from telltale.memory.types import Episode, Trace

from .clean import is_clean
from .cut import cut
from .outcomes import Outcomes
from .redact import redact, redacts_people, version
from .sign import signature
from .signals import guessed

EMBEDDED_AT_ONCE = 256


def episodes_of(
    item: Trace | Episode,
    key: bytes,
    outcomes: Outcomes | None = None,
    signals: Sequence[str] = (),
    *,
    pii: bool = False,
) -> list[Episode]:
    """The episodes of a trace as they are stored: redacted with the tenant's ``key``, signed, with ids.

    An outcome is what the file of outcomes says, else what the trace says, else what ``signals`` guess. Raises
    RecordError (EMPTY_TRACE, NO_TASK) for a trace that holds none.
    """
    redacted = item if is_clean(item, pii=pii) else redact(item, key, pii=pii)
    found = [guessed(redacted, (), signals)] if isinstance(redacted, Episode) else cut(redacted, signals)
    told = outcomes.told(found) if outcomes else found
    return [named(episode, key) for episode in told]


def store(episodes: Sequence[Episode], tenant: TenantStore) -> Stored:
    """Embed the episodes' texts and store them; on disk when it returns."""
    texts = [episode.text for episode in episodes]
    parts = [texts[start : start + EMBEDDED_AT_ONCE] for start in range(0, len(texts), EMBEDDED_AT_ONCE)]
    if not parts:
        return Stored()
    vectors = np.concatenate([embed_texts(tenant.embedder, part) for part in parts])
    return tenant.put(episodes, vectors, redaction_version=version(pii=redacts_people(tenant)))


def named(episode: Episode, key: bytes) -> Episode:
    """The redacted episode with the signature and the id that it has with the tenant's ``key``."""
    signed = signature(episode.steps, episode.answer)
    return dataclasses.replace(episode, signature=signed, id=episode_id(key, episode))
