"""The ``guard`` column: what judging one memory needs, in one run of bytes.

Three lengths (little-endian uint32), then a JSON list padded to a multiple of four bytes, then token and fact hashes
(sorted little-endian uint32), then the facets as JSON. One column instead of ten: a search over 100,000 rows reads
fifty scattered rows of it in a quarter of the time.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from .canonical import from_json, to_json
from .text import TokenIds

_LENGTHS = struct.Struct("<III")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What the column holds of one memory."""

    id: str
    key: str
    tokens: TokenIds
    facts: TokenIds
    source: str = ""
    outcome: int = 3  # index into tuple(Outcome): unknown
    given: bool = False
    duplicate: str = ""
    time: float | None = None
    facets: bytes = b"[]"  # JSON: [kind, value] or [kind, value, start, end]


def pack(row: Packed) -> bytes:
    """The bytes of the column."""
    head = to_json([row.id, row.key, row.source, row.outcome, row.given, row.duplicate, row.time])
    head += b" " * (-len(head) % 4)
    tokens, facts = (ids.astype("<u4", copy=False).tobytes() for ids in (row.tokens, row.facts))
    return b"".join([_LENGTHS.pack(len(head), len(tokens), len(facts)), head, tokens, facts, row.facets])


def unpack(data: bytes) -> Packed:
    """What ``pack`` was given; the arrays are views of ``data``."""
    head, tokens, facts = _LENGTHS.unpack_from(data)
    start = _LENGTHS.size
    id_, key, source, outcome, given, duplicate, time = from_json(data[start : start + head])
    start += head
    return Packed(
        id=id_,
        key=key,
        tokens=np.frombuffer(data, "<u4", tokens // 4, start),
        facts=np.frombuffer(data, "<u4", facts // 4, start + tokens),
        source=source,
        outcome=outcome,
        given=given,
        duplicate=duplicate,
        time=time,
        facets=data[start + tokens + facts :],
    )
