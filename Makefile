# One virtual environment in the project's folder, made when it is missing or when what it is made from has changed.
# Every recipe is a line that CI runs too. `make help` lists them.

PYTHON ?= python3
BIN    := .venv/bin
DATA   ?= data
READY  := .venv/.ready
EXTRAS := client langgraph mcp openai-agents pydantic-ai server# what the tests need of them

# A machine that names its package index for pip means it for uv as well; settings that would send pip's one install
# out of the environment do not apply to it.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_HASHES PIP_CONSTRAINT VIRTUAL_ENV PYTHONPATH

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long lint types docs bench bench-page compare lock clean

help:       ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 14

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "uv>=0.8,<1"
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $(READY)

setup: $(READY)  ## make the environment (every recipe below does so by itself)

demo: $(READY)  ## an agent with no memory, with plain search and with telltale, on a small support desk
	$(BIN)/telltale demo

test: $(READY)  ## everything but what is marked long
	$(BIN)/python -m pytest -m "not long"

test-long: $(READY)  ## everything
	$(BIN)/python -m pytest

# Without a cache: it would miss that a module has come or gone, which decides how imports are sorted.
lint: $(READY)  ## style and form
	$(BIN)/ruff check --no-cache
	$(BIN)/ruff format --check

types: $(READY)  ## static types
	$(BIN)/mypy

docs: $(READY)  ## the documents say what the code does
	$(BIN)/python -m pytest tests/test_docs.py

# Without shuffling: what is compared runs one after the other. What each run measured is left as JSON in .benchmarks.
MEASURE = mkdir -p .benchmarks && $(BIN)/python -m pytest -p no:randomly --benchmark-enable --benchmark-only

bench: $(READY)  ## how fast
	$(MEASURE) tests/benchmarks --benchmark-json .benchmarks/bench.json

bench-page: $(READY)  ## how fast beside other memories; writes docs/benchmarks.md (needs the extra eval-peers)
	-$(MEASURE) tests/benchmarks/test_beside_*.py --benchmark-json .benchmarks/beside.json
	$(BIN)/python -m tests.benchmarks.page .benchmarks/beside.json

compare: $(READY)  ## every way of using a memory on the case files in DATA; writes what documents say of it (peers: the extra eval-peers)
	mkdir -p build
	cd $(DATA) && $(abspath $(BIN))/telltale eval . --strategies all --queries 500 --slow 50 --leave-one-out --distract \
		--json $(abspath build/comparison.json) --html $(abspath build/comparison.html)
	$(BIN)/python -m telltale.evals.regions build/comparison.json

lock: $(READY)  ## pin every dependency anew
	$(BIN)/uv pip compile pyproject.toml $(EXTRAS:%=--extra %) --group dev --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements.lock

clean:      ## remove the environment and everything that tools left behind
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .coverage
