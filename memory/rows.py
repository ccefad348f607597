"""Episodes and skills as rows of the table of memories, and back.

Two columns are packed, since reading a column of fifty scattered rows costs about as much whatever it holds: ``guard``
is what judging needs (guard_column.py), ``body`` all else as JSON. Every row has two checksums: over what was told of
it, so that telling it again is seen to change nothing, and over everything else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import OUTCOMES, Block
from .canonical import from_json, to_json
from .errors import BadArgument
from .facets import fact_ids, find_facets
from .guard_column import Packed, pack, unpack
from .identity import duplicate_hash, step_fields
from .skills import searched, skill_fields, skill_of
from .text import hashed, token_ids
from .types import Episode, Facet, Outcome, Skill, Step

Row = dict[str, Any]

GUARD_COLUMNS = ("guard", "vector")
WHOLE_COLUMNS = ("guard", "body")
ALL_COLUMNS = ("guard", "vector", "body")
_STEP = ("tool", "arguments", "observation", "error", "read_only")
_TOLD_IF_ANY = ("parent", "task_id")  # left out where empty, so that rows from before they were known stay equal
_TOLD = ("answer", "context", "format", "label", "said_by", "score", "signature", "task_index", "text", "trace_id")


def episode_row(episode: Episode, tenant_key: bytes, redaction_version: int) -> Row:
    """The columns of ``episode`` but for tenant, vector, written and checksum.

    Raises BadArgument for text or context that cannot be stored.
    """
    facets = find_facets(episode.case)
    packed = Packed(
        id=episode.id,
        key=episode.key,
        source=episode.source,
        outcome=OUTCOMES.index(_outcome(episode)),
        given=bool(episode.label),
        duplicate=duplicate_hash(tenant_key, episode),
        time=episode.time,
        tokens=token_ids(episode.text),
        facts=fact_ids(facets),
        facets=to_json([[f.kind, f.value, *(f.span or ())] for f in facets]),
    )
    body = {name: getattr(episode, name) for name in _TOLD}
    body |= {"outcome": episode.outcome, "steps": step_fields(episode)}
    body |= {name: value for name in _TOLD_IF_ANY if (value := getattr(episode, name))}
    return _row("episode", episode.text, packed, body) | {"redaction_version": redaction_version}


def skill_row(skill: Skill) -> Row:
    """The columns of ``skill`` but for tenant, vector, written and checksum."""
    text = searched(skill)
    packed = Packed(id=skill.id, key=skill.procedure, tokens=token_ids(text), facts=hashed(()))
    return _row("skill", text, packed, skill_fields(skill))


def keep_known(episode: Episode, there: Episode) -> Episode:
    """``episode`` with what it leaves unsaid (outcome, label, source, time) taken from the one that is there.

    A guess at the outcome says less than a word.
    """
    if episode.outcome is Outcome.UNKNOWN or (episode.guessed and there.said_by and not there.guessed):
        episode = replace(episode, outcome=there.outcome, score=there.score, said_by=there.said_by)
    time = episode.time if episode.time is not None else there.time
    return replace(episode, label=episode.label or there.label, source=episode.source or there.source, time=time)


def checksum(row: Mapping[str, Any]) -> bytes:
    """16 bytes: 8 over what was told, 8 over vector, provenance and derived columns."""
    vector = np.asarray(row["vector"], dtype="<f4").tobytes()
    plain = [row[name] for name in ("id", "tenant", "key", "outcome", "source", "time", "text", "written")]
    return told(row) + _digest(row["guard"] + vector, plain)


def told(row: Mapping[str, Any]) -> bytes:
    """The part of the checksum over what was told: equal when telling again changes nothing."""
    facets = hashlib.blake2b(unpack(row["guard"]).facets).hexdigest()
    return _digest(row["body"], [row["kind"], row["redaction_version"], facets])


def to_arrow(rows: Sequence[Row], schema: Any) -> Any:
    """The rows as one Arrow table. Raises BadArgument where a text cannot be stored as UTF-8."""
    import pyarrow as pa

    columns = []
    for field in schema:
        values = [row[field.name] for row in rows]
        try:
            vectors = field.name == "vector"
            columns.append(_vectors(values, field.type.list_size) if vectors else pa.array(values, type=field.type))
        except (UnicodeEncodeError, pa.ArrowException, OverflowError, TypeError) as error:
            raise BadArgument(
                f"found a {field.name} that cannot be stored ({error}), expected {field.type}; mend it or leave it out"
            ) from error
    return pa.Table.from_arrays(columns, schema=schema)


def episodes_of(table: Any) -> list[Episode]:
    """The episodes of an Arrow table that has WHOLE_COLUMNS, in its order."""
    columns = (table.column(name).to_pylist() for name in WHOLE_COLUMNS)
    packed = ((unpack(guard), from_json(body)) for guard, body in zip(*columns, strict=True))
    return [episode_of(body, id_=row.id, source=row.source, time=row.time) for row, body in packed]


def skills_of(table: Any) -> list[Skill]:
    """The skills of an Arrow table that has ``body``, sorted by id."""
    found = [_skill(body) for body in table.column("body").to_pylist()]
    return sorted(found, key=lambda skill: skill.id)


@lru_cache(maxsize=2_048)  # a library is read whole at every distilling and listing, and little of it has changed
def _skill(body: bytes) -> Skill:
    return skill_of(from_json(body))


def facets_of(data: bytes) -> tuple[Facet, ...]:
    """The facets that ``episode_row`` packed."""
    return tuple(
        Facet(kind=kind, value=value, span=(span[0], span[1]) if span else None)
        for kind, value, *span in from_json(data)
    )


def block_of(table: Any) -> Block:
    """The guard columns of an Arrow table that has GUARD_COLUMNS, in its order."""
    return block_from([unpack(data) for data in table.column("guard").to_pylist()], vectors_of(table))


def block_from(found: Sequence[Packed], vectors: NDArray[np.float32]) -> Block:
    """The same of rows that were unpacked before."""
    return Block(
        ids=[row.id for row in found],
        keys=[row.key for row in found],
        sources=[row.source for row in found],
        outcomes=np.array([row.outcome for row in found], dtype=np.int8),
        given=np.array([row.given for row in found], dtype=np.bool_),
        vectors=vectors,
        tokens=[row.tokens for row in found],
        facts=[row.facts for row in found],
        duplicates=[row.duplicate for row in found],
        times=np.array([np.nan if row.time is None else row.time for row in found], dtype=np.float64),
    )


def vectors_of(table: Any) -> NDArray[np.float32]:
    """The vector column as ``(n, dimension)``."""
    column = table.column("vector").combine_chunks()
    values: NDArray[np.float32] = column.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(len(table), column.type.list_size)


def _outcome(episode: Episode) -> Outcome:
    """As it counts in judging: a success that is only guessed is not verified."""
    return Outcome.PARTIAL if episode.guessed and episode.outcome is Outcome.SUCCESS else episode.outcome


def _row(kind: str, text: str, packed: Packed, body: Mapping[str, Any]) -> Row:
    plain = {name: getattr(packed, name) for name in ("id", "key", "outcome", "source", "time")}
    return {"kind": kind, "text": text, "guard": pack(packed), "body": to_json(body), "redaction_version": 0, **plain}


def _digest(data: bytes, values: Sequence[Any]) -> bytes:
    digest = hashlib.blake2b(data, digest_size=8)
    digest.update(repr(values).encode("utf-8", "surrogatepass"))
    return digest.digest()


def _vectors(values: Sequence[NDArray[np.float32]], dimension: int) -> Any:
    import pyarrow as pa

    flat = np.concatenate(values).astype(np.float32, copy=False) if values else np.zeros(0, np.float32)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), dimension)


def episode_of(body: dict[str, Any], *, id_: str, source: str, time: float | None) -> Episode:
    """The episode that a body tells of, with what its other columns say."""
    steps = tuple(Step(**dict(zip(_STEP, step, strict=True))) for step in body["steps"])
    elsewhere = {"id": id_, "source": source, "time": time}
    return Episode(**body | elsewhere | {"steps": steps, "outcome": Outcome(body["outcome"])})
