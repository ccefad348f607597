"""Texts to unit vectors: one protocol, a registry of entry points, and the embedder that needs nothing but its wheel.

Knows nothing of stores. Other packages add embedders through the entry-point group ``telltale.embedders``; the ones
here come through the same door.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache, cached_property
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .canonical import from_json, to_json
from .errors import EmbedderFailed, UnknownEmbedder
from .text import words

DEFAULT = "wordllama:words"
BATCH = 256  # texts in one HTTP request


@runtime_checkable
class Embedder(Protocol):
    """What turns texts into vectors. ``name`` is stored with a tenant and must bring the same embedder back."""

    @property
    def name(self) -> str:
        """``wordllama``, ``fastembed:BAAI/bge-small-en-v1.5``, ..."""

    @property
    def dimension(self) -> int:
        """The length of its vectors."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row for each text, shape ``(n, dimension)``. A text that says nothing may be the zero row."""


def load_embedder(name: str | Embedder | None = None) -> Embedder:
    """The embedder called ``name``: ``KIND`` or ``KIND:MODEL``; ``None`` is WordLlama; an embedder is taken as it is.

    Raises UnknownEmbedder when no package offers that kind or its extra is missing.
    """
    return _load(name or DEFAULT) if name is None or isinstance(name, str) else name


@cache
def _load(name: str) -> Embedder:
    kind, _, model = name.partition(":")
    offered = {point.name: point for point in entry_points(group="telltale.embedders")}
    if kind not in offered:
        known = ", ".join(sorted(offered))
        raise UnknownEmbedder(
            f"found no embedder {kind!r}, expected one of {known}. Install the package that brings it."
        )
    make = offered[kind].load()
    return cast("Embedder", make(model) if model else make())


def embed_texts(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    """``(n, dimension)`` finite rows of length one (or zero), whatever the embedder is like.

    Raises EmbedderFailed when it raises, or returns another shape, NaN or infinity.
    """
    try:
        rows = np.asarray(embedder.embed(texts), dtype=np.float32)
    except Exception as error:
        raise EmbedderFailed(
            f"embedder {embedder.name} failed on {len(texts)} texts ({error}); mend its cause and try again"
        ) from error
    if rows.shape != (len(texts), embedder.dimension):
        expected = (len(texts), embedder.dimension)
        raise EmbedderFailed(
            f"embedder {embedder.name} returned shape {rows.shape}, expected {expected}; mend the embedder"
        )
    if not np.isfinite(rows).all():
        raise EmbedderFailed(
            f"embedder {embedder.name} returned NaN or infinity, expected finite numbers; mend the embedder"
        )
    return unit_rows(rows)


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """``rows`` scaled to length one; zero rows stay zero, so that their cosine to everything is 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


class WordLlama:
    """256-d static word vectors from WordLlama's own wheel: offline, about 0.1 ms a text.

    The weights are read from the package's folder directly: its ``load()`` looks elsewhere and goes online, and its
    import configures the root logger. A text without any known token is the zero vector.
    """

    name = DEFAULT  # of the words in lower case; other readings of a text would be other embedders
    dimension = 256

    def __init__(self, reading: str = "words") -> None:
        if reading != "words":
            raise UnknownEmbedder(f"found wordllama:{reading}, expected wordllama, which reads a text's words")
        from safetensors import safe_open

        from .budget import tokenizer, wordllama_folder

        self._tokenizer = tokenizer()
        with safe_open(wordllama_folder() / "weights" / "l2_supercat_256.safetensors", framework="np") as weights:
            self._rows: NDArray[np.float16] = weights.get_tensor("embedding.weight")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Mean of the token vectors of each text's words, scaled to length one. A row depends on its own text alone."""
        plain = [" ".join(words(text)) for text in texts]  # to the model, "Refund" and "refund" are strangers
        found = self._tokenizer.encode_batch_fast(plain, add_special_tokens=False)
        return unit_rows(np.array([self._mean(encoding.ids) for encoding in found], np.float32).reshape(-1, 256))

    def _mean(self, ids: list[int]) -> NDArray[np.float32]:
        if not ids:
            return np.zeros(self.dimension, np.float32)
        mean: NDArray[np.float32] = self._rows[np.minimum(ids, len(self._rows) - 1)].mean(axis=0, dtype=np.float32)
        return mean


class FastEmbed:
    """ONNX models through the fastembed package: ``fastembed:BAAI/bge-small-en-v1.5``."""

    def __init__(self, model: str = "BAAI/bge-small-en-v1.5") -> None:
        _require("fastembed", "fastembed")
        from fastembed import TextEmbedding

        self.name = f"fastembed:{model}"
        self._model: Any = TextEmbedding(model_name=model)
        self.dimension = len(next(iter(self._model.embed(["dimension"]))))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The model's vectors as unit rows."""
        rows = list(self._model.embed(list(texts)))
        return unit_rows(np.array(rows, np.float32).reshape(-1, self.dimension))


class SentenceTransformers:
    """Models of the sentence-transformers package: ``sentence-transformers:all-MiniLM-L6-v2``."""

    def __init__(self, model: str = "sentence-transformers/all-MiniLM-L6-v2") -> None:
        _require("sentence_transformers", "sentence-transformers")
        from sentence_transformers import SentenceTransformer

        self.name = f"sentence-transformers:{model}"
        self._model: Any = SentenceTransformer(model)
        self.dimension = int(self._model.get_sentence_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The model's vectors as unit rows."""
        rows = self._model.encode(list(texts), show_progress_bar=False)
        return unit_rows(np.asarray(rows, np.float32).reshape(-1, self.dimension))


class OpenAICompatible:
    """``openai:text-embedding-3-small``: OpenAI's HTTP shape, there or at any server that speaks it.

    The address and the key come from OPENAI_BASE_URL and OPENAI_API_KEY unless given.
    """

    def __init__(self, model: str = "text-embedding-3-small", *, base: str = "", key: str = "") -> None:
        self.name = f"openai:{model}"
        self._model = model
        self._base = (base or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1").rstrip("/")
        self._key = key or os.environ.get("OPENAI_API_KEY", "")

    @cached_property
    def dimension(self) -> int:
        """The length of the model's vectors; asks the server once."""
        return int(self.embed(["dimension"]).shape[1])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The server's vectors as unit rows, in the order of ``texts``. Raises EmbedderFailed on any other answer."""
        rows: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            rows += self._ask(list(texts[start : start + BATCH]))
        return unit_rows(np.array(rows, np.float32).reshape(len(texts), -1))

    def _ask(self, texts: list[str]) -> list[list[float]]:
        from http.client import HTTPException
        from urllib.request import Request, urlopen

        asked = to_json({"model": self._model, "input": [text or " " for text in texts]})
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        request = Request(f"{self._base}/embeddings", asked, headers)  # noqa: S310 - the operator's own address
        try:
            with urlopen(request, timeout=60) as answer:  # noqa: S310
                found = from_json(answer.read())["data"]
            return [item["embedding"] for item in sorted(found, key=lambda item: int(item["index"]))]
        except (OSError, HTTPException, KeyError, TypeError, ValueError) as error:
            raise EmbedderFailed(
                f"{self._base} gave no embeddings ({error!r}); check the address, the model and the key"
            ) from error


def _require(module: str, extra: str) -> None:
    if find_spec(module) is None:
        raise UnknownEmbedder(f"embedder needs the extra {extra!r}. Run: pip install 'telltale-memory[{extra}]'")
