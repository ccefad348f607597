"""The literal interpreter: a skill's steps on a new case, just as they are written, without a model.

Whoever calls it holds the tools. Conditions, boundaries and parameters are looked up in the case and in what the tools
showed; no text of a skill or of a result is ever run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from telltale.memory.observations import says_error
from telltale.memory.references import Unbound, bound, holds, joined
from telltale.memory.sights import Sight
from telltale.memory.types import Boundary, Case, Condition, Skill, Step

Call = Callable[[str, Mapping[str, Any]], object]


class Stopped(StrEnum):
    """Why the steps of a skill were not done to their end."""

    NOT = ""
    BOUNDARY = "boundary"  # the skill says itself that it is not to be used here
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
        crossed = None if ignore_boundaries else _crossed(skill, sight)
        if crossed:
            said = f"not to be used {crossed.text}"
            return Followed(done=tuple(done), stopped=Stopped.BOUNDARY, reason=said, instead=crossed.instead)
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


def _crossed(skill: Skill, sight: Sight) -> Boundary | None:
    """The first boundary that is known to hold at this point of the run."""
    conditional = (one for one in skill.boundaries if one.condition)
    return next((one for one in conditional if one.condition and _known_to_hold(one.condition, sight)), None)


def _known_to_hold(condition: Condition, sight: Sight) -> bool:
    """Whether it is known to hold: what a tool that was not yet called will show is not."""
    return holds(condition, sight) and _known(condition, sight)


def _known(condition: Condition, sight: Sight) -> bool:
    kind = condition.kind
    if not kind.startswith("result:"):
        return True
    return any(f"{kind}.".startswith(f"result:{joined(tool)}.") for tool in sight.last)


def _text(showed: object) -> str:
    return showed if isinstance(showed, str) else json.dumps(showed, ensure_ascii=False, default=str)
