"""Procedures with enough successes -> skills and insights, offline and without a model.

Everything said of a skill is counted from the episodes that it names as evidence. Text of a trace stays data: it is
quoted as an example, and tools and constants come from recorded calls alone.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from telltale.memory.identity import duplicate_hash
from telltale.memory.text import words
from telltale.memory.types import (
    Boundary,
    Episode,
    Insight,
    LookAlike,
    Outcome,
    Parameter,
    Procedure,
    Skill,
    SkillStep,
    Status,
)

from .align import parameterised
from .answers import answer_template
from .pitfalls import Pitfall, find_pitfalls
from .procedures import ANSWER, names_by_key
from .telling import TellApart, Wording, when_not_to_use, when_to_use

_EVIDENCE = 50  # runs that a skill is made of, those of the smallest ids
_STRAY = 0.5  # least cosine (TF-IDF) of a failed task to the successful one that it is compared with
_CHUNK = 200  # strays compared at a time
_LIKELY = 0.5


def distill(
    episodes: Sequence[Episode],
    procedures: Sequence[Procedure],
    look_alikes: Sequence[LookAlike],
    *,
    tell_apart: TellApart,
    least: int = 3,
) -> tuple[list[Skill], list[Insight]]:
    """Skills and insights, each sorted by the procedure's name.

    A procedure becomes a skill with ``least`` successes or more; runs with the same task, context and steps count as
    one, so that a repeated trace earns no skill. Only runs whose outcome is known to be a success count. A skill is
    active when the lower end of the 95 % Wilson interval of its success rate is at least one half (four successes
    without a failure), and a candidate until then; a failed run counts against it where it used the skill's very tools
    in the skill's order.

    Args:
        look_alikes: pairs whose differences become the boundaries of both procedures.
        tell_apart: how surely two cases need different handling, in [0, 1]; puts the boundaries in order.
    """
    runs = _distinct(episodes)
    name_of = names_by_key(procedures)
    succeeded = _by_procedure((run for run in runs if run.outcome is Outcome.SUCCESS), name_of)
    failed = _failures(runs, name_of, succeeded)
    wording = Wording()
    for name, own in succeeded.items():
        for run in own:
            wording.add(name, run.case)
    cases = {run.id: run.case for run in episodes}
    skills: list[Skill] = []
    insights: list[Insight] = []
    taken: set[str] = set()
    for name in sorted(name for name, own in succeeded.items() if len(own) >= least):
        shown, pitfalls = succeeded[name][:_EVIDENCE], find_pitfalls(succeeded[name], failed.get(name, []))
        steps, parameters = parameterised(shown) if any(run.steps for run in shown) else answer_template(shown)
        skill = Skill(
            id=_hashed("skill", name),
            name=_free(_slug(name, wording.telling_words(name)), taken),
            procedure=name,
            when_to_use=when_to_use(name, shown, wording),
            boundaries=tuple(Boundary(text=t) for t in when_not_to_use(name, look_alikes, cases, tell_apart)),
            parameters={key: Parameter(told=told) for key, told in parameters.items()},
            steps=steps,
            pitfalls=tuple(pitfall.text for pitfall in pitfalls),
            evidence=tuple(run.id for run in shown),
            status=_status(steps, len(succeeded[name]), failed.get(name, [])),
        )
        skills.append(skill)
        insights += _insights(skill, pitfalls)
    return skills, insights


def wilson_lower(successes: int, of: int) -> float:
    """The lower end of the 95 % Wilson score interval of a rate (Wilson 1927); 0 of nothing.

    >>> round(wilson_lower(4, 4), 2), round(wilson_lower(3, 3), 2)
    (0.51, 0.44)
    """
    if not of:
        return 0.0
    z, rate = 1.959964, successes / of
    middle, spread = rate + z * z / (2 * of), z * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of)


def slug(text: str) -> str:
    """``text`` as a skill's name: lower-case letters and digits with single hyphens, at most 64; may be empty.

    >>> slug("cancel_order x2 > e-mail!")
    'cancel-order-x2-e-mail'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:64].strip("-")


def _distinct(episodes: Iterable[Episode]) -> list[Episode]:
    """The episodes by id, each task, context and steps once for every outcome."""
    seen: dict[tuple[str, Outcome], Episode] = {}
    for episode in sorted(episodes, key=lambda episode: episode.id):
        seen.setdefault((duplicate_hash(b"", episode), episode.outcome), episode)
    return list(seen.values())


def _by_procedure(runs: Iterable[Episode], name_of: Mapping[str, str]) -> dict[str, list[Episode]]:
    found: dict[str, list[Episode]] = {}
    for run in runs:
        if run.key in name_of:
            found.setdefault(name_of[run.key], []).append(run)
    return found


def _failures(
    runs: Sequence[Episode], name_of: Mapping[str, str], succeeded: Mapping[str, Sequence[Episode]]
) -> dict[str, list[Episode]]:
    """The failed runs of each procedure: those that have its key, and those whose task is most like one of its own."""
    failed = [run for run in runs if run.outcome is Outcome.FAILURE]
    found = _by_procedure(failed, name_of)
    strays = [run for run in failed if run.key not in name_of]
    for run, name in zip(strays, _nearest(strays, succeeded), strict=True):
        if name:
            found.setdefault(name, []).append(run)
    return found


def _nearest(strays: Sequence[Episode], succeeded: Mapping[str, Sequence[Episode]]) -> Iterator[str]:
    """For each stray, the procedure of the successful run with the most similar task; empty where none is near."""
    names = [name for name in sorted(succeeded) for _ in succeeded[name]]
    if not strays or not names:
        yield from ("" for _ in strays)
        return
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=lambda text: words(text) or [""], sublinear_tf=True)
    known = vectorizer.fit_transform(run.text for name in sorted(succeeded) for run in succeeded[name]).T
    asked = vectorizer.transform(run.text for run in strays)
    for start in range(0, len(strays), _CHUNK):
        similar = (asked[start : start + _CHUNK] @ known).toarray()
        best = similar.argmax(axis=1)
        yield from (names[at] if row[at] >= _STRAY else "" for row, at in zip(similar, best, strict=True))


def _status(steps: Sequence[SkillStep], successes: int, failed: Sequence[Episode]) -> Status:
    tools = [step.tool for step in steps]
    failures = sum([step.tool for step in run.steps] == tools for run in failed)
    return Status.ACTIVE if wilson_lower(successes, successes + failures) >= _LIKELY else Status.CANDIDATE


def _slug(procedure: str, telling: Sequence[str]) -> str:
    """A readable name: the procedure's own, with the words of its tasks before it where it says nothing by itself."""
    own = slug("answer" if procedure.startswith(ANSWER) else procedure)
    opaque = procedure.startswith(ANSWER) or not re.search(r"[a-z]{3}", own) or own == "no-change"
    return slug("-".join([*telling[:3], own]) if opaque else own) or "procedure"


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name[:60].rstrip('-')}-{number}"
    taken.add(free)
    return free


def _insights(skill: Skill, pitfalls: Sequence[Pitfall]) -> Iterator[Insight]:
    boundaries = "; ".join(skill.when_not_to_use)
    lessons = [("do", " > ".join(step.tool for step in skill.steps) or skill.procedure, skill.evidence)]
    lessons += [("avoid", pitfall.text, pitfall.evidence) for pitfall in pitfalls]
    for polarity, text, evidence in lessons:
        yield Insight(
            id=_hashed("insight", skill.procedure, polarity, text),
            polarity=polarity,
            text=text,
            when=skill.when_to_use,
            when_not=boundaries,
            procedure=skill.procedure,
            evidence=evidence,
        )


def _hashed(*parts: str) -> str:
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()
