"""Shapes that give an answer away: can rows be told from queries, or queries by whether something applies, unread?

A case file is fair only if no length, capital, punctuation mark, digit or template word says by itself what the answer
is. Told by the area under the ROC curve, 0.5 for no tell; knows nothing of strategies.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .cases import Row

STRONG = 0.65  # an area from which a shape gives the answer away, or 1 minus it
_FEWEST = 20  # rows on each side, of which anything can be said
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """How well one shape tells ``first`` rows from ``second`` ones: the chance that it is larger in a first one."""

    first: str
    second: str
    shape: str
    area: float

    @property
    def strong(self) -> bool:
        """Whether it should worry whoever made the cases."""
        return max(self.area, 1 - self.area) >= STRONG


def tells(rows: Sequence[Row]) -> Iterator[Tell]:
    """The tells of a case file; none of a side with fewer than 20 rows.

    The last of each pair is the word whose presence tells most.
    """
    memory = [row["text"] for row in rows if row["split"] == "memory"]
    queries = [row for row in rows if row["split"] == "query"]
    match = [row["text"] for row in queries if row.get("has_match")]
    novel = [row["text"] for row in queries if not row.get("has_match")]
    yield from _between(("memory", memory), ("queries", match + novel))
    yield from _between(("queries with a match", match), ("queries without", novel))


def _between(one: tuple[str, Sequence[str]], other: tuple[str, Sequence[str]]) -> Iterator[Tell]:
    (first, here), (second, there) = one, other
    if min(len(here), len(there)) < _FEWEST:
        return
    for shape, of in SHAPES.items():
        area = area_under([of(text) for text in here], [of(text) for text in there])
        yield Tell(first=first, second=second, shape=shape, area=area)
    word, area = _telling_word(here, there)
    yield Tell(first=first, second=second, shape=f"the word {word!r}", area=area)


def area_under(here: Sequence[float], there: Sequence[float]) -> float:
    """The chance that one of ``here`` is larger than one of ``there``, ties counted half (Mann & Whitney 1947).

    >>> area_under([2, 3], [1, 3])
    0.625
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.array([*here, *there], dtype=np.float64))
    above = ranks[: len(here)].sum() - len(here) * (len(here) + 1) / 2
    return float(above / (len(here) * len(there)))


def _telling_word(here: Sequence[str], there: Sequence[str]) -> tuple[str, float]:
    """The word whose share of the texts differs most, and the area that its presence gives."""
    shares = [_shares(texts) for texts in (here, there)]
    words = sorted(set().union(*shares))
    gaps = {word: shares[0].get(word, 0.0) - shares[1].get(word, 0.0) for word in words}
    word = max(words, key=lambda word: abs(gaps[word]), default="")
    return word, 0.5 + gaps.get(word, 0.0) / 2


def _shares(texts: Sequence[str]) -> dict[str, float]:
    counts = Counter(word for text in texts for word in set(_WORD.findall(text.lower())))
    return {word: count / len(texts) for word, count in counts.items()}


def _share(of: Callable[[str], bool]) -> Callable[[str], float]:
    return lambda text: sum(map(of, text)) / max(1, len(text))


SHAPES: Mapping[str, Callable[[str], float]] = {
    "length": lambda text: float(len(text)),
    "capitals": _share(str.isupper),
    "punctuation": _share(lambda letter: unicodedata.category(letter).startswith("P")),
    "digits": _share(str.isdigit),
}
