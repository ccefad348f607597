"""Test doubles that users' tests get too. Deterministic, offline, and readable in an assertion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .embedders import unit_rows
from .text import hashed, words


class HashingEmbedder:
    """Every word adds one to the place its hash names, so the cosine is the overlap of words."""

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.name = f"hashing:{dimension}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape ``(n, dimension)``; the zero row for a text without words."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            np.add.at(row, hashed(words(text)) % self.dimension, 1)
        return unit_rows(rows)
