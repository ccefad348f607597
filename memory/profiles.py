"""Procedures as countable parts: what a label or a signature, and the steps of a run, are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .types import Profile, Step

_SEPARATORS = re.compile(r"[>|;,+()]")
_COUNTED = re.compile(r"(.*\S)\s+x([1-9][0-9]{0,5})", re.DOTALL)
STEP = "step:"  # marks the parts that are tools of the steps, so that they never meet parts of a label


def parts_of(label: str) -> dict[str, float]:
    """The parts of a label or signature with their counts, in order of first mention.

    Split at ``> | ; , + ( )``; a trailing `` xN`` is a count; a label without separators is one part.

    >>> parts_of("cancel x3 + modify"), parts_of("pick_two(Mug, Desk)"), parts_of("gas")
    ({'cancel': 3.0, 'modify': 1.0}, {'pick_two': 1.0, 'Mug': 1.0, 'Desk': 1.0}, {'gas': 1.0})
    """
    parts: dict[str, float] = {}
    for piece in filter(None, map(str.strip, _SEPARATORS.split(label))):
        counted = _COUNTED.fullmatch(piece)
        name, count = (counted[1], float(counted[2])) if counted else (piece, 1.0)
        parts[name] = parts.get(name, 0.0) + count
    return parts


def profile_of(key: str, steps: Sequence[Step] = ()) -> Profile:
    """The parts of a label or signature, joined with how often each tool was used (parts ``step:<tool>``)."""
    parts = parts_of(key)
    for step in steps:
        name = STEP + step.tool
        parts[name] = parts.get(name, 0.0) + 1.0
    return Profile(parts=parts)


def mean_profile(profiles: Iterable[Profile]) -> Profile:
    """The mean count of every part over ``profiles``, parts sorted by name; no profiles give no parts."""
    every = [profile.parts for profile in profiles]
    names = sorted({name for parts in every for name in parts})
    return Profile(parts={name: sum(parts.get(name, 0.0) for parts in every) / len(every) for name in names})
