"""Text as words and as hashed token ids: what every lexical comparison in telltale is made of.

Knows nothing of cases or stores. Hashes are stable across processes and versions, since they are stored.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from threading import Lock
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

TokenIds = NDArray[np.uint32]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_stemming = Lock()  # a stemmer keeps the word that it is at in itself: threads would get each other's stems


def words(text: str) -> list[str]:
    """The lower-cased words of ``text`` in order, accents kept, punctuation dropped.

    >>> words("Don't refund order #1832_b!")
    ["don't", 'refund', 'order', '1832', 'b']
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def token_ids(text: str) -> TokenIds:
    """The words, stems and pairs of neighbouring stems of ``text`` as sorted distinct hashes, shape ``(n,)``."""
    found = [_word_hashes(word) for word in words(text)]
    pairs = {crc32(second.stem, first.before) for first, second in itertools.pairwise(found)}
    return _sorted({word.plain for word in found} | {word.stemmed for word in found} | pairs)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The English Snowball stem of a lower-cased word (Porter 2001); numbers and other scripts come back as they are.

    >>> stem("transferred"), stem("cards")
    ('transfer', 'card')
    """
    if not word.isascii() or word.isdigit():
        return word
    with _stemming:
        return str(_stemmer().stemWord(word))


class _WordHashes(NamedTuple):
    plain: int  # of "cards"
    stemmed: int  # of "~card"
    before: int  # of "card ", which a pair begins with
    stem: bytes


@lru_cache(maxsize=65_536)
def _word_hashes(word: str) -> _WordHashes:
    stemmed = stem(word).encode("utf-8", "replace")
    return _WordHashes(
        plain=crc32(word.encode("utf-8", "replace")),
        stemmed=crc32(b"~" + stemmed),
        before=crc32(stemmed + b" "),
        stem=stemmed,
    )


def hashed(terms: Iterable[str]) -> TokenIds:
    """Distinct ``terms`` as sorted 32-bit hashes (CRC-32 of their UTF-8), shape ``(n,)``."""
    return _sorted({crc32(term.encode("utf-8", "replace")) for term in terms})


def _sorted(hashes: set[int]) -> TokenIds:
    return np.array(sorted(hashes), dtype=np.uint32)


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
