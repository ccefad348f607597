"""What can be changed about a case to see what it does: each fact, each telling word, and what it lacks.

Only what past cases say something about is worth changing: the rest is left alone, and with it every name and order
number that never mattered. Judges no candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from telltale.memory.contrast import kind_name
from telltale.memory.facets import fact_ids, find_facets
from telltale.memory.lexicon import PASSED_OVER, QUESTION_WORDS
from telltale.memory.text import TokenIds, hashed, words
from telltale.memory.types import Case, Facet

from .changed import spoken, with_fact, without_fact, without_words, words_of
from .differ import TELLING
from .guard import Guard
from .neighbourhood import Described
from .past import Count, Past

MOST_FACTS = 24  # looked at, those that tell most
MOST_WORDS = 12
FEW = 5  # past cases with a fact; fewer are believed only where such facts have mattered
SUBJECT = 2  # one in so many of a case's words, never said before, make it another subject; fewer are names
SHORTEST = 3  # letters of a word
SHOWN = 60  # characters of a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that can be changed about a case, and how past cases that have that thing were handled."""

    kind: str  # a facet kind, or "words"
    value: str
    taken: str = ""  # what it takes out of the case
    given: str = ""  # or puts in
    instead: Case
    count: Count
    place: frozenset[int] = frozenset()  # characters of the text that it takes out

    @property
    def name(self) -> str:
        """What it changes, as people say it."""
        return f"'{self.value}'" if self.kind == "words" else f"{kind_name(self.kind)} '{self.value[:SHOWN]}'"

    def explains(self, move: float) -> bool:
        """Do past cases say why having it (or lacking it) should move the odds in that direction?"""
        if (move > 0) != bool(self.given):
            return self.count.speaks_for
        return self.count.speaks_against or not self.count.cases


def changes(asked: Described, candidate: Case, procedure: str, past: Past, guard: Guard) -> Iterator[Change]:
    """All that is worth changing about the case to explain the verdict on a candidate of ``procedure``."""
    return chain(
        _facts(asked, procedure, past, guard), _lacking(asked, candidate, procedure, past, guard),
        _words(asked, procedure, past),
    )  # fmt: skip


def _facts(asked: Described, procedure: str, past: Past, guard: Guard) -> Iterator[Change]:
    """Each of the case's facts taken out."""
    for facet, count in _counted(asked.facets, procedure, past, guard):
        instead = without_fact(asked.case, facet)
        new = not count.cases and guard.differences.weight(facet.kind) > TELLING
        if (count.tells or new) and words(instead.text):
            taken, place = words_of(facet, asked.case), frozenset(range(*facet.span or (0, 0)))
            yield Change(kind=facet.kind, value=facet.value, taken=taken, instead=instead, count=count, place=place)


def _lacking(asked: Described, candidate: Case, procedure: str, past: Past, guard: Guard) -> Iterator[Change]:
    """Each of the candidate's facts put in that is of a kind the case has none of."""
    has = {facet.kind for facet in asked.facets}
    lacking = (facet for facet in find_facets(candidate) if facet.kind not in has)
    for facet, count in _counted(lacking, procedure, past, guard):
        if count.tells:
            instead, given = with_fact(asked.case, facet, candidate), words_of(facet, candidate)
            yield Change(kind=facet.kind, value=facet.value, given=given, instead=instead, count=count)


def _counted(facets: Iterable[Facet], procedure: str, past: Past, guard: Guard) -> list[tuple[Facet, Count]]:
    """The facets that may matter with how past cases that have them were handled, most telling first."""
    known, said = guard.differences, list(facets)
    never = {kind for kind, (differed, _) in known.kinds.items() if differed >= FEW and known.weight(kind) < TELLING}
    counts = past.with_facts(_hashes(fact_ids([facet])[0] for facet in said), procedure)
    counted = zip(said, counts, strict=True)
    kept = [(facet, count) for facet, count in counted if count.cases >= FEW or facet.kind not in never]
    return sorted(kept, key=lambda pair: -pair[1].strength)[:MOST_FACTS]


def _words(asked: Described, procedure: str, past: Past) -> Iterator[Change]:
    """Each telling word taken out, and together those that no past case has, where they are another subject."""
    places = _content(asked)
    counts = past.with_words(_hashes(hashed([word])[0] for word in places), procedure)
    counted = dict(zip(places, counts, strict=True))
    telling = sorted((word for word in counted if counted[word].tells), key=lambda word: -counted[word].strength)
    groups = [[word] for word in telling[:MOST_WORDS]]
    new = [word for word in counted if not counted[word].cases]
    if len(new) > 1 and len(new) * SUBJECT >= len(counted):
        groups.append(new)
    for group in groups:
        instead, said = without_words(asked.case, group), " ".join(group)[:SHOWN]
        if words(instead.text):
            place = frozenset(chain.from_iterable(places[word] for word in group))
            yield Change(kind="words", value=said, taken=said, instead=instead, count=counted[group[0]], place=place)


def _content(asked: Described) -> dict[str, list[int]]:
    """The case's lower-cased words that say what it is about and are in none of its facts, and where they stand."""
    said = set(chain.from_iterable(range(*facet.span) for facet in asked.facets if facet.span))
    found: dict[str, list[int]] = {}
    for word, start, end in spoken(asked.case.text):
        low = word.lower()
        if len(low) >= SHORTEST and not low.isdigit() and low not in PASSED_OVER | QUESTION_WORDS and start not in said:
            found.setdefault(low, []).extend(range(start, end))
    return found


def _hashes(hashes: Iterable[np.uint32]) -> TokenIds:
    return np.fromiter(hashes, np.uint32)
