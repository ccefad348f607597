"""Episodes and skills as rows of the table of memories, and rows as episodes, skills and guard columns.

Every row carries two checksums: over what was told of the episode (so that telling it again is seen to change
nothing), and over everything else. Knows nothing of how tables are read or written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import OUTCOMES, Block
from .canonical import from_json, to_json
from .errors import BadArgument
from .facets import fact_ids, find_facets
from .identity import duplicate_hash, step_fields
from .text import TokenIds, token_ids
from .types import Episode, Facet, Outcome, Skill, SkillStep, Status, Step

Row = dict[str, Any]

GUARD_COLUMNS = ("id", "key", "source", "outcome", "given", "vector", "tokens", "facts", "duplicate", "time")
EPISODE_COLUMNS = (
    *("id", "label", "signature", "text", "context", "steps", "answer", "outcome", "score", "said_by"),
    *("source", "trace_id", "task_index", "format", "time"),
)
# What a later telling that leaves it out does not take back.
KNOWN_COLUMNS = ("id", "outcome", "score", "said_by", "label", "given", "source", "time")
# What says something of the episode itself. Where it came from and when may differ between two tellings of one trace.
TOLD_COLUMNS = (
    *("id", "kind", "key", "label", "signature", "text", "context", "steps", "answer", "outcome", "score", "said_by"),
    *("facets", "skill", "redaction_version"),
)
_REST_COLUMNS = ("tenant", "given", "facts", "tokens", "duplicate", "source", "trace_id", "task_index", "format")


def episode_row(episode: Episode, tenant_key: bytes) -> Row:
    """The columns of ``episode`` but for tenant, vector, written and checksum.

    Raises BadArgument for text or context that cannot be stored.
    """
    facets = find_facets(episode.case)
    return _blank() | {
        "id": episode.id,
        "kind": "episode",
        "key": episode.key,
        "label": episode.label,
        "signature": episode.signature,
        "text": episode.text,
        "context": to_json(episode.context),
        "steps": to_json(step_fields(episode)),
        "answer": episode.answer,
        "outcome": OUTCOMES.index(episode.outcome),
        "score": episode.score,
        "said_by": episode.said_by,
        "given": bool(episode.label),
        "facets": to_json([[f.kind, f.value, *(f.span or ())] for f in facets]),
        "facts": _packed(fact_ids(facets)),
        "tokens": _packed(token_ids(episode.text)),
        "duplicate": duplicate_hash(tenant_key, episode),
        "source": episode.source,
        "trace_id": episode.trace_id,
        "task_index": episode.task_index,
        "format": episode.format,
        "time": episode.time,
    }


def skill_row(skill: Skill) -> Row:
    """The columns of ``skill`` but for tenant, vector, written and checksum."""
    text = f"{skill.name}. {skill.when_to_use}"
    return _blank() | {
        "id": skill.id,
        "kind": "skill",
        "key": skill.procedure,
        "text": text,
        "tokens": _packed(token_ids(text)),
        "skill": to_json(_skill_fields(skill)),
    }


def keep_known(row: Row, there: Row | None) -> Row:
    """``row`` with what it leaves unsaid taken from the row that is there."""
    kept: Row = {}
    if there is not None:
        if OUTCOMES[row["outcome"]] is Outcome.UNKNOWN:
            kept |= {name: there[name] for name in ("outcome", "score", "said_by")}
        if not row["label"]:
            kept |= {"label": there["label"], "given": there["given"], "key": there["label"] or row["key"]}
        kept |= {name: there[name] for name in ("source", "time") if not row[name]}
    return row | kept


def seal(row: Row, *, tenant: str, vector: NDArray[np.float32], written: float, redaction_version: int) -> Row:
    """``row`` whole, with its checksum."""
    whole = row | {
        "tenant": tenant,
        "vector": vector,
        "written": written,
        "redaction_version": redaction_version,
    }
    return whole | {"checksum": checksum(whole)}


def checksum(row: Mapping[str, Any]) -> bytes:
    """16 bytes: 8 over what was told of the episode, 8 over vector, provenance and derived columns."""
    told = hashlib.blake2b(digest_size=8)
    rest = hashlib.blake2b(np.asarray(row["vector"], dtype="<f4").tobytes(), digest_size=8)
    rest.update(repr((row["time"], row["written"])).encode())
    for digest, columns in ((told, TOLD_COLUMNS), (rest, _REST_COLUMNS)):
        for column in columns:
            digest.update(_bytes_of(row[column]) + b"\x00")
    return told.digest() + rest.digest()


def told(found: bytes) -> bytes:
    """The part of a checksum that says what was told."""
    return found[:8]


def to_arrow(rows: Sequence[Row], schema: Any) -> Any:
    """The rows as one Arrow table. Raises BadArgument where a text cannot be stored as UTF-8."""
    import pyarrow as pa

    dimension = schema.field("vector").type.list_size
    columns = []
    for field in schema:
        values = [row[field.name] for row in rows]
        try:
            columns.append(_vectors(values, dimension) if field.name == "vector" else pa.array(values, type=field.type))
        except (UnicodeEncodeError, pa.ArrowException, OverflowError, TypeError) as error:
            raise BadArgument(f"found a {field.name} that cannot be stored ({error}); expected {field.type}") from error
    return pa.Table.from_arrays(columns, schema=schema)


def episodes_of(table: Any) -> list[Episode]:
    """The episodes of an Arrow table that has EPISODE_COLUMNS, in its order."""
    return [_episode(row) for row in table.to_pylist()]


def skill_of(data: bytes) -> Skill:
    """The skill that ``skill_row`` packed."""
    fields = from_json(data)
    steps = tuple(SkillStep(tool=tool, arguments=arguments, seen_in=seen) for tool, arguments, seen in fields["steps"])
    lists = {name: tuple(fields[name]) for name in ("when_not_to_use", "pitfalls", "evidence")}
    return Skill(**(fields | lists | {"steps": steps, "status": Status(fields["status"])}))


def facets_of(data: bytes) -> tuple[Facet, ...]:
    """The facets that ``episode_row`` packed."""
    return tuple(
        Facet(kind=kind, value=value, span=(span[0], span[1]) if span else None)
        for kind, value, *span in from_json(data or b"[]")
    )


def block_of(table: Any) -> Block:
    """The guard columns of an Arrow table that has GUARD_COLUMNS, in its order."""
    plain = {name: table.column(name).to_pylist() for name in ("id", "key", "source", "duplicate", "tokens", "facts")}
    return Block(
        ids=plain["id"],
        keys=plain["key"],
        sources=plain["source"],
        outcomes=np.array(table.column("outcome").to_numpy(), dtype=np.int8),
        given=np.array(table.column("given").to_numpy(), dtype=np.bool_),
        vectors=vectors_of(table),
        tokens=[unpacked(data) for data in plain["tokens"]],
        facts=[unpacked(data) for data in plain["facts"]],
        duplicates=plain["duplicate"],
        times=np.array(table.column("time").to_numpy(), dtype=np.float64),
    )


def vectors_of(table: Any) -> NDArray[np.float32]:
    """The vector column as ``(n, dimension)``."""
    column = table.column("vector").combine_chunks()
    values: NDArray[np.float32] = column.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(len(table), column.type.list_size)


def unpacked(data: bytes | None) -> TokenIds:
    """Packed hashes as an array, shape ``(n,)``."""
    return np.frombuffer(data or b"", dtype="<u4").astype(np.uint32, copy=False)


def _packed(ids: TokenIds) -> bytes:
    return ids.astype("<u4", copy=False).tobytes()


def _blank() -> Row:
    texts = dict.fromkeys(("label", "signature", "answer", "said_by", "duplicate", "source", "trace_id", "format"), "")
    packed = dict.fromkeys(("context", "steps", "facets", "facts", "tokens", "skill"), b"")
    unknown = {"outcome": OUTCOMES.index(Outcome.UNKNOWN), "score": None, "time": None}
    return {**texts, **packed, **unknown, "given": False, "task_index": 0}


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else repr(value).encode()


def _vectors(values: Sequence[NDArray[np.float32]], dimension: int) -> Any:
    import pyarrow as pa

    flat = np.concatenate(values).astype(np.float32, copy=False) if values else np.zeros(0, np.float32)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), dimension)


def _episode(row: Row) -> Episode:
    steps = from_json(row.pop("steps"))
    names = ("tool", "arguments", "observation", "error", "read_only")
    return Episode(
        **row
        | {
            "context": from_json(row["context"]),
            "outcome": OUTCOMES[row["outcome"]],
            "steps": tuple(Step(**dict(zip(names, step, strict=True))) for step in steps),
        }
    )


def _skill_fields(skill: Skill) -> dict[str, Any]:
    names = [name for name in Skill.__slots__ if name != "steps"]
    steps = [[s.tool, s.arguments, s.seen_in] for s in skill.steps]
    return {name: getattr(skill, name) for name in names} | {"steps": steps}
