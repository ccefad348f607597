"""Guard columns in columnar form: what judging a candidate needs, and nothing that only rendering needs.

Knows nothing of tables; rows.py makes blocks of Arrow columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .text import TokenIds
from .types import Outcome

OUTCOMES = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Block:
    """Guard columns of n memories."""

    ids: list[str]
    keys: list[str]  # the given label, else the signature
    sources: list[str]
    outcomes: NDArray[np.int8]  # (n,) index into tuple(Outcome)
    given: NDArray[np.bool_]  # (n,) the procedure was given, not derived
    vectors: NDArray[np.float32]  # (n, dim) unit rows
    tokens: list[TokenIds]
    facts: list[TokenIds]
    duplicates: list[str]  # equal for copies of (text, context, steps, answer)
    times: NDArray[np.float64]  # (n,) seconds since the epoch, nan where unknown

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, indices: Sequence[int] | NDArray[np.integer]) -> Block:
        """The rows at ``indices``, in that order."""
        at = np.asarray(indices, dtype=np.intp)
        positions = at.tolist()
        return Block(
            ids=[self.ids[i] for i in positions],
            keys=[self.keys[i] for i in positions],
            sources=[self.sources[i] for i in positions],
            outcomes=self.outcomes[at],
            given=self.given[at],
            vectors=self.vectors[at],
            tokens=[self.tokens[i] for i in positions],
            facts=[self.facts[i] for i in positions],
            duplicates=[self.duplicates[i] for i in positions],
            times=self.times[at],
        )

    @staticmethod
    def concat(blocks: Sequence[Block]) -> Block:
        """The rows of all ``blocks``, one after the other. There must be at least one block."""
        return Block(
            ids=[i for b in blocks for i in b.ids],
            keys=[k for b in blocks for k in b.keys],
            sources=[s for b in blocks for s in b.sources],
            outcomes=np.concatenate([b.outcomes for b in blocks]),
            given=np.concatenate([b.given for b in blocks]),
            vectors=np.concatenate([b.vectors for b in blocks]),
            tokens=[t for b in blocks for t in b.tokens],
            facts=[f for b in blocks for f in b.facts],
            duplicates=[d for b in blocks for d in b.duplicates],
            times=np.concatenate([b.times for b in blocks]),
        )


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the two searches returned: the union of their rows, and what each search said of every row."""

    block: Block  # distinct ids
    dense: NDArray[np.float32]  # (n,) cosine to the case, for every row
    lexical: NDArray[np.float32]  # (n,) the search's own score, nan where the lexical search did not return the row
    dense_rank: NDArray[np.int32]  # (n,) 0-based, -1 where the dense search did not return the row
    lexical_rank: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a put did, by id."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
