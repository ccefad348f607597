"""Procedures, look-alikes, insights, versions of skills and proposals as JSON by name, and back. Knows no tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from .canonical import from_json, to_json
from .skills import skill_fields, skill_of
from .types import Difference, Insight, LookAlike, Procedure, Profile, Proposal, Skill


def pack_procedures(procedures: Sequence[Procedure]) -> dict[str, bytes]:
    """One value for each procedure, by its name."""
    return {procedure.name: to_json(procedure) for procedure in procedures}


def unpack_procedures(values: Mapping[str, bytes]) -> list[Procedure]:
    """The procedures, sorted by name."""
    found = [from_json(value) for value in values.values()]
    lists = [{name: tuple(f.get(name, ())) for name in ("keys", "merged")} for f in found]
    return [Procedure(**f | of | {"profile": Profile(**f["profile"])}) for f, of in zip(found, lists, strict=True)]


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
    return [Insight(**f | {name: tuple(f.get(name, ())) for name in ("evidence", "spans")}) for f in found]


def pack_versions(skills: Sequence[Skill]) -> dict[str, bytes]:
    """One value for each version of a skill, by id and version."""
    return {f"{skill.id}:{skill.version:06}": to_json(skill_fields(skill)) for skill in skills}


def unpack_versions(values: Mapping[str, bytes]) -> list[Skill]:
    """The versions, those of one skill together and oldest first."""
    return [skill_of(from_json(value)) for _, value in sorted(values.items())]


def pack_proposals(proposals: Sequence[Proposal]) -> dict[str, bytes]:
    """One value for each proposal, by its id."""
    return {
        one.id: to_json({"skill": skill_fields(one.skill)} | {n: getattr(one, n) for n in _SAID}) for one in proposals
    }


def unpack_proposals(values: Mapping[str, bytes]) -> list[Proposal]:
    """The proposals, sorted by id."""
    found = [(id_, from_json(value)) for id_, value in sorted(values.items())]
    return [Proposal(id=id_, skill=skill_of(told["skill"]), **{n: told[n] for n in _SAID}) for id_, told in found]


_SAID = ("replaces", "reason", "time")
