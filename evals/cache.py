"""Judged answers kept between runs, so that a second run costs nothing. What could change them is in their key.

The key is made of the case file's content, the draw, the strategy with its settings, the prior, the versions of
libraries, the machine's kind, and every byte of our code that takes part in answering: nothing else can be stale. Holds
numbers only, no text of any case, readable by its user alone.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

import telltale

from .answers import DEPTHS, Judged

MOST = 500  # answers kept; the longest unused go first
VERSIONED = (
    *("chromadb", "fastembed", "lancedb", "langgraph", "mem0ai", "numpy", "onnxruntime", "scikit-learn", "scipy"),
    *("sentence-transformers", "snowballstemmer", "wordllama"),
)
# Of evals, what only tells of answers that are there already. Any other module takes part in them.
TELLING = {
    *(
        "account",
        "cache",
        "command",
        "compare",
        "options",
        "verbs",
        "diagram",
        "gate",
        "leaks",
    ),
    *("page", "page_beside", "page_figures", "page_plots", "page_style", "page_tables"),
    *("figures", "paired", "progress", "regions", "reliability", "report", "results", "standing"),
    # Where cases come from; a case file has its own digest.
    *("build", "case_rows", "cli_cases", "cli_page", "convert", "convert_homes", "convert_shop", "convert_sql"),
    *("fetch", "originals", "originals_read"),
    *("asking", "model_agent", "model_page"),  # another measurement
}


class Cache:
    """Judged answers in a folder, one file for each key."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._folder = folder
        self._about = {**about, "code": code_digest(), "versions": _versions(), "machine": platform.machine()}

    def get(self, strategy: str) -> Judged | None:
        """What ``strategy`` answered before in just these circumstances; ``None`` for never, or for a broken file."""
        path = self._path(strategy)
        try:
            with np.load(path, allow_pickle=False) as kept:
                judged = _judged(dict(kept))
            path.touch()
        except (OSError, ValueError, TypeError, EOFError, BadZipFile):
            return None
        return judged

    def put(self, strategy: str, judged: Judged) -> None:
        """Keep it; a folder that cannot be written to is passed over, for a cache is no promise."""
        content = BytesIO()
        np.savez_compressed(content, **_arrays(judged))
        self._write(self._path(strategy), content.getvalue())

    def told(self, what: str, make: Callable[[], Any]) -> Any:
        """What ``make`` told before in just these circumstances, ready for JSON, else what it tells now."""
        path = self._path(what, "json")
        try:
            kept = json.loads(path.read_text("utf-8"))
            path.touch()
        except (OSError, ValueError):
            kept = make()
            self._write(path, json.dumps(kept).encode())
        return kept

    def _write(self, path: Path, content: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
                file.write(content)
            Path(file.name).replace(path)
            self._forget_the_oldest()
        except OSError:
            return

    def _path(self, what: str, kind: str = "npz") -> Path:
        told = repr(sorted({**self._about, "strategy": what}.items()))
        return self._folder / f"{sha256(told.encode()).hexdigest()}.{kind}"

    def _forget_the_oldest(self) -> None:
        files = [*self._folder.glob("*.npz"), *self._folder.glob("*.json")]
        kept = sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)
        for file in kept[MOST:]:
            file.unlink(missing_ok=True)


def default_folder() -> Path:
    """Where a user's caches are: ``$XDG_CACHE_HOME`` or ``~/.cache``, and ``telltale/eval`` in it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "telltale", "eval")


@cache
def code_digest() -> str:
    """Of all that answers: the rooms, the face, and of the evaluation the modules that drive them."""
    face, digest = Path(telltale.__file__).parent, sha256()
    files = [file for room in ("memory", "writers", "readers", "evals") for file in _sources(face / room)]
    for file in [*files, *sorted(face.glob("*.py"))]:
        if file.parent.name == "evals" and file.stem in TELLING:
            continue
        digest.update(f"{file.relative_to(face)}\n".encode() + sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _sources(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix in {".py", ".json", ".sql", ".txt"})


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _arrays(judged: Judged) -> dict[str, Any]:
    arrays = {name: getattr(judged, name) for name in Judged.__slots__ if name != "found"}
    found = {f"found_{depth}": at for depth, at in (judged.found or {}).items()}
    return {name: values for name, values in {**arrays, **found}.items() if values is not None}


def _judged(arrays: Mapping[str, Any]) -> Judged:
    found = {depth: arrays[f"found_{depth}"] for depth in DEPTHS if f"found_{depth}" in arrays}
    plain = {name: values for name, values in arrays.items() if not name.startswith("found_")}
    return Judged(**{"tokens": None, "cost": None, **plain}, found=found or None)
