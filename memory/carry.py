"""A tenant out of one store and into another: a folder or a ``.zip`` of JSON lines with all that it holds.

    tenant.json      who it is: name, key, embedder, and of every file the lines and the SHA-256
    episodes.jsonl, skills.jsonl, and a file for each table of documents: feedback, insights, skill_versions, ...

Ids, references and the names under which secrets were taken out stay good, since the tenant's key goes along: the files
are as private as the store. Vectors stay behind; the tenant's embedder makes them anew. What is read is checked before
anything is stored, taken at its word then, and never unpacked to disk.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from . import rows
from .canonical import from_json, to_json
from .documents import Documents
from .embedders import Embedder, embed_texts
from .errors import BadArgument, StoreIO, StoreMissing, TelltaleError
from .forget import INTENT
from .memories import Memories
from .registry import Tenant
from .skills import searched, skill_fields, skill_of
from .types import Episode

FORMAT, VERSION = "telltale tenant", 1
ABOUT = "tenant.json"
ROWS = 500  # that are held at once
LONGEST_LINE = 64 << 20  # bytes
_ELSEWHERE = ("id", "source", "time", "redaction_version")  # columns beside an episode's body

Folder = Path | zipfile.Path
Line = dict[str, Any]
Progress = Callable[[int, int], None]  # called with the bytes done and the bytes in all


class Load(NamedTuple):
    """What a tenant holds, and its writer's lock."""

    tenant: Tenant
    embedder: Embedder
    memories: Memories
    documents: Mapping[str, Documents]
    steady: AbstractContextManager[None]


def export(load: Load, path: Path) -> int:
    """Write all that the tenant holds to ``path``, a folder or a ``.zip``; how many episodes that are.

    Raises BadArgument where something is there already, StoreIO where it cannot be written.
    """
    if path.exists():
        raise BadArgument(f"there is something at {path.name!r} already; name a folder or a .zip that is not there yet")
    half = path.with_name(f".{path.name}.half")
    try:
        with load.steady, _new(half, packed=path.suffix == ".zip") as folder:
            told = {f"{name}.jsonl": _written(folder / f"{name}.jsonl", lines) for name, lines in _lines(load)}
            with (folder / ABOUT).open("wb") as stream:
                stream.write(to_json(_about(load.tenant) | {"files": told}))
        os.replace(half, path)  # noqa: PTH105 - beside it
    except OSError as error:
        raise StoreIO(f"could not write {path} ({error}); name a place that can be written") from error
    finally:
        shutil.rmtree(half, ignore_errors=True) if half.is_dir() else half.unlink(missing_ok=True)
    return int(told["episodes.jsonl"]["lines"])


@contextmanager
def exported(path: Path) -> Iterator[tuple[Line, Folder]]:
    """Who was exported to ``path``, and the folder with the rest, which is as it was written.

    Raises StoreMissing where nothing is, and BadArgument where something else is, or where it was changed.
    """
    if not path.exists():
        raise StoreMissing(f"found nothing at {path}; give the folder or the .zip that was exported")
    try:
        with zipfile.ZipFile(path) if path.is_file() else _nothing() as archive:
            folder = zipfile.Path(archive) if archive else path
            about = from_json((folder / ABOUT).read_text(encoding="utf-8").encode())
            if (about["format"], about["version"]) != (FORMAT, VERSION):
                raise BadArgument(
                    f"{path.name!r} is of version {about['version']}, expected {VERSION}; upgrade telltale"
                )
            for name, told in about["files"].items():
                _unchanged(folder / Path(name).name, told)
            yield about, folder
    except (OSError, KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise BadArgument(
            f"{path.name!r} is no exported tenant, or was cut short ({error}); export it again"
        ) from error


def restore(load: Load, folder: Folder, progress: Progress | None = None) -> None:
    """Put what was exported to ``folder`` into a tenant that holds nothing yet; what ``progress`` raises ends it."""
    reading = _Reading(folder, ["episodes", "skills", *load.documents], progress)
    for part in reading.parts("episodes"):
        _restore_episodes(load, part)
    for part in reading.parts("skills"):
        skills = [skill_of(line) for line in part]
        load.memories.put_skills(skills, embed_texts(load.embedder, [searched(skill) for skill in skills]))
    for name, documents in load.documents.items():
        for part in reading.parts(name):
            documents.put({line["name"]: _value(line) for line in part}, [line["time"] for line in part])


# ---- out -------------------------------------------------------------------------------------------------------------


def _about(tenant: Tenant) -> Line:
    plain = {name: getattr(tenant, name) for name in ("name", "embedder", "dimension", "created", "schema")}
    return {"format": FORMAT, "version": VERSION, "key": tenant.key.hex()} | plain


def _lines(load: Load) -> Iterator[tuple[str, Iterator[Line]]]:
    yield "episodes", _episodes(load.memories)
    found = rows.skills_of(load.memories.table.rows(load.memories.of_kind("skill"), ("body",)))
    yield "skills", map(skill_fields, found)
    for name, documents in load.documents.items():
        timed = documents.timed()
        yield name, ({"name": of, "time": time, **_told(value)} for of, time, value in timed if of != INTENT)


def _episodes(memories: Memories) -> Iterator[Line]:
    ids = memories.all_ids()
    for start in range(0, len(ids), ROWS):
        found = memories.by_id(ids[start : start + ROWS], (*_ELSEWHERE, "body"), memories.of_kind("episode"))
        for row in found.sort_by("id").to_pylist():
            yield {name: row[name] for name in _ELSEWHERE} | from_json(row["body"])


def _told(value: bytes) -> Line:
    """Bytes as JSON can hold them: as they are where they are JSON of ours, else in base64."""
    try:
        plain = from_json(value)
        if to_json(plain) == value:
            return {"json": plain}
    except (ValueError, TelltaleError):
        pass
    return {"base64": base64.b64encode(value).decode()}


def _written(file: Folder, lines: Iterator[Line]) -> Line:
    digest, count = hashlib.sha256(), 0
    with file.open("wb") as stream:
        for count, line in enumerate(lines, 1):  # noqa: B007 - told below
            encoded = to_json(line) + b"\n"
            digest.update(encoded)
            stream.write(encoded)
    return {"lines": count, "sha256": digest.hexdigest()}


@contextmanager
def _new(path: Path, *, packed: bool) -> Iterator[Folder]:
    if packed:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            yield zipfile.Path(archive)
    else:
        path.mkdir()
        yield path


# ---- in --------------------------------------------------------------------------------------------------------------


def _restore_episodes(load: Load, lines: Sequence[Line]) -> None:
    for version in sorted({line["redaction_version"] for line in lines}):
        found = [_episode(line) for line in lines if line["redaction_version"] == version]
        vectors = embed_texts(load.embedder, [episode.text for episode in found])
        load.memories.put_episodes(found, vectors, load.tenant.key, version)


def _episode(line: Line) -> Episode:
    body = {name: value for name, value in line.items() if name not in _ELSEWHERE}
    return rows.episode_of(body, id_=line["id"], source=line["source"], time=line["time"])


def _value(line: Line) -> bytes:
    return to_json(line["json"]) if "json" in line else base64.b64decode(line["base64"], validate=True)


class _Reading:
    """The files of what was exported, read once, and how far that is."""

    def __init__(self, folder: Folder, names: Sequence[str], progress: Progress | None) -> None:
        self._files = {name: folder / f"{name}.jsonl" for name in names}
        self._done, self._progress = 0, progress
        self._total = sum(map(_size, self._files.values()))

    def parts(self, name: str) -> Iterator[list[Line]]:
        """The lines of a file, so many together as are held at once."""
        with self._files[name].open("rb") as stream:
            lines = _short(stream)
            while part := list(islice(lines, ROWS)):
                yield [from_json(line) for line in part]
                self._done += sum(map(len, part))
                if self._progress:
                    self._progress(self._done, self._total)


def _size(file: Folder) -> int:
    return file.stat().st_size if isinstance(file, Path) else file.root.getinfo(file.at).file_size


def _short(stream: IO[Any]) -> Iterator[bytes]:
    """The lines of a file. Raises BadArgument for one that is longer than any that is written."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise BadArgument(f"found a line of more than {LONGEST_LINE:,} bytes; export the tenant again")
        yield line


def _unchanged(file: Folder, told: Line) -> None:
    digest, count = hashlib.sha256(), 0
    with file.open("rb") as stream:
        for count, line in enumerate(_short(stream), 1):  # noqa: B007 - told below
            digest.update(line)
    if (count, digest.hexdigest()) != (told["lines"], told["sha256"]):
        raise BadArgument(f"the file {file.name!r} of the exported tenant is not what was written; export it again")


@contextmanager
def _nothing() -> Iterator[None]:
    yield None
