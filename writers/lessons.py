"""The life of insights: what was distilled now, joined with the lessons that are there, and corrected by people.

A lesson that is no longer drawn stays, and names what goes before it. Knows no store.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from telltale.memory.types import Boundary, Insight, Skill

from .telling import shortened

PERSON = "person"  # says who made a lesson, or a skill
WITHDRAWN = "withdrawn"  # what goes before a lesson that the evidence no longer draws, where no other replaced it
REJECTED = "rejected"  # the same for one that a person took back
CORRECTED = "as a person said of "  # begins a boundary that comes from feedback
_NUMBERS = re.compile(r"\d+")
_CLOSE = 0.5  # least likeness of two texts, for the one to be the other's successor


def joined(made: Iterable[Insight], known: Iterable[Insight], *, of: Collection[str] | None = None) -> list[Insight]:
    """All lessons after ``made`` was distilled, by id.

    A lesson whose text differs in its numbers alone goes on under its id. One that was there and is no longer drawn is
    superseded: by the lesson on the same procedure, of the same polarity, that reads most like it or rests on its
    evidence, else by :data:`WITHDRAWN`; it stands again when it is drawn again. What a person rejected stays so
    whatever is distilled.

    Args:
        of: the procedures that were distilled; lessons on others stay as they are. ``None``: all were.
    """
    made, known = list(made), list(known)
    reached = {one.procedure for one in (known if of is None else made)} | set(of or ())
    aside = [one for one in known if one.procedure not in reached and one.made_by != PERSON]
    near = [one for one in known if one.procedure in reached or one.made_by == PERSON]
    before = {_same(one): one for one in sorted(near, key=lambda one: one.id, reverse=True)}
    now: dict[tuple[str, ...], Insight] = {}
    for one in made:
        there = before.get(_same(one))
        held = REJECTED if there and there.superseded_by == REJECTED else one.superseded_by
        now[_same(one)] = replace(one, id=there.id if there else one.id, superseded_by=held)
    rest = [one for same, one in before.items() if same not in now]
    kept = [one if _untouched(one, of) else _superseded(one, now.values()) for one in rest]
    return sorted([*now.values(), *kept, *aside], key=lambda one: one.id)


def differing(lessons: Iterable[Insight], before: Iterable[Insight]) -> list[Insight]:
    """The lessons that are new, or not what they were under their id before."""
    there = {one.id: one for one in before}
    return [one for one in lessons if there.get(one.id) is not one and there.get(one.id) != one]


def collected(skills: Iterable[Skill], insights: Iterable[Insight]) -> list[Skill]:
    """The skills with the ids of the standing lessons on their procedures, without the text of those that are not.

    A person's lesson becomes a boundary of the skill.
    """
    by_procedure: dict[str, list[Insight]] = {}
    for one in insights:
        by_procedure.setdefault(one.procedure, []).append(one)
    return [
        _collected(skill, [one for name in skill.procedures for one in by_procedure.get(name, [])]) for skill in skills
    ]


def corrections(
    said: Iterable[Mapping[str, Any]], procedure_of: Mapping[str, str], evidence_of: Mapping[str, Sequence[str]]
) -> list[Insight]:
    """The lessons that people's feedback holds: a note on what misled, for the procedure that it was shown for.

    Of several notes on one procedure and one task the latest stands; one that was taken back (a later word of the same
    recall says that the memory helped) is none.

    Args:
        procedure_of: an episode's or a skill's id to its procedure; what is not in it was forgotten, or never known.
        evidence_of: a skill's id to its evidence; an episode is its own.
    """
    found: dict[tuple[str, str], Insight] = {}
    by_recall: dict[tuple[str, str], tuple[str, str]] = {}
    for row in said:
        for id_ in row["helped"]:
            found.pop(by_recall.get((row["recall"], id_), ("", "")), None)
        for id_ in row["misled"]:
            procedure, note = procedure_of.get(id_, ""), " ".join(str(row.get("note") or "").split())
            if procedure and note:
                task = shortened(str(row["text"]))
                found[procedure, task] = Insight(
                    id=hashed("correction", procedure, task),
                    polarity="avoid",
                    text=note,
                    when=task,
                    procedure=procedure,
                    evidence=tuple(evidence_of.get(id_, (id_,))),
                    made_by=PERSON,
                )
                by_recall[row["recall"], id_] = (procedure, task)
    return sorted(found.values(), key=lambda one: one.id)


def say_otherwise(lessons: Iterable[Insight], before: Iterable[Insight]) -> bool:
    """Whether some lesson is new, says something else than before, or stands otherwise; more evidence does not."""
    there = {one.id: one for one in before}
    told = {one.id: (_same(one), one.superseded_by) for one in differing(lessons, there.values())}
    return any(id_ not in there or says != (_same(there[id_]), there[id_].superseded_by) for id_, says in told.items())


def hashed(*parts: str) -> str:
    """The id of what the parts name: 32 hexadecimal characters."""
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _collected(skill: Skill, lessons: Sequence[Insight]) -> Skill:
    standing = [one for one in lessons if not one.superseded_by]
    dead = {one.text for one in lessons if one.superseded_by} - {one.text for one in standing}
    said = [f'{CORRECTED}"{one.when}": {one.text}' for one in standing if one.made_by == PERSON]
    added = tuple(Boundary(text=text) for text in said if text not in skill.when_not_to_use)
    return replace(
        skill,
        insights=tuple(sorted(one.id for one in standing)),
        pitfalls=tuple(text for text in skill.pitfalls if text not in dead),
        recoveries=tuple(text for text in skill.recoveries if text not in dead),
        boundaries=(*skill.boundaries, *added),
    )


def _untouched(one: Insight, of: Collection[str] | None) -> bool:
    return bool(one.superseded_by) or (of is not None and one.procedure not in of and one.made_by != PERSON)


def _superseded(old: Insight, new: Iterable[Insight]) -> Insight:
    near = [one for one in new if (one.procedure, one.polarity) == (old.procedure, old.polarity)]
    best = max(near, key=lambda one: (_likeness(old, one), one.id), default=None)
    followed = best is not None and _likeness(old, best) >= _CLOSE
    return replace(old, superseded_by=best.id if best and followed else WITHDRAWN)


def _likeness(old: Insight, new: Insight) -> float:
    """How much of the old lesson's evidence the new one rests on, or how alike they read; the larger."""
    shared = len(set(old.evidence) & set(new.evidence)) / max(len(set(old.evidence)), 1)
    return max(shared, SequenceMatcher(None, old.text, new.text, autojunk=False).ratio())


def _same(one: Insight) -> tuple[str, ...]:
    """What two insights have in common that are the same lesson: all but its numbers and its evidence."""
    if one.made_by == PERSON:
        return (PERSON, one.id)
    return one.procedure, one.polarity, _NUMBERS.sub("0", one.text)
