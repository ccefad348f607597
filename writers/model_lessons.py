"""A model's lessons from failures against successes -> insights that name the calls which bear them out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from telltale.memory.types import Insight

from .model_grounds import Grounds
from .model_question import Question
from .model_shapes import CONDITION, LESSON, LESSONS

_SHOWN_BY = {"do": "success", "avoid": "failure"}


def lessons(answer: Any, question: Question, made_by: str, dropped: Counter[str]) -> Iterator[Insight]:
    """At most five that stand: "do" quotes a call of a successful run, "avoid" one of a failed run.

    ``dropped`` counts the others.
    """
    for said in answer.insights[:LESSONS]:
        quoted = [question.spans[name] for name in dict.fromkeys(said.evidence) if name in question.spans]
        grounds = Grounds.of(quoted)
        text = grounds.text(said.text, LESSON)
        if not text or not any(span.call and span.role == _SHOWN_BY[said.polarity] for span in quoted):
            dropped["lesson"] += 1
            continue
        times = [span.episode.time for span in quoted if span.episode.time is not None]
        yield Insight(
            id=_id(question.procedure, said.polarity, text),
            polarity=said.polarity,
            text=text,
            when=grounds.text(said.when, CONDITION),
            when_not=grounds.text(said.when_not, CONDITION),
            procedure=question.procedure,
            evidence=tuple(sorted({span.episode.id for span in quoted})),
            spans=tuple(span.place for span in quoted),
            made_by=made_by,
            time=max(times, default=None),
        )


def _id(*parts: str) -> str:
    told = "\x00".join(("model", *parts)).encode("utf-8", "replace")
    return hashlib.blake2b(told, digest_size=16).hexdigest()
