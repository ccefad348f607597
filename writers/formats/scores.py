"""Named scores of a run as its outcome: which of them speak of success, and what their values mean.

Evaluations score many things. A toxicity of 0 is no failure and a cost of 1 no success, so a score counts only where
its name says that it is about the task. People go before machines, a plain word for success before a grade.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from telltale.memory.types import Outcome

Told = tuple[Outcome, float | None, str]
NOTHING: Told = (Outcome.UNKNOWN, None, "")

_ABOUT = (
    re.compile(r"success|succeed|correct|solved|resolv|pass(?!age|word)|complet|accomplish|fulfil|goal|reward|outcome"),
    re.compile(r"feedback|thumb|human|user|accept|approv|satisf|\bcsat\b"),
    re.compile(r"accura|exact|match|quality|score|grade|rating|verdict|judge|win|\bresult\b|overall"),
)
_NOT_ABOUT = re.compile(
    r"incorrect|unsuccess|unsolved|fail|error|hallucinat|toxic|bias|harm|safe|risk|cost|latenc|duration|token|length"
    r"|time|speed|count|similar|relevan|concise|sentiment|format|schema|faithful|grounded|refus|pii|turns|steps|format"
)
_GOOD = {"c", "correct", "pass", "passed", "success", "succeeded", "successful", "true", "yes", "y", "resolved", "good"}
_GOOD |= {"solved", "complete", "completed", "positive", "approved", "accepted", "thumbs_up", "thumbs up", "win", "👍"}
_BAD = {"i", "incorrect", "fail", "failed", "failure", "false", "no", "n", "unresolved", "wrong", "negative", "bad"}
_BAD |= {"unsolved", "incomplete", "rejected", "thumbs_down", "thumbs down", "loss", "unsuccessful", "👎", "error"}
_HALF = {"p", "partial", "partially_correct", "partially correct", "partly"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One score of a run. ``label`` is what its value is called; ``human`` says that a person gave it."""

    name: str
    value: Any = None
    label: str = ""
    human: bool = False


def judged(scores: Iterable[Score], said_by: str) -> Told:
    """Outcome, score in [0, 1] and who said so, of the first score that speaks of the task and can be read.

    >>> judged([Score(name="toxicity", value=0), Score(name="correctness", value=1)], "langfuse")
    (<Outcome.SUCCESS: 'success'>, 1.0, 'langfuse correctness')
    """
    ranked = [(not score.human, rank, score) for score in scores if (rank := _rank(score.name)) is not None]
    for _, _, score in sorted(ranked, key=lambda found: found[:2]):
        outcome, value = meant(score)
        if outcome is not Outcome.UNKNOWN:
            return outcome, value, f"{said_by} {score.name}"
    return NOTHING


def meant(score: Score) -> tuple[Outcome, float | None]:
    """What a score says, by its label first: a word for good or bad, true or false, a number from 0 to 1.

    >>> meant(Score(name="match", value="I")), meant(Score(name="stars", value=4))
    ((<Outcome.FAILURE: 'failure'>, 0.0), (<Outcome.UNKNOWN: 'unknown'>, None))
    """
    word = score.label or (score.value if isinstance(score.value, str) else "")
    if word and (known := _known(word.strip().lower())) is not None:
        share = _share(score.value)
        return (known[0], share) if share is not None and known[0] is Outcome.PARTIAL else known
    share = _share(score.value)
    if share is None:
        return Outcome.UNKNOWN, None
    return {0.0: Outcome.FAILURE, 1.0: Outcome.SUCCESS}.get(round(share, 6), Outcome.PARTIAL), share


def _known(word: str) -> tuple[Outcome, float] | None:
    if word in _GOOD:
        return Outcome.SUCCESS, 1.0
    if word in _BAD:
        return Outcome.FAILURE, 0.0
    return (Outcome.PARTIAL, 0.5) if word in _HALF else None


def _share(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, Mapping) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= 1 else None


def _rank(name: str) -> int | None:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name[:200]).lower().replace("_", " ").replace("-", " ")
    if _NOT_ABOUT.search(plain):
        return None
    return next((rank for rank, about in enumerate(_ABOUT) if about.search(plain)), None)
