"""Episodes out of a memory: as a polars frame, and as files for other tools or another memory.

Nothing that differs between two memories of the same runs goes out: no grouping, no time of writing, no tenant's ids.
An ``id`` here is made of the trace's own id or of the content, without the tenant's key, and rows are sorted by it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from telltale.memory.canonical import to_json
from telltale.memory.errors import BadArgument, StoreIO
from telltale.memory.identity import episode_id, step_fields
from telltale.memory.types import Episode

from .formats.episodes import dump

if TYPE_CHECKING:
    import polars as pl


class Holding(Protocol):
    """What holds episodes: a tenant, or what was fetched of one."""

    def episodes(self, ids: Sequence[str] | None = None) -> Iterator[Episode]:
        """All, by id, or those with ``ids`` in their order."""

    def count(self) -> int:
        """How many."""


ROWS = 2048  # episodes that are held at once
_TEXTS = ("label", "signature", "said_by", "trace_id", "task_id", "parent", "format", "source")


def episodes_frame(tenant: Holding) -> pl.LazyFrame:
    """All episodes, sorted by ``id``, read as they are asked for and never held whole by us.

    Columns: ``id``, ``text``, ``context`` and ``steps`` (JSON text; a step is ``[tool, arguments, observation, error,
    read_only]``), ``answer``, ``outcome``, ``score``, ``label``, ``signature``, ``said_by``, ``trace_id``,
    ``task_index``, ``task_id``, ``parent``, ``format``, ``source``, ``time`` (UTC).
    """
    from polars.io.plugins import register_io_source

    return register_io_source(partial(_frames, tenant), schema=_schema())


def export(tenant: Holding, path: Path) -> int:
    """Write all episodes to a ``.jsonl`` (which can be ingested again), ``.parquet``, ``.csv`` or ``.arrow`` file.

    Memories of the same runs give the same bytes, but for the names under which secrets were taken out. Returns how
    many. Raises BadArgument for another kind of file, StoreIO where it cannot be written.
    """
    if (write := _WRITERS.get(path.suffix)) is None:
        raise BadArgument(f"found the file {path.name!r}, expected a name that ends in {', '.join(_WRITERS)}")
    half = path.with_name(f".{path.name}.half")
    try:
        write(tenant, half)
        os.replace(half, path)  # noqa: PTH105 - beside it
    except OSError as error:
        raise StoreIO(f"could not write {path} ({error}); name a file that can be written") from error
    finally:
        half.unlink(missing_ok=True)
    return tenant.count()


def _in_order(tenant: Holding) -> Iterator[Episode]:
    """All episodes under their ids for export, sorted by them; between two reads 32 bytes of each are held."""
    names = sorted(bytes.fromhex(_outside(episode) + episode.id) for episode in tenant.episodes())
    for start in range(0, len(names), ROWS):
        inside = {name[16:].hex(): name[:16].hex() for name in names[start : start + ROWS]}
        yield from (replace(episode, id=inside[episode.id]) for episode in tenant.episodes(list(inside)))


def _outside(episode: Episode) -> str:
    return episode_id(b"", episode)


def _frames(
    tenant: Holding, columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, size: int | None
) -> Iterator[pl.DataFrame]:
    """What polars asks a source for."""
    import polars as pl

    found = islice(_in_order(tenant), rows)
    while part := list(islice(found, size or ROWS)):
        frame = pl.DataFrame(list(map(_row, part)), schema=_schema())
        frame = frame if predicate is None else frame.filter(predicate)
        yield frame if columns is None else frame.select(columns)


def _row(episode: Episode) -> dict[str, Any]:
    row = {name: getattr(episode, name) for name in ("id", "text", "answer", "score", "task_index", *_TEXTS)}
    context, steps = (to_json(value).decode() for value in (episode.context, step_fields(episode)))
    time = None if episode.time is None else round(episode.time * 1e6)
    return row | {"context": context, "steps": steps, "outcome": str(episode.outcome), "time": time}


def _schema() -> dict[str, Any]:
    import polars as pl

    return {
        **dict.fromkeys(("id", "text", "context", "steps", "answer", "outcome"), pl.String),
        "score": pl.Float64,
        **dict.fromkeys(_TEXTS[:4], pl.String),
        "task_index": pl.Int64,
        **dict.fromkeys(_TEXTS[4:], pl.String),
        "time": pl.Datetime("us", "UTC"),
    }


def _jsonl(tenant: Holding, path: Path) -> None:
    with path.open("wb") as file:
        for episode in _in_order(tenant):
            file.write(to_json(dump(episode)) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _parquet(tenant: Holding, path: Path) -> None:
    episodes_frame(tenant).sink_parquet(path, row_group_size=ROWS, engine="streaming")


def _csv(tenant: Holding, path: Path) -> None:
    episodes_frame(tenant).sink_csv(path, check_extension=False, engine="streaming")


def _arrow(tenant: Holding, path: Path) -> None:
    episodes_frame(tenant).sink_ipc(path, record_batch_size=ROWS, engine="streaming")


_WRITERS: dict[str, Callable[[Holding, Path], None]] = {
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".csv": _csv,
    ".arrow": _arrow,
}
