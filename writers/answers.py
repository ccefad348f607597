"""Answers without tool calls -> one answer with the words that vary as parameters."""

from __future__ import annotations

from collections.abc import Sequence

from telltale.memory.types import SkillStep

from .binding import Binding
from .reading import Reading

_MOST_VARYING = 0.3  # share of the pieces; above it the answers have no common form
_SPANS = 10


def answer_template(runs: Sequence[Reading]) -> tuple[tuple[SkillStep, ...], Binding]:
    """One step ``answer`` whose text has the words that vary as ``{value}`` and so on, and where these come from.

    Made of the answers that are as many words long as most are; nothing where those have no common form.
    """
    binding = Binding(runs)
    answers = {number: run.episode.answer for number, run in enumerate(runs) if run.episode.answer}
    text = binding.text("value", answers, most=_MOST_VARYING) if len(answers) > 1 else None
    if text is None:
        return (), Binding(())
    spans = tuple(f"{runs[number].episode.id}#answer" for number in sorted(answers)[:_SPANS])
    step = SkillStep(tool="answer", arguments={"text": text}, seen_in=len(answers), of=len(runs), spans=spans)
    return (step,), binding
