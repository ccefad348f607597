"""The literal interpreter: a skill's steps on a new case, just as they are written, without a model.

Whoever calls it holds the tools. Conditions, boundaries and parameters are looked up in the case and in what the tools
showed; no text of a skill or of a result is ever run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from telltale.memory.observations import says_error
from telltale.memory.references import Unbound, bound, holds, joined
from telltale.memory.sights import Sight
from telltale.memory.types import Case, Condition, Skill, Step

from .bounds import in_words, surely

LIKELY = 0.5  # the lower end of the interval of how often a boundary was right, to be above

Call = Callable[[str, Mapping[str, Any]], object]


class Stopped(StrEnum):
    """Why the steps of a skill were not done to their end."""

    NOT = ""
    BOUNDARY = "boundary"  # the skill says itself that it is not to be used here
    PRECONDITION = "precondition"  # a tool shows otherwise than in every run that the skill is made of
    UNBOUND = "unbound"  # a parameter is nowhere to be found
    ERROR = "error"  # a tool showed an error
    NOTHING = "nothing"  # there was no step to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What became of following a skill."""

    done: tuple[Step, ...] = ()  # in order, each with what it showed; a last one that failed has its ``error``
    stopped: Stopped = Stopped.NOT
    reason: str = ""  # why it stopped, in words
    instead: str = ""  # the procedure to use where a boundary held; empty: none is known

    @property
    def ok(self) -> bool:
        """Every step whose conditions held was done, and no tool showed an error."""
        return self.stopped is Stopped.NOT


def follow(skill: Skill, case: Case, call: Call, *, ignore_boundaries: bool = False) -> Followed:
    """See :meth:`AgentMemory.follow`."""
    sight = Sight(case)
    done: list[Step] = []
    for step in skill.steps:
        against = None if ignore_boundaries else _against(skill, sight)
        if against:
            return replace(against, done=tuple(done))
        if not all(holds(condition, sight) for condition in step.when):
            continue
        try:
            arguments = bound(step.arguments, skill.parameters, sight)
        except Unbound as missing:
            return Followed(done=tuple(done), stopped=Stopped.UNBOUND, reason=f"{step.tool}: {missing}")
        showed = _text(call(step.tool, arguments))
        if says_error(showed):
            done.append(Step(tool=step.tool, arguments=arguments, error=showed))
            return Followed(done=tuple(done), stopped=Stopped.ERROR, reason=f"{step.tool} showed an error: {showed}")
        done.append(Step(tool=step.tool, arguments=arguments, observation=showed))
        sight = sight.then(step.tool, showed)
    if not done:
        return Followed(stopped=Stopped.NOTHING, reason="no step of the skill is for this case")
    return Followed(done=tuple(done))


def _against(skill: Skill, sight: Sight) -> Followed | None:
    """What is known at this point of the run to stand against the skill; None where nothing is.

    A boundary first, since it may name what to use instead: one that past runs bear out more likely than not, and no
    mere word of the task. A fact that a task lacks says too little, too: people leave things out, tools do not
    (docs/design/053-what-skills-are-worth.md).
    """
    for boundary in skill.boundaries:
        condition = boundary.condition
        if condition and _weighs(condition) and _known(condition, sight) and holds(condition, sight):
            said = f"not to be used {boundary.text}"
            return Followed(stopped=Stopped.BOUNDARY, reason=said, instead=boundary.instead)
    for condition in skill.preconditions:
        always = condition.kind.startswith("result:") and condition.seen == condition.of
        if always and _known(condition, sight) and not holds(condition, sight):
            return Followed(stopped=Stopped.PRECONDITION, reason=f"not so here: {in_words(condition)}")
    return None


def _weighs(condition: Condition) -> bool:
    """What a person wrote has no counts, and weighs."""
    return condition.kind != "words" and (not condition.of or surely(condition) > LIKELY)


def _known(condition: Condition, sight: Sight) -> bool:
    """Whether what it is about has been seen: what a tool that was not yet called will show has not."""
    kind = condition.kind
    seen = (f"result:{joined(tool)}." for tool in sight.last)
    return not kind.startswith("result:") or any(f"{kind}.".startswith(tool) for tool in seen)


def _text(showed: object) -> str:
    return showed if isinstance(showed, str) else json.dumps(showed, ensure_ascii=False, default=str)
