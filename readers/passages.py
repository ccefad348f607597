"""The parts of a run that is still going on, to be searched and shortened by the agent itself.

Nothing is stored: the passages are gone when the run is. Judges nothing; what is found is nearest, not right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telltale.memory.embedders import Embedder, embed_texts
from telltale.memory.postings import Postings
from telltale.memory.resident import best
from telltale.memory.text import token_ids

RRF_K = 60  # Cormack, Clarke & Büttcher 2009
LONGEST = 1_200  # characters of a passage; longer texts are cut at line ends into several
LIKE = 0.3  # how much being like what was taken already counts against a passage (Carbonell & Goldstein 1998)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of what was said, done or seen."""

    turn: int  # 0-based, in the order of the run
    said_by: str  # "user", "assistant", "system", or the tool's name
    text: str
    score: float = 0.0  # how near to what was asked; comparable within one answer only


class Passages:
    """The passages of one run. Texts are embedded when something is first looked for."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._passages: list[Passage] = []
        self._vectors = np.zeros((0, embedder.dimension), np.float32)

    def add(self, turn: int, said_by: str, text: str) -> None:
        """Put one text at the end."""
        self._passages += [Passage(turn=turn, said_by=said_by, text=piece) for piece in pieces(text)]

    def nearest(self, query: str, k: int) -> list[Passage]:
        """At most ``k`` passages, nearest to ``query`` first: by meaning and by words, fused by rank; ties by order."""
        scores, _ = self._scored(query)
        return [_with_score(self._passages[at], float(scores[at])) for at in best(scores, k).tolist()]

    def chosen(self, query: str, budget: int, count_tokens: Callable[[str], int]) -> list[Passage]:
        """Passages near to ``query`` and unlike each other, at most ``budget`` tokens in all, in the order of the run.

        Maximal marginal relevance (Carbonell & Goldstein 1998) over the fused scores.
        """
        scores, vectors = self._scored(query)
        relevance = scores / max(float(scores.max(initial=0.0)), 1e-9)
        taken: list[int] = []
        likeness = np.zeros(len(scores), np.float32)
        open_ = np.ones(len(scores), bool)
        left = budget
        while open_.any():
            at = int(np.argmax(np.where(open_, relevance - LIKE * likeness, -np.inf)))
            open_[at] = False
            cost = count_tokens(self._passages[at].text)
            if cost > left:
                continue
            taken.append(at)
            left -= cost
            likeness = np.maximum(likeness, vectors @ vectors[at])
        return [_with_score(self._passages[at], float(scores[at])) for at in sorted(taken)]

    def _scored(self, query: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The fused score of every passage, and the vectors."""
        missing = [passage.text for passage in self._passages[len(self._vectors) :]]
        if missing:
            self._vectors = np.concatenate([self._vectors, embed_texts(self._embedder, missing)])
        if not self._passages:
            return np.zeros(0, np.float32), self._vectors
        meaning = self._vectors @ embed_texts(self._embedder, [query])[0]
        wording = Postings([token_ids(passage.text) for passage in self._passages]).scores(token_ids(query))
        fused = _by_rank(meaning) + np.where(wording > 0, _by_rank(wording), np.float32(0))
        return fused.astype(np.float32), self._vectors


def pieces(text: str) -> Sequence[str]:
    """``text`` in pieces of at most 1,200 characters, cut at line ends where there are any; nothing for blanks."""
    found: list[str] = []
    for line in text.splitlines():
        for start in range(0, max(len(line), 1), LONGEST):
            part = line[start : start + LONGEST]
            if found and len(found[-1]) + len(part) < LONGEST:
                found[-1] += "\n" + part
            else:
                found.append(part)
    return [piece.strip() for piece in found if piece.strip()]


def _by_rank(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    ranks = np.empty(len(scores), np.float32)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    found: NDArray[np.float32] = 1.0 / (RRF_K + 1 + ranks)
    return found


def _with_score(passage: Passage, score: float) -> Passage:
    return Passage(turn=passage.turn, said_by=passage.said_by, text=passage.text, score=score)
