"""Test doubles and short cuts that users' tests get too. Deterministic, offline, and readable in an assertion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import Stored
from .embedders import unit_rows
from .identity import episode_id
from .tenants import TenantStore
from .text import hashed, words
from .types import Episode, Outcome, Step


class HashingEmbedder:
    """Every word adds one to the place its hash names, so the cosine is the overlap of words."""

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension
        self.name = f"hashing:{dimension}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape ``(n, dimension)``; the zero row for a text without words."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            np.add.at(row, hashed(words(text)) % self.dimension, 1)
        return unit_rows(rows)


def an_episode(text: str, **fields: Any) -> Episode:
    """A successful episode of one refund, but for the ``fields`` that are given."""
    usual = Episode(
        text=text,
        steps=(Step(tool="refund", arguments={"order": 1832}),),
        outcome=Outcome.SUCCESS,
        said_by="test",
        signature="refund",
        source="desk",
    )
    return replace(usual, **fields)


def put(tenant: TenantStore, *episodes: Episode) -> Stored:
    """Sign, embed and store the episodes as they are, without the write path's reading, redacting and cutting."""
    signed = [e if e.id else replace(e, id=episode_id(tenant.key, e)) for e in episodes]
    return tenant.put(signed, tenant.embedder.embed([e.text for e in signed]))
