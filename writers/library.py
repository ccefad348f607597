"""The library over time: what was distilled now, laid over the skills that are there. Knows no store.

A skill keeps its id and its name as long as its procedure stands, however it is worded. What says something else than
before is a new version with the reason; counts of evidence and of what was shown make none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from telltale.memory.skills import searched, skill_fields
from telltale.memory.text import words
from telltale.memory.types import Insight, Proposal, Skill, Status

from .lessons import CORRECTED, PERSON, collected
from .standing import count, misleads

IMPORTED = "import:"  # begins ``made_by`` of a skill that came from elsewhere
UNEARNED = "its procedure no longer has the successes that a skill needs"
FORGOT = "made anew without what was forgotten"
COUNTS = ("evidence", "successes", "failures", "status", "shown", "helped", "misled", "corrected")
SAID = (
    "procedure", "also", "when_to_use", "description", "paraphrases", "tags", "preconditions", "boundaries",
    "parameters", "steps", "pitfalls", "recoveries",
)  # fmt: skip
_COUNTS = frozenset(("seen", "of", "held", "seen_in", "spans", "examples"))  # of evidence, not of what is said
_NUMBERS = re.compile(r"\d+ of (?:the |its )?\d+")
_WORDED = ("when_to_use", "description", "paraphrases", "tags")  # what a model or a person says better


class Laid(NamedTuple):
    """The library after something new was laid over it."""

    skills: list[Skill]  # by name
    proposals: list[Proposal]  # what waits for a person's word, by the skill's name; without time and id


def lay(
    made: Sequence[Skill], known: Sequence[Skill], name_of: Mapping[str, str] | None = None, *, whole: bool = True
) -> Laid:
    """What is ``known`` after ``made`` was distilled, in any order.

    A known skill that its procedure no longer earns is retired, and comes back when it is earned again; one that was
    imported or that a person wrote waits for its evidence instead. What a person wrote or pinned stays as it is, and
    what distilling says otherwise is proposed.

    Args:
        name_of: a procedure's former name, or any key of an episode, to the name that the procedure has now.
        whole: ``made`` is all that the memory earns; else skills that are not in it stay as they are.
    """
    now_called = name_of or {}
    before = _matched(made, known, now_called)
    left = {skill.id: skill for skill in known if skill.id not in {there.id for there in before.values()}}
    names, ids = {skill.name for skill in known}, {skill.id for skill in known}
    skills: list[Skill] = []
    proposals: list[Proposal] = []
    for one in sorted(made, key=lambda skill: skill.procedure):
        there = before.get(one.procedure)
        if there is None:
            new = replace(one, name=free(one.name, names), id=free(one.id, ids), reason=one.reason or _first(one))
            skills.append(new)
            continue
        skill, proposed = _next(one, there, now_called)
        skills.append(skill)
        proposals += [proposed] if proposed else []
    into = {name: skill for skill in skills for name in skill.procedures}
    skills += [
        _left(skill, into.get(now_called.get(skill.procedure, skill.procedure)), whole) for skill in left.values()
    ]
    return Laid(sorted(skills, key=_name), sorted(proposals, key=lambda one: one.skill.name))


def says(skill: Skill) -> dict[str, Any]:
    """What ``skill`` says, without names, counts, evidence and status: equal for two versions that say the same."""
    fields = skill_fields(skill)
    return {name: _without_counts(fields[name]) for name in SAID}


def resumed(skills: Iterable[Skill], known: Iterable[Skill], gone: Iterable[Skill]) -> list[Skill]:
    """``skills`` with new ones in place of skills that were forgotten: under their ids, as their next versions.

    A former name is taken up only if each of its words stands in what the skill says now, so that nothing that was
    forgotten lives on in a name.
    """
    found = {skill.id: skill for skill in skills}
    new = [skill for skill in found.values() if skill.id not in {one.id for one in known}]
    names = {skill.name for skill in found.values()}
    for skill in new:
        former = next((one for one in gone if set(one.procedures) & set(skill.procedures)), None)
        if former is None:
            continue
        said = set(words(f"{searched(skill)} {' '.join(skill.procedures)}".replace("_", " ")))
        same = former.name not in names and set(former.name.split("-")) <= said
        again = replace(skill, name=former.name if same else skill.name, version=former.version + 1, reason=FORGOT)
        del found[skill.id]
        found[former.id] = replace(again, id=former.id)
        names.add(again.name)
    return sorted(found.values(), key=_name)


def worded_anew(skill: Skill, lessons: Iterable[Insight]) -> Skill:
    """``skill`` with what people said of it and of its lessons: retired where it misleads, a new version where a
    boundary was drawn or a lesson taken back."""
    (told,) = collected([skill], lessons)
    told = replace(told, status=Status.RETIRED) if misleads(told) and not told.pinned else told
    if says(told) == says(skill):
        return told
    return replace(told, version=skill.version + 1, reason="corrected by feedback")


def counted(
    skills: Iterable[Skill], said: Iterable[Mapping[str, Any]], notes: Iterable[Mapping[str, Any]] = ()
) -> list[Skill]:
    """The skills with what was shown and said of them, in their order.

    ``shown`` counts the recalls that admitted the skill, by their ``notes``, or that feedback names with it. Of each
    recall the last word counts, so none counts twice; ``corrected`` are those in which a later word took back that it
    misled.
    """
    told: dict[str, dict[str, list[str]]] = {}
    for note in notes:
        for id_ in note.get("admitted", ()):
            told.setdefault(id_, {}).setdefault(note["id"], [])
    for row in said:
        for word in ("used", "helped", "misled"):
            for id_ in row[word]:
                heard = told.setdefault(id_, {}).setdefault(row["recall"], [])
                heard += [] if word == "used" else [word]
    return [_counted(skill, [*told.get(skill.id, {}).values()]) for skill in skills]


def free(name: str, taken: set[str]) -> str:
    """``name``, or where it is taken the first of ``name-2``, ``name-3``, ... that is not; it is taken from now on."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name[:60].rstrip('-')}-{number}"
    taken.add(found)
    return found


def _matched(made: Iterable[Skill], known: Iterable[Skill], name_of: Mapping[str, str]) -> dict[str, Skill]:
    """For each procedure that was distilled, the known skill that goes on in it: the one that shares most with it."""
    owners: dict[str, list[Skill]] = {}
    for skill in known:
        for name in dict.fromkeys(name_of.get(name, name) for name in skill.procedures):
            owners.setdefault(name, []).append(skill)
    pairs = [
        (there.status is Status.RETIRED, name_of.get(there.procedure, there.procedure) != one.procedure, there, one)
        for one in made
        for there in {skill.id: skill for name in one.procedures for skill in owners.get(name, [])}.values()
    ]
    found: dict[str, Skill] = {}
    for _, _, there, one in sorted(pairs, key=lambda pair: (*pair[:2], pair[2].id, pair[3].procedure)):
        if one.procedure not in found and all(there.id != taken.id for taken in found.values()):
            found[one.procedure] = there
    return found


def _next(made: Skill, there: Skill, name_of: Mapping[str, str]) -> tuple[Skill, Proposal | None]:
    """The skill as it goes on, and what is proposed instead where a person's word holds it."""
    new = _carried(made, there)
    reason = _reason(new, there)
    if there.pinned or there.made_by == PERSON:
        called = name_of.get(there.procedure, there.procedure)
        held = replace(there, procedure=called, also=tuple(name_of.get(name, name) for name in there.also))
        held = taking(held, made, ("evidence", "successes", "failures", "status"))
        proposed = replace(new, version=there.version + 1, reason=reason, pinned=False)
        same = _worded(proposed) == _worded(held)
        return held, None if same else Proposal(skill=proposed, replaces=there.version, reason=reason)
    if says(new) == says(there):
        return replace(new, made_by=there.made_by, reason=_still(there)), None
    return replace(new, version=there.version + 1, reason=reason), None


def _carried(made: Skill, there: Skill) -> Skill:
    """``made`` with the name, the counters and the pin of the skill that it follows.

    The words that a model or a person found for it stay, as long as the steps are the same.
    """
    names = ["name", "id", "shown", "helped", "misled", "corrected", "version", "pinned"]
    if made.made_by == "offline" and there.made_by.startswith("model:") and says(made)["steps"] == says(there)["steps"]:
        names += [name for name in _WORDED if getattr(there, name)]
    return taking(made, there, names)


def _worded(skill: Skill) -> dict[str, Any]:
    """What it says, without whose procedure it says it of."""
    return {name: value for name, value in says(skill).items() if name not in ("procedure", "also")}


def _reason(made: Skill, there: Skill) -> str:
    """Why ``made`` is another version than ``there``, in words."""
    more = len(set(made.evidence) - set(there.evidence))
    successes = made.successes - there.successes if made.successes and there.successes else more
    why = [f"merged with {name}" for name in made.also if name not in there.procedures]
    why += [f"parted from {name}" for name in there.also if name not in made.procedures]
    why += ["corrected by feedback"] if _corrections(made) - _corrections(there) else []
    why += [count(successes, "new success", "new successes")] if successes > 0 else []
    failures = made.failures - there.failures
    why += [count(failures, "new run against it", "new runs against it")] if failures > 0 else []
    why += [f"reworded by {made.made_by}"] if made.made_by not in (there.made_by, "offline") else []
    return "; ".join(why) or "what its tasks are told apart by has changed"


def _corrections(skill: Skill) -> set[str]:
    return {text for text in skill.when_not_to_use if text.startswith(CORRECTED)}


def _first(made: Skill) -> str:
    return f"distilled from {count(made.successes or len(made.evidence), 'success', 'successes')}"


def _still(there: Skill) -> str:
    return "earned again" if there.status is Status.RETIRED else there.reason


def _left(skill: Skill, into: Skill | None, whole: bool) -> Skill:
    """A known skill that nothing distilled goes on in."""
    if into is not None and into.id != skill.id:
        return replace(skill, status=Status.RETIRED, reason=f"merged into {into.name}")
    waits = skill.made_by == PERSON or skill.made_by.startswith(IMPORTED)
    if not whole or waits or skill.status is Status.RETIRED:
        return skill
    return replace(skill, status=Status.RETIRED, reason=UNEARNED)


def _without_counts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_counts(held) for name, held in value.items() if name not in _COUNTS}
    if isinstance(value, list | tuple):
        return [_without_counts(held) for held in value]
    return _NUMBERS.sub("N of N", value) if isinstance(value, str) else value


def _counted(skill: Skill, told: Sequence[Sequence[str]]) -> Skill:
    last = [heard[-1] for heard in told if heard]
    return replace(
        skill,
        shown=len(told),
        helped=last.count("helped"),
        misled=last.count("misled"),
        corrected=sum("misled" in heard and heard[-1] == "helped" for heard in told),
    )


def taking(skill: Skill, other: Skill, names: Iterable[str]) -> Skill:
    """``skill`` with the fields ``names`` of ``other``."""
    fields: dict[str, Any] = {name: getattr(other, name) for name in names}
    return replace(skill, **fields)


def _name(skill: Skill) -> str:
    return skill.name
