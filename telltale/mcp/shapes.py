"""What the tools answer with, as models that give a client each answer's schema. The words are the Python API's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from telltale.memory.types import Difference, Recall, Verdict


class Differs(BaseModel):
    """What separates the task from a past one."""

    kind: str
    here: str = Field(description="what the present task has; empty: nothing")
    there: str = Field(description="what the past task had; empty: nothing")
    evidence: str = Field(description="what past cases that differ in it were handled like")


class Judged(BaseModel):
    """One memory, and the guard's word on it."""

    id: str = Field(description="for feedback")
    kind: str = Field(description="episode or skill")
    decision: str = Field(description="applies; adapt: applies, minding what differs; refused: do not follow it")
    probability: float = Field(description="that following it is right")
    task: str
    procedure: str
    differs: list[Differs]


class Recalled(BaseModel):
    """The answer to a recall: what may be followed, and what only looks like the task."""

    recall: str = Field(description="the id for feedback")
    applies: bool = Field(description="whether there is anything to follow; if not, work the task out afresh")
    reason: str
    calibrated: bool = Field(description="the promised risk is certified on this memory")
    admitted: list[Judged]
    refused: list[Judged] = Field(description="alike, but wrong for this task: do not follow them")
    text: str = Field(description="the block for the prompt")


class Remembered(BaseModel):
    """What was taken in."""

    episodes: list[str] = Field(description="ids; the same run again adds nothing")


class Heard(BaseModel):
    """That a word of feedback is on disk."""

    recall: str


def recalled(found: Recall) -> Recalled:
    """A recall in the shape of the tool's answer."""
    return Recalled(
        recall=found.id,
        applies=not found.abstained,
        reason=found.reason,
        calibrated=found.calibrated,
        admitted=_judged(found.admitted),
        refused=_judged(found.refused),
        text=found.text,
    )


def _judged(verdicts: Sequence[Verdict]) -> list[Judged]:
    return [
        Judged(
            id=verdict.candidate.id,
            kind=verdict.candidate.kind,
            decision=verdict.decision.value,
            probability=round(verdict.probability, 4),
            task=verdict.candidate.text,
            procedure=verdict.candidate.procedure,
            differs=[Differs(**_told(difference)) for difference in verdict.differences],
        )
        for verdict in verdicts
    ]


def _told(difference: Difference) -> dict[str, Any]:
    return {
        "kind": difference.kind,
        "here": difference.case_value,
        "there": difference.candidate_value,
        "evidence": difference.evidence,
    }
