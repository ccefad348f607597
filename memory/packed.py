"""Procedures, look-alikes and insights as JSON bytes by name, and back. Knows nothing of tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from .canonical import from_json, to_json
from .types import Difference, Insight, LookAlike, Procedure, Profile


def pack_procedures(procedures: Sequence[Procedure]) -> dict[str, bytes]:
    """One value for each procedure, by its name."""
    return {procedure.name: to_json(procedure) for procedure in procedures}


def unpack_procedures(values: Mapping[str, bytes]) -> list[Procedure]:
    """The procedures, sorted by name."""
    found = [from_json(value) for value in values.values()]
    return [Procedure(**f | {"keys": tuple(f["keys"]), "profile": Profile(**f["profile"])}) for f in found]


def pack_look_alikes(pairs: Sequence[LookAlike]) -> dict[str, bytes]:
    """One value for each pair, by both ids."""
    return {f"{pair.first}:{pair.second}": to_json(pair) for pair in pairs}


def unpack_look_alikes(values: Mapping[str, bytes]) -> list[LookAlike]:
    """The pairs, most alike first."""
    found = [from_json(value) for value in values.values()]
    pairs = [LookAlike(**f | {"difference": f["difference"] and Difference(**f["difference"])}) for f in found]
    return sorted(pairs, key=lambda pair: -pair.similarity)


def pack_insights(insights: Sequence[Insight]) -> dict[str, bytes]:
    """One value for each insight, by its id, else by a hash of what it says."""
    packed = [(insight.id, to_json(insight)) for insight in insights]
    return {id_ or hashlib.blake2b(value, digest_size=16).hexdigest(): value for id_, value in packed}


def unpack_insights(values: Mapping[str, bytes]) -> list[Insight]:
    """The insights, sorted by id."""
    found = [from_json(value) | {"id": id_} for id_, value in values.items()]
    return [Insight(**f | {"evidence": tuple(f["evidence"])}) for f in found]
