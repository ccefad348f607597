"""Text as words and as hashed token ids: what every lexical comparison in telltale is made of.

Knows nothing of cases or stores. Hashes are stable across processes and versions, since they are stored.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

TokenIds = NDArray[np.uint32]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def words(text: str) -> list[str]:
    """The lower-cased words of ``text`` in order, accents kept, punctuation dropped.

    >>> words("Don't refund order #1832_b!")
    ["don't", 'refund', 'order', '1832', 'b']
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def token_ids(text: str) -> TokenIds:
    """The words, stems and pairs of neighbouring stems of ``text`` as sorted distinct hashes, shape ``(n,)``."""
    found = words(text)
    stems = [stem(word) for word in found]
    return hashed([*found, *(f"~{one}" for one in stems), *(f"{a} {b}" for a, b in itertools.pairwise(stems))])


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The English Snowball stem of a lower-cased word (Porter 2001); numbers and other scripts come back as they are.

    >>> stem("transferred"), stem("cards")
    ('transfer', 'card')
    """
    return str(_stemmer().stemWord(word)) if word.isascii() and not word.isdigit() else word


def hashed(terms: Iterable[str]) -> TokenIds:
    """Distinct ``terms`` as sorted 32-bit hashes (CRC-32 of their UTF-8), shape ``(n,)``."""
    return np.array(sorted({crc32(term.encode("utf-8", "replace")) for term in terms}), dtype=np.uint32)


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
