"""Embedders: one contract, every implementation that needs no download."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from telltale.memory.budget import count_tokens
from telltale.memory.embedders import Embedder, OpenAICompatible, embed_texts, load_embedder
from telltale.memory.errors import EmbedderFailed, UnknownEmbedder
from telltale.memory.testing import HashingEmbedder
from telltale.memory.text import words

GROWN = """
from pathlib import Path
from telltale.memory.budget import count_tokens
from telltale.memory.embedders import load_embedder

def said(number):
    return " ".join(f"{letter}{number}" for letter in "abcdefghijklmnopqrstuvwxyz")

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])

embedder = load_embedder()
before = [embedder.embed([said(0)]), resident()][1]
for number in range(4_000):
    embedder.embed([said(number)])
    count_tokens(said(number))
print(resident() - before)
"""
TEXTS = ["refund order 1832 to the card", "退款", "", "refund order 1832 to the card"]


class Fixed:
    """An embedder that answers the same whatever it is asked."""

    name, dimension = "fixed", 2

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert texts
        if isinstance(self._rows, Exception):
            raise self._rows
        return np.array(self._rows, np.float32)


@pytest.fixture(params=["wordllama", "hashing"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return load_embedder("wordllama") if request.param == "wordllama" else HashingEmbedder()


def test_rows_are_finite_of_length_one_and_the_empty_text_is_the_zero_row(embedder: Embedder) -> None:
    rows = embed_texts(embedder, TEXTS)
    assert rows.shape == (4, embedder.dimension)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 1, 0, 1], atol=1e-5)


def test_a_row_does_not_depend_on_the_texts_beside_it(embedder: Embedder) -> None:
    together = embedder.embed([*TEXTS, "a much longer text " * 50])
    assert np.array_equal(together[0], together[3])
    assert np.array_equal(together[0], embedder.embed([TEXTS[0]])[0])


@pytest.mark.skipif(sys.platform != "linux", reason="reads resident memory as Linux tells it")
def test_no_text_that_was_embedded_or_counted_is_kept() -> None:
    done = subprocess.run([sys.executable, "-c", GROWN], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 1_000  # pages of memory; 4,900 where the tokenizer keeps what it has seen


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embed_texts(embedder, []).shape == (0, embedder.dimension)


def test_wordllamas_rows_are_those_of_its_own_package_for_the_words_in_lower_case() -> None:
    from telltale.memory.budget import wordllama_folder

    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    wordllama = pytest.importorskip("wordllama")
    root.handlers, root.level = before[0], before[1]
    theirs = wordllama.WordLlama.load(cache_dir=wordllama_folder(), disable_download=True)
    expected = theirs.embed([" ".join(words(TEXTS[0]))], norm=True)
    assert np.allclose(load_embedder().embed([TEXTS[0]]), expected, atol=1e-3)


def test_the_default_embedder_leaves_logging_alone() -> None:
    import subprocess

    code = (
        "import logging; from telltale.memory.embedders import load_embedder; load_embedder().embed(['x']);"
        "assert not logging.getLogger().handlers; import sys; assert 'wordllama' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownEmbedder, match="wordllama"):
        load_embedder("word2vec:google")


def test_a_missing_extra_is_told_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telltale.memory.embedders.find_spec", {}.get)
    with pytest.raises(UnknownEmbedder, match=r"pip install 'telltale-memory\[fastembed\]'"):
        load_embedder("fastembed:some-model-nobody-loads-elsewhere")


@pytest.mark.parametrize(
    ("rows", "said"),
    [([[1, 0, 0]], "shape"), ([[np.nan, 1]], "NaN"), ([[1, 0], [1, 0]], "shape"), (RuntimeError("down"), "down")],
)
def test_unusable_vectors_are_an_error_that_names_the_embedder(rows: Any, said: str) -> None:
    with pytest.raises(EmbedderFailed, match=said):
        embed_texts(Fixed(rows), ["one text"])


def test_rows_that_are_not_of_length_one_are_scaled() -> None:
    assert embed_texts(Fixed([[3, 4]]), ["x"])[0].tolist() == pytest.approx([0.6, 0.8])


class Handler(BaseHTTPRequestHandler):
    """Answers as OpenAI does, out of order."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        rows = [{"index": i, "embedding": [len(text), 1.0]} for i, text in enumerate(asked["input"])]
        body = json.dumps({"data": rows[::-1]} if asked["model"] == "good" else {"oops": 1}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def server() -> Iterator[str]:
    found = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=found.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()


def test_an_openai_compatible_server_gives_rows_in_the_order_of_the_texts(server: str) -> None:
    embedder = OpenAICompatible("good", base=server)
    assert (embedder.name, embedder.dimension) == ("openai:good", 2)
    assert embedder.embed(["a" * 3, "a" * 300])[:, 0].tolist() == pytest.approx([3 / 10**0.5, 1], abs=1e-4)


def test_an_answer_without_embeddings_is_an_error_with_the_address(server: str) -> None:
    with pytest.raises(EmbedderFailed, match=server):
        OpenAICompatible("bad", base=server).embed(["x"])


def test_tokens_are_counted_without_special_ones() -> None:
    assert count_tokens("") == 0
    assert count_tokens("one two") == 2
