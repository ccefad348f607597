"""What docs/benchmarks.md says beside its figures."""

from __future__ import annotations

INTRODUCTION = """\
# How fast, and beside what

<!-- Written by `{command}`; tests/benchmarks/test_page.py holds it to docs/benchmarks.json. Do not edit. -->

telltale beside LanceDB's bare query, chromadb and mem0: the same made-up rows, the same embedder (`wordllama`, 256
numbers), one run on one machine. Compare within this page: another machine has other times.

    .venv/bin/uv pip install --python .venv/bin/python -e '.[eval-peers]'
    {command}

The second command measures anew and writes [benchmarks.json](benchmarks.json) and this page; without the first,
chromadb and mem0 stay blank. `make bench` measures everything else as well and writes neither.

Measured on {measured}: {machine}, {system}, Python {python}.
{versions}.
Rows of seed 0, questions of seed 7.

A blank is what a system cannot do, or what was not measured; it is never a zero. Reasons are at the end.
"""

HOW = """\
## How it is measured

- **telltale** recalls whole: embedding, searches, guard, differences and rendering, `k=3`, after `learn`.
- **LanceDB** is a bare table of id, text and vector with a text index and, from 10,000 rows on, the vector index that
  telltale makes; it is asked for the 3 nearest vectors. **LanceDB hybrid** asks the same table by text and vector for
  the 50 that a recall gathers, fused by rank.
- **chromadb** is a collection of `PersistentClient`, by cosine, asked for 3.
- **mem0** is `add` with `infer=False` and `search` with `top_k=3`, on Qdrant within the process, in a folder.
- **Embedding alone** is what all of them have in common: it is on the clock for all.
- Each is asked by itself, one after the other, at one size after the other: {asked} different questions, after 20 to
  warm up.
- Rows to ask about are taken in off the clock: by file (telltale), in one table (LanceDB), by a thousand (chromadb,
  and mem0's own vector store, with the payload that `add` makes but without its history of changes).
- Remembering one goes into a memory of 1,000, remembering a thousand into an empty one: in one call (telltale,
  LanceDB, chromadb), one by one (mem0, which has no other way). telltale's are redacted, signed, looked up by their
  ids so that the same again adds nothing, and flushed to the disk before they are acknowledged; LanceDB's `add` does
  none of that.
- A process of its own opens the folder and answers one question: that is the time, with the packages that this imports;
  Python and the embedder are there before. Then it answers fifty, and says what it holds (resident, pages of files
  included). Median of 3. The files are in the operating system's cache.
- Disk is everything in the folder, before questions are asked: telltale's holds runs with their steps, what the guard
  needs of them, the guard, and old versions of its last minutes; the others hold texts and vectors.
"""
