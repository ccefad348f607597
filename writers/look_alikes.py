"""Pairs of episodes that look alike and were handled differently, each with the difference that gives it away.

Works on a sample, so its cost does not grow with the memory. Judges no new case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from telltale.memory.block import OUTCOMES, Block
from telltale.memory.contrast import Evidence, differences
from telltale.memory.text import words
from telltale.memory.types import Difference, Facet, LookAlike, Outcome

_SAMPLE = 2_000  # episodes
_CHUNK = 500  # rows of the similarity matrix at a time
_NEIGHBOURS = 20  # looked at around each episode
_OF_TWO_PROCEDURES = 3  # pairs kept of the same two procedures
_WORDS = 3  # named on each side ...
_SURPLUS = 0.2  # ... each in so much more of the one procedure's tasks

_Pair = tuple[float, int, int]  # similarity, rows


def find(
    block: Block,
    procedure_of: Mapping[str, str],
    facets: Mapping[str, Sequence[Facet]],
    evidence: Evidence,
    *,
    texts: Mapping[str, str] | None = None,
    most: int = 200,
) -> list[LookAlike]:
    """At most ``most`` look-alikes among the episodes of ``block``, most similar first.

    Looked for among the 20 nearest of each of the first 2,000 episodes by id (ids are hashes, so that is a sample)
    that did not fail and have a procedure. Of the same two procedures the three most similar pairs are kept. The
    difference is the most telling of what separates their facts or, where no fact tells them apart and ``texts`` has
    their tasks, the words that the one procedure's tasks have more often than the other's.

    Args:
        procedure_of: episode key -> name of its procedure.
        facets: episode id -> the facts of its case; missing ids have none.
    """
    handled = [
        row
        for row in sorted(range(len(block)), key=block.ids.__getitem__)
        if block.keys[row] in procedure_of and OUTCOMES[block.outcomes[row]] is not Outcome.FAILURE
    ]
    sample = block.take(handled[:_SAMPLE])
    names = [procedure_of[key] for key in sample.keys]
    often = _word_counts(sample.ids, names, texts or {})
    found = []
    for similarity, a, b in _spread(_alike(sample, names), names)[:most]:
        first, second = sample.ids[a], sample.ids[b]
        apart = [*evidence.weigh(differences(facets.get(first, ()), facets.get(second, ())))[:1]]
        if texts and first in texts and second in texts:
            apart += _differing_words(texts[first], texts[second], often[names[a]], often[names[b]])
        found.append(
            LookAlike(
                first=first,
                second=second,
                first_procedure=names[a],
                second_procedure=names[b],
                similarity=round(similarity, 6),
                difference=max(apart, key=lambda difference: difference.weight, default=None),
            )
        )
    return found


def _alike(sample: Block, names: Sequence[str]) -> Iterator[_Pair]:
    """Neighbouring rows of different procedures, each pair once."""
    procedures = np.unique(np.array(names), return_inverse=True)[1] if names else np.zeros(0, int)
    seen: set[tuple[int, int]] = set()
    for start in range(0, len(sample), _CHUNK):
        similar = sample.vectors[start : start + _CHUNK] @ sample.vectors.T
        similar[procedures[start : start + _CHUNK, None] == procedures] = -np.inf  # the same handling: itself, siblings
        for row, near in enumerate(np.argsort(-similar, axis=1, kind="stable")[:, :_NEIGHBOURS].tolist(), start=start):
            for other in near:
                pair = (min(row, other), max(row, other))
                if np.isfinite(similar[row - start, other]) and pair not in seen:
                    seen.add(pair)
                    yield float(similar[row - start, other]), *pair


def _spread(pairs: Iterator[_Pair], names: Sequence[str]) -> list[_Pair]:
    """The pairs, most similar first, at most three of the same two procedures."""
    kept: Counter[frozenset[str]] = Counter()
    spread = []
    for similarity, a, b in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        procedures = frozenset((names[a], names[b]))
        if kept[procedures] < _OF_TWO_PROCEDURES:
            kept[procedures] += 1
            spread.append((similarity, a, b))
    return spread


def _word_counts(ids: Sequence[str], names: Sequence[str], texts: Mapping[str, str]) -> dict[str, Counter[str]]:
    """For each procedure, how many of its tasks have a word; ``""`` counts the tasks."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for identity, name in zip(ids, names, strict=True):
        if identity in texts:
            counts[name].update({"", *words(texts[identity])})
    return counts


def _differing_words(first: str, second: str, ours: Counter[str], theirs: Counter[str]) -> Iterator[Difference]:
    """What the two tasks say differently, as far as their procedures' other tasks do so too."""
    told, told_there = _telling(first, second, ours, theirs), _telling(second, first, theirs, ours)
    strongest = sorted([*told[:1], *told_there[:1]], reverse=True)[:1]
    for weight, word in strongest:
        yield Difference(
            kind="words",
            case_value=" ".join(word for _, word in told),
            candidate_value=" ".join(word for _, word in told_there),
            weight=round(weight, 6),
            evidence=f"'{word}' stands in {ours[word]} of {ours['']} tasks handled like the first "
            f"and in {theirs[word]} of {theirs['']} handled like the second",
        )


def _telling(text: str, against: str, ours: Counter[str], theirs: Counter[str]) -> list[tuple[float, str]]:
    """The words of ``text`` that ``against`` lacks, with how much more often our tasks have them.

    At most three, each in two of our tasks or more.
    """
    only = {word for word in set(words(text)) - set(words(against)) if ours[word] > 1 < len(word)}
    scored = ((ours[word] / (ours[""] + 1) - theirs[word] / (theirs[""] + 1), word) for word in only)  # +1: shrunk
    return sorted((pair for pair in scored if pair[0] >= _SURPLUS), key=lambda pair: (-pair[0], pair[1]))[:_WORDS]
