"""Answers without tool calls -> one answer with the words that vary as parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from telltale.memory.types import Episode, SkillStep, Step

from .align import parameterised

_PIECE = re.compile(r"\w+|\W+")
_MOST_VARYING = 0.3  # share of the pieces; above it the answers have no common form


def answer_template(runs: Sequence[Episode]) -> tuple[tuple[SkillStep, ...], dict[str, str]]:
    """One step ``answer`` whose text has the words that vary as ``{value_1}`` and so on, and where these come from.

    Made of the answers that are as many words long as most are; nothing where those have no common form.
    """
    pieces = [_PIECE.findall(run.answer) for run in runs]
    often = Counter(map(len, pieces))
    length = min(often, key=lambda size: (-often[size], size), default=0)
    alike = [(run, found) for run, found in zip(runs, pieces, strict=True) if len(found) == length]
    varying = [at for at in range(length) if len({found[at] for _, found in alike}) > 1]
    if len(alike) < 2 or len(varying) > _MOST_VARYING * length:
        return (), {}
    names = {at: f"value_{number}" for number, at in enumerate(varying, start=1)}
    steps = [Step(tool="answer", arguments={name: found[at] for at, name in names.items()}) for _, found in alike]
    (step,), parameters = parameterised(
        [replace(run, steps=(step,)) for (run, _), step in zip(alike, steps, strict=True)]
    )
    text = "".join(step.arguments[names[at]] if at in names else piece for at, piece in enumerate(alike[0][1]))
    return (SkillStep(tool="answer", arguments={"text": text}, seen_in=len(alike)),), parameters
