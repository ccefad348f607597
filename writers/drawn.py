"""The lessons that the runs of one procedure hold, each with its evidence: what to do, and what to avoid."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice

from telltale.memory.types import Insight, Skill

from .drift import Ways
from .pitfalls import Lesson
from .reading import Reading, latest

_SPANS = 20


def insights_of(
    skill: Skill, ways: Ways, lessons: Sequence[tuple[str, Lesson]], runs: Sequence[Reading]
) -> list[Insight]:
    """Its way as a lesson, ``lessons`` with their polarity, and the older way, superseded by the newer."""
    spans = tuple(islice((span for step in skill.steps for span in step.spans), _SPANS))
    told = way_in_words([step.tool for step in skill.steps]) or skill.description or skill.procedure
    do = _insight(skill, "do", Lesson(told, skill.evidence, spans), ways.now)
    found = [do, *(_insight(skill, polarity, lesson, runs) for polarity, lesson in lessons)]
    return [*found, _older(skill, ways, do.id)] if ways.before else found


def older_way(ways: Ways) -> str:
    """What used to be done and is done otherwise now, in words; empty where nothing changed."""
    if not ways.before:
        return ""
    often = [way_in_words([each.step.tool for each in run.done]) for run in ways.before]
    usual = max(sorted(set(often)), key=often.count)
    return (
        f"{len(ways.before)} earlier runs went {usual}; the {len(ways.now)} latest successful ones do it as told here"
    )


def way_in_words(tools: Sequence[str]) -> str:
    """A way of handling by its tools."""
    return " > ".join(tools)


def _older(skill: Skill, ways: Ways, newer: str) -> Insight:
    evidence = tuple(sorted(run.episode.id for run in ways.before))
    lesson = Lesson(older_way(ways), evidence, tuple(_first_spans(ways.before)), ways.chance)
    found = _insight(skill, "do", lesson, ways.before)
    return Insight(**{name: getattr(found, name) for name in Insight.__slots__} | {"superseded_by": newer})


def _first_spans(runs: Sequence[Reading]) -> Iterator[str]:
    return islice((f"{run.episode.id}#{each.at}" for run in runs for each in run.done), _SPANS)


def _insight(skill: Skill, polarity: str, lesson: Lesson, runs: Sequence[Reading]) -> Insight:
    known = set(lesson.evidence)
    return Insight(
        id=hashed("insight", skill.procedure, polarity, lesson.text),
        polarity=polarity,
        text=lesson.text,
        when=skill.when_to_use,
        when_not="; ".join(skill.when_not_to_use),
        procedure=skill.procedure,
        evidence=lesson.evidence,
        spans=lesson.spans,
        chance=lesson.chance,
        made_by="offline",
        time=latest(run for run in runs if run.episode.id in known),
    )


def hashed(*parts: str) -> str:
    """The id of what the parts name: 32 hexadecimal characters."""
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()
