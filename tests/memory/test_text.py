"""Words, stems and tokens."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from telltale.memory.text import stem

WORDS = ["".join(parts) for parts in itertools.product(("refund", "cancel", "ship"), ("s", "ing", "edly", "ational"))]


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_words_that_many_threads_stem_at_once_get_their_own_stems(restless: None) -> None:
    anew = stem.__wrapped__  # what was stemmed before is kept, and would not be stemmed again
    alone = [anew(word) for word in WORDS]
    with ThreadPoolExecutor(8) as threads:
        every = [*threads.map(lambda _: [anew(word) for word in WORDS], range(200))]
    assert every == [alone] * 200
