"""Cases from a user's own memory: the older episodes are remembered, the newer ones asked about.

Nothing alike stands on both sides: neither two tasks of one trace nor two whose words, numbers aside, overlap by ALIKE,
nor a chain of such. Some procedures are held out of the memory, so that there are cases to which nothing applies. Only
runs that are known to have succeeded are asked about, since only of those is it known what was right.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import telltale
from telltale import BadArgument, Episode, Outcome

from .cases import Row

ALIKE = 0.8  # Jaccard overlap of the words of two tasks that are one
NEWER = 0.3  # share of the episodes that are newer than the cut
NOVEL = 0.2  # share of the queries to which nothing applies, at least
_WORD = re.compile(r"\d+|[^\W\d_]+")
_AROUND = 100  # candidates among which an episode finds itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Rows of a case file, memory first, from old to new, then queries in no order; what was left out, and why."""

    rows: tuple[Row, ...]
    held_out: tuple[str, ...]  # procedures taken out of the memory
    by_time: bool  # False: too few episodes have a time, so chance decided which are newer
    unknown: int  # episodes left out, for it is not known how they ended or what was done
    alike: int  # newer ones left out, for something like them is remembered
    failed: int  # newer ones left out, for they failed

    @property
    def novel(self) -> int:
        """Queries to which nothing in the memory applies."""
        return sum(row["split"] == "query" and not row["has_match"] for row in self.rows)


def build(memory: telltale.AgentMemory, *, newer: float = NEWER, novel: float = NOVEL, seed: int = 0) -> Built:
    """The cases that ``memory`` gives. The same episodes and seed give the same cases.

    Raises ``BadArgument`` for shares outside (0, 1), and where the memory is too small or too alike for both sides.
    """
    for name, share in (("newer", newer), ("novel", novel)):
        if not 0 < share < 1:
            raise BadArgument(f"{name} is {share!r}: give a share above 0 and below 1")
    rng = random.Random(seed)
    everything = list(memory.episodes())
    told = [episode for episode in everything if _is_told(episode)]
    plans = procedures(memory, told)
    ordered, by_time = _from_old_to_new(told, rng)
    cut = len(ordered) - round(newer * len(ordered))
    older, later = ordered[:cut], ordered[cut:]
    group = dict(zip([e.id for e in ordered], groups(ordered), strict=True))
    asked = [episode for episode in later if episode.outcome is Outcome.SUCCESS]
    held = _held_out(older, asked, plans, group, novel=novel, rng=rng)
    kept = [episode for episode in older if plans[episode.id] not in held]
    remembered = {group[episode.id] for episode in kept}
    new = [episode for episode in asked if group[episode.id] not in remembered]
    if not kept or not new:
        raise BadArgument(
            f"found {len(kept)} episodes to remember and {len(new)} to ask about, of {len(told)} whose outcome is "
            "known; an evaluation needs both: remember more runs and say how they ended"
        )
    rng.shuffle(new)  # its place in the file must not tell what a query is
    known = {plans[episode.id] for episode in kept if episode.outcome is Outcome.SUCCESS}
    rows = (*(_remembered(e, plans[e.id]) for e in kept), *(_query(e, plans[e.id], known) for e in new))
    return Built(
        rows=rows,
        held_out=tuple(sorted(held)),
        by_time=by_time,
        unknown=len(everything) - len(told),
        alike=len(asked) - len(new),
        failed=len(later) - len(asked),
    )


def procedures(memory: telltale.AgentMemory, episodes: Iterable[Episode]) -> dict[str, str]:
    """The procedure of each episode, by id, as the memory has grouped them; before it has learned, each one's own key.

    A key's procedure is read off the candidate that an episode with it is for its own task.
    """
    names: dict[str, str] = {}
    keys = {}
    for episode in episodes:
        keys[episode.id] = episode.key
        if episode.key not in names:
            found = memory.candidates(episode.text, context=episode.context, by="dense", k=_AROUND)
            names.update((episode.key, one.procedure) for one in found if one.id == episode.id)
    return {id_: names.get(key, key) for id_, key in keys.items()}


def groups(episodes: Sequence[Episode]) -> list[int]:
    """For each episode the number of its group: those alike, those of one trace, and whom these are alike to.

    Two sets of words that overlap by ALIKE share one of their rarest words, so only those are compared (prefix
    filtering: Chaudhuri, Ganti & Kaushik 2006).
    """
    leader = list(range(len(episodes)))

    def find(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    first: dict[str, int] = {}
    for row, episode in enumerate(episodes):
        leader[find(row)] = find(first.setdefault(episode.trace_id or episode.id, row))
    words = [_words(episode.text) for episode in episodes]
    often = Counter(word for found in words for word in found)
    holding: dict[str, list[int]] = {}
    for row, found in enumerate(words):
        rarest = sorted(found, key=lambda word: (often[word], word))[: len(found) - math.ceil(ALIKE * len(found)) + 1]
        for other in {one for word in rarest for one in holding.get(word, ())}:
            if find(other) != find(row) and len(found & words[other]) >= ALIKE * len(found | words[other]):
                leader[find(row)] = find(other)
        for word in rarest:
            holding.setdefault(word, []).append(row)
    return [find(row) for row in range(len(episodes))]


def _words(text: str) -> frozenset[str]:
    """The distinct words, any number as 0: another order number makes no other task."""
    return frozenset("0" if word.isdigit() else word for word in _WORD.findall(text.lower()))


def _is_told(episode: Episode) -> bool:
    return bool(episode.key and episode.text.strip()) and episode.outcome in {Outcome.SUCCESS, Outcome.FAILURE}


def _from_old_to_new(episodes: Sequence[Episode], rng: random.Random) -> tuple[list[Episode], bool]:
    """By time, those without one first; where less than half have one, or all have the same, by chance."""
    times = [episode.time for episode in episodes if episode.time is not None]
    shuffled = sorted(episodes, key=lambda episode: episode.id)
    rng.shuffle(shuffled)
    if 2 * len(times) <= len(episodes) or len(set(times)) == 1:
        return shuffled, False
    return sorted(shuffled, key=lambda e: -math.inf if e.time is None else e.time), True


def _held_out(
    older: Sequence[Episode],
    asked: Sequence[Episode],
    plans: Mapping[str, str],
    group: Mapping[str, int],
    *,
    novel: float,
    rng: random.Random,
) -> set[str]:
    """Procedures drawn by chance until the share ``novel`` of the queries has none in the memory; at most half."""
    there = sorted({plans[episode.id] for episode in older})
    rng.shuffle(there)
    held: set[str] = set()
    while True:
        remembered = {group[e.id] for e in older if plans[e.id] not in held}
        known = {plans[e.id] for e in older if e.outcome is Outcome.SUCCESS} - held
        left = [plans[e.id] not in known for e in asked if group[e.id] not in remembered]
        if sum(left) >= novel * max(1, len(left)) or len(held) >= len(there) // 2:
            return held
        held.add(there[len(held)])


def _remembered(episode: Episode, plan: str) -> dict[str, Any]:
    steps = [{"tool": step.tool, "arguments": dict(step.arguments)} for step in episode.steps]
    success = episode.outcome is Outcome.SUCCESS
    return {**_asked(episode), "plan": plan, "split": "memory", "success": success, "steps": steps}


def _query(episode: Episode, plan: str, known: set[str]) -> dict[str, Any]:
    return {**_asked(episode), "plan": plan, "split": "query", "has_match": plan in known}


def _asked(episode: Episode) -> dict[str, Any]:
    return {"id": episode.id, "text": episode.text, "context": dict(episode.context) or None}
