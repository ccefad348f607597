"""The signature of an episode: what it changed, in order, in a form that equal runs share.

Arguments are left out, and calls that only read are left out, so that two runs of one procedure on two orders sign
alike. Made from the episode's own content alone: how signatures group into procedures is learned elsewhere.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

from telltale.memory.text import words
from telltale.memory.types import Step

from .effects import name_of, reads_only

NO_CHANGE = "(no change)"
UNRECORDED = "unrecorded"  # the tool of a call whose name the trace leaves out


def signature(steps: Sequence[Step], answer: str = "") -> str:
    """State-changing calls in the order in which they happened, repeats in a row counted: ``cancel > refund x2``.

    A call that ended in an error changed nothing. ``(no change)`` where tools ran and changed nothing; for a run
    without tools ``answer:`` and a hash of its answer's words; "" where neither is known.

    >>> signature([Step(tool="get_order"), Step(tool="refund"), Step(tool="refund")])
    'refund x2'
    """
    if not steps:
        return f"answer:{_hash(answer)}" if words(answer) else ""
    if any(step.tool == UNRECORDED for step in steps):
        return ""
    changing = (name_of(step) for step in steps if not step.error and not reads_only(step))
    counted = ((name, len(list(run))) for name, run in itertools.groupby(changing))
    return " > ".join(name if count == 1 else f"{name} x{count}" for name, count in counted) or NO_CHANGE


def _hash(answer: str) -> str:
    return hashlib.blake2b(" ".join(words(answer)).encode("utf-8", "replace"), digest_size=6).hexdigest()
