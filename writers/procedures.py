"""Episodes -> procedures: the ways of handling that they share.

A given label is a procedure as it stands. Derived signatures that do the same things equally often are one procedure,
and so are statements (SQL, code) that differ in values of the task, and answers in prose that share most words. The
result depends on the episodes alone, never on their order. Which of these procedures are one after all, merge.py tells
by their cases.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from telltale.memory.identity import duplicate_hash
from telltale.memory.profiles import mean_profile, parts_of, profile_of
from telltale.memory.text import token_ids
from telltale.memory.types import Episode, Outcome, Procedure, Profile

ANSWER = "answer:"  # begins the signature of a run that only answered
_ALIKE = 0.6  # Jaccard overlap of two answers that say the same
_FORMAL = re.compile(r"[=<>{}\[\]]|\w\(|;\s*$")  # what code and SQL have and prose lacks
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'|\b\d+(?:\.\d+)?\b")


@dataclass(slots=True)
class _Tally:
    """What the episodes of one key add up to; copies of an episode are counted once."""

    given: bool = False
    first: str = ""  # the smallest id
    text: str = ""
    answer: str = ""
    failures: int = 0
    profiles: dict[bool, list[Profile]] = field(default_factory=lambda: {True: [], False: []})  # by "succeeded"

    @property
    def handled(self) -> int:
        """Runs that show how the task was handled: all but the failures."""
        return len(self.profiles[True]) + len(self.profiles[False])

    def add(self, episode: Episode) -> None:
        self.given = self.given or bool(episode.label)
        if not self.first or episode.id < self.first:
            self.first, self.text, self.answer = episode.id, episode.text, episode.answer
        if episode.outcome is Outcome.FAILURE:
            self.failures += 1
        else:
            profile = profile_of("" if episode.key.startswith(ANSWER) else episode.key, episode.steps)
            self.profiles[episode.outcome is Outcome.SUCCESS].append(profile)


def group(episodes: Iterable[Episode]) -> list[Procedure]:
    """The procedures of ``episodes``, sorted by name.

    A failure makes no procedure of its own unless its label was given; it counts where its signature has the parts of
    a procedure that others made. An episode without label and signature belongs nowhere. A profile is the mean over
    the successes, or where there are none over the runs of unknown or partial outcome.
    """
    tallies = _tallied(episodes)
    groups = [[key] for key, tally in tallies.items() if tally.given]
    derived = {key: tally for key, tally in tallies.items() if not tally.given}
    groups += _by_parts({key: tally for key, tally in derived.items() if not key.startswith(ANSWER)})
    answers = {key: tally for key, tally in derived.items() if key.startswith(ANSWER) and tally.handled}
    formal = {key: tally for key, tally in answers.items() if _FORMAL.search(tally.answer)}
    groups += _by_form(formal)
    groups += _by_words({key: tally for key, tally in answers.items() if key not in formal})
    return sorted((_procedure(keys, tallies) for keys in groups), key=lambda procedure: procedure.name)


def names_by_key(procedures: Iterable[Procedure]) -> dict[str, str]:
    """The name of the procedure that each episode key belongs to."""
    return {key: procedure.name for procedure in procedures for key in procedure.keys}


def _tallied(episodes: Iterable[Episode]) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = {}
    seen: set[tuple[str, str, Outcome]] = set()
    for episode in episodes:
        mark = (episode.key, duplicate_hash(b"", episode), episode.outcome)
        if episode.key and mark not in seen:
            seen.add(mark)
            tallies.setdefault(episode.key, _Tally()).add(episode)
    return tallies


def form_of(answer: str, task: str) -> str:
    """``answer`` without the literals that stand in the task: what answers to other tasks of its kind share.

    >>> form_of("SELECT name WHERE id = 7 AND open = 1", "Who is number 7?")
    'SELECT name WHERE id = ? AND open = 1'
    """
    asked = task.casefold()

    def put(found: re.Match[str]) -> str:
        said = found[0].strip("\"'% ").casefold()
        return "?" if re.search(rf"(?<!\w){re.escape(said)}(?!\w)", asked) else found[0]

    return " ".join(_LITERAL.sub(put, answer).split())


def _by_parts(tallies: Mapping[str, _Tally]) -> list[list[str]]:
    """Signatures that have the same parts equally often, where at least one run that did not fail has them.

    What only failures did goes to the largest group that has the same parts, however often.
    """
    groups: dict[tuple[tuple[str, float], ...], list[str]] = {}
    for key in tallies:
        groups.setdefault(tuple(sorted(parts_of(key).items())), []).append(key)
    handled = {parts: sum(tallies[key].handled for key in keys) for parts, keys in groups.items()}
    largest: dict[frozenset[str], list[str]] = {}
    for parts in sorted((parts for parts in groups if handled[parts]), key=lambda parts: (handled[parts], parts)):
        largest[frozenset(name for name, _ in parts)] = groups[parts]
    for parts, keys in groups.items():
        if not handled[parts]:
            largest.get(frozenset(name for name, _ in parts), []).extend(keys)
    return [keys for parts, keys in groups.items() if handled[parts]]


def _by_form(tallies: Mapping[str, _Tally]) -> list[list[str]]:
    """Statements that are equal but for literals that stand in their tasks."""
    groups: dict[str, list[str]] = {}
    for key, tally in tallies.items():
        groups.setdefault(form_of(tally.answer, tally.text), []).append(key)
    return list(groups.values())


def _by_words(tallies: Mapping[str, _Tally]) -> list[list[str]]:
    """Answers by overlap of their words, each with the most alike of the earlier leaders, by smallest id.

    Only leaders that share one of an answer's rarest tokens can overlap enough, so only those are compared (prefix
    filtering: Chaudhuri, Ganti & Kaushik 2006; Bayardo, Ma & Srikant 2007).
    """
    tokens = {key: frozenset(token_ids(tally.answer).tolist()) for key, tally in tallies.items()}
    often = Counter(token for found in tokens.values() for token in found)
    leaders: dict[int, list[str]] = {}  # token -> leaders that have it among their rarest
    groups: dict[str, list[str]] = {}
    for key in sorted(tallies, key=lambda key: (tallies[key].first, key)):
        found = tokens[key]
        rarest = sorted(found, key=lambda token: (often[token], token))[
            : len(found) - math.ceil(_ALIKE * len(found)) + 1
        ]
        near = {leader for token in rarest for leader in leaders.get(token, ())}
        overlap, leader = max(((_jaccard(found, tokens[name]), name) for name in sorted(near)), default=(0.0, key))
        if overlap >= _ALIKE:
            groups[leader].append(key)
            continue
        groups[key] = [key]
        for token in rarest:
            leaders.setdefault(token, []).append(key)
    return list(groups.values())


def _jaccard(first: frozenset[int], second: frozenset[int]) -> float:
    return len(first & second) / len(first | second)


def _procedure(keys: Sequence[str], tallies: Mapping[str, _Tally]) -> Procedure:
    name = min(keys, key=lambda key: (-tallies[key].handled, key))
    members = [tallies[key] for key in keys]
    runs = {succeeded: [p for tally in members for p in tally.profiles[succeeded]] for succeeded in (True, False)}
    successes, failures = len(runs[True]), sum(tally.failures for tally in members)
    mean = mean_profile(runs[True] or runs[False])
    whole = not mean.parts or name.startswith(ANSWER)  # nothing to average, or an answer: the name is the part
    return Procedure(
        name=name,
        keys=tuple(sorted(keys)),
        profile=Profile(parts={**parts_of(name), **mean.parts}) if whole else mean,
        episodes=successes + len(runs[False]) + failures,
        successes=successes,
        failures=failures,
    )
