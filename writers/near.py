"""Texts that are nearly the same, in groups. Knows tokens by hash."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from telltale.memory.text import TokenIds


def groups(tokens: Sequence[TokenIds], ties: Sequence[str], *, alike: float) -> list[int]:
    """For each row the number of its group: rows that overlap (Jaccard) by ``alike`` or share a tie, and whom they do.

    Rows that overlap that much share one of their rarest tokens, so only those are compared (prefix filtering:
    Chaudhuri, Ganti & Kaushik 2006; Bayardo, Ma & Srikant 2007). Single linkage: a chain of neighbours is one group.
    """
    leader = list(range(len(tokens)))

    def find(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    first: dict[str, int] = {}
    for row, tie in enumerate(ties):
        leader[find(row)] = find(first.setdefault(tie, row))
    sets = [frozenset(row.tolist()) for row in tokens]
    often = Counter(token for row in sets for token in row)
    holding: dict[int, list[int]] = {}
    for row, found in enumerate(sets):
        rarest = sorted(found, key=lambda token: (often[token], token))[
            : len(found) - math.ceil(alike * len(found)) + 1
        ]
        for other in {one for token in rarest for one in holding.get(token, ())}:
            if find(other) != find(row) and len(found & sets[other]) >= alike * len(found | sets[other]):
                leader[find(row)] = find(other)
        for token in rarest:
            holding.setdefault(token, []).append(row)
    return [find(row) for row in range(len(tokens))]
