"""The same stages as a Daft pipeline: files are read, redacted, cut, signed and embedded wherever Daft runs them.

What comes of it lies in a staging table, in the order of a local run, and goes from there into the memory by its ids,
so that the memory ends up the same row for row. Needs the extra ``daft``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import count
from queue import SimpleQueue
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from telltale.memory.block import Stored
from telltale.memory.canonical import to_json
from telltale.memory.embedders import embed_texts, load_embedder
from telltale.memory.errors import BadArgument
from telltale.memory.types import Episode

from .batch import Batch
from .files import Input, Reach, expand
from .formats import episodes as own
from .lines import Record
from .rejects import Reject, RejectLog
from .run import Run
from .summary import Tally

RUNNERS = ("native", "ray")
_EPISODE, _REJECT, _TALLY, _OLDER = range(4)
Row = Mapping[str, Any]
Put = Callable[[Sequence[Episode], NDArray[np.float32]], Stored]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What Daft's workers are told: how to read a file, and by what name to load the embedder."""

    embedder: str
    reading: Mapping[str, Any]  # of Run
    reach: Reach = dataclasses.field(repr=False)

    def rows(self, name: str) -> Iterator[Row]:
        """All that comes of one file, in order."""
        kept = _Kept(self.embedder)
        run = Run(store=kept.store, rejects=kept, marks=None, **self.reading)
        for file in expand([name], reach=self.reach):
            for _ in run.take(file):
                yield from kept.taken()
        run.finish()
        yield from kept.taken()
        yield kept.row(_OLDER, orjson.dumps(run.older_files))
        for form, tally in run.tallies.items():
            tally.duplicates = 0  # told where it is stored
            yield kept.row(_TALLY, orjson.dumps([form, dataclasses.asdict(tally)]))


class _Kept(RejectLog):
    """What a worker has to hand over."""

    def __init__(self, embedder: str) -> None:
        super().__init__(None)
        self._embedder = load_embedder(embedder)
        self._rows, self._numbers = SimpleQueue[Row](), count()

    def row(self, kind: int, body: bytes, vector: Sequence[float] = ()) -> Row:
        return {"place": next(self._numbers), "kind": kind, "body": body, "vector": list(vector)}

    def add(self, reject: Reject) -> None:
        self._rows.put(self.row(_REJECT, orjson.dumps(dataclasses.asdict(reject))))

    def store(self, episodes: Sequence[Episode]) -> Stored:
        vectors = embed_texts(self._embedder, [episode.text for episode in episodes]) if episodes else ()
        for episode, vector in zip(episodes, vectors, strict=True):
            self._rows.put(self.row(_EPISODE, to_json(own.dump(episode)), vector.tolist()))
        return Stored()

    def taken(self) -> list[Row]:
        return [self._rows.get() for _ in range(self._rows.qsize())]


def take_in(
    files: Sequence[Input], pipeline: Pipeline, put: Put, log: RejectLog, *, runner: str, staging: str
) -> tuple[dict[str, Tally], int]:
    """Counts by format, and how many files were too old, after everything in ``files`` went through Daft and ``put``.

    ``staging`` is a folder or an address that all workers reach, and that nothing else uses. Raises BadArgument where
    Daft is not installed or cannot do what is asked.
    """
    daft = _daft(runner)
    types = daft.DataType
    value = types.struct(
        {"place": types.int64(), "kind": types.int64(), "body": types.binary(), "vector": types.list(types.float32())}
    )

    def rows(name: str) -> Iterator[Row]:
        yield from pipeline.rows(name)

    read = daft.func(rows, return_dtype=value, unnest=True, use_process=runner == "native")
    names = daft.from_pydict({"file": list(range(len(files))), "name": [file.name for file in files]})
    staged = f"{staging}/staged.lance"
    names = names.into_partitions(max(1, len(files))) if runner == "ray" else names
    names.select("file", read(daft.col("name"))).write_lance(staged)
    found = daft.read_lance(staged).sort(["file", "place"]).to_arrow_iter()
    return _stored((row for part in found for row in part.to_pylist()), put, log)


def _stored(rows: Iterator[Row], put: Put, log: RejectLog) -> tuple[dict[str, Tally], int]:
    """What became of the rows, which are in order."""
    vectors: dict[str, Sequence[float]] = {}
    batch = Batch(lambda found: put(found, np.array([vectors[episode.id] for episode in found], np.float32)))
    of_file: dict[int, Tally] = {}
    tallies: list[tuple[str, Tally]] = []
    older = 0
    for row in rows:
        told = orjson.loads(row["body"])
        if row["kind"] == _EPISODE:
            episode = _loaded(told)
            vectors[episode.id] = row["vector"]
            batch.add([episode], of_file.setdefault(row["file"], Tally()), size=len(row["body"]))
        elif row["kind"] == _REJECT:
            log.add(Reject(**told))
        elif row["kind"] == _OLDER:
            older += told
        else:
            tallies += [(told[0], Tally(**told[1])), (told[0], of_file.setdefault(row["file"], Tally()))]
        if batch.full:
            batch.flush()
            vectors.clear()
    if vectors:
        batch.flush()
    log.flush()
    whole: dict[str, Tally] = {}
    for form, tally in tallies:
        whole.setdefault(form, Tally()).add(tally)
    return whole, older


def _loaded(row: Any) -> Episode:
    (found,) = own.read([Record(line=1, offset=0, size=0, sha256="", value=row)], "")
    assert isinstance(found.item, Episode)
    return found.item


def _daft(runner: str) -> Any:
    if runner not in RUNNERS:
        raise BadArgument(f"found the runner {runner!r}, expected one of {', '.join(RUNNERS)}")
    if missing := [name for name in ("daft", "daft_lance") if find_spec(name) is None]:
        raise BadArgument(f"found no {missing[0]}; run: pip install 'telltale-memory[daft]'")
    import daft

    if daft.get_or_infer_runner_type() != runner:  # it can be set once in a process
        (daft.set_runner_ray if runner == "ray" else daft.set_runner_native)()
    return daft
