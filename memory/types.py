"""The words of telltale as frozen data: no I/O, no judgement, no third-party types.

Every other module speaks in these. The words are explained in ARCHITECTURE.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Context = Mapping[str, Any]
SIGNAL = "signal:"  # begins ``said_by`` where an outcome is a guess from what happened, and nobody's word


class Outcome(StrEnum):
    """How a run ended. Unknown is never failure."""

    SUCCESS = "success"
    FAILURE = "failure"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


class Decision(StrEnum):
    """What a verdict says: follow it, follow it minding these differences, or do not."""

    APPLIES = "applies"
    ADAPT = "adapt"
    REFUSED = "refused"


class Status(StrEnum):
    """Where a skill is in its life."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"


# ---- what comes in -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One tool call as the trace recorded it, with what came back."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    observation: str = ""
    error: str = ""  # empty: no error
    read_only: bool | None = None  # what the trace's own annotation says; None: it says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a trace: who spoke, what was said, and the calls made in it, results already paired."""

    role: str  # "user" | "assistant" | "system"
    text: str = ""
    calls: tuple[Call, ...] = ()
    time: float | None = None  # seconds since the epoch
    id: str = ""  # the format's own id of the turn, the same in every copy of the session; empty where it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A finished run, as some tool recorded it, brought to one shape."""

    trace_id: str  # the format's own id; empty where it has none
    format: str
    turns: tuple[Turn, ...]
    context: Context = field(default_factory=dict)
    outcome: Outcome = Outcome.UNKNOWN
    score: float | None = None  # in [0, 1]
    said_by: str = ""  # who said so: "tau-bench reward", "outcomes file", "dataset", ...
    procedure: str = ""  # a label the caller gave; usually empty
    source: str = ""  # where it came from: a file, a service, a user
    time: float | None = None
    tools_read_only: Mapping[str, bool] = field(default_factory=dict)
    parent: str = ""  # the trace id of the run that started this one; empty: a person did


# ---- what is stored ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing the agent did, and what it saw."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    observation: str = ""
    error: str = ""
    read_only: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One task of one trace, normalised. ``id`` and ``signature`` are empty until the write path signs it."""

    text: str
    context: Context = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    answer: str = ""  # the final words or solution, where the run ended in one
    outcome: Outcome = Outcome.UNKNOWN
    score: float | None = None
    said_by: str = ""
    label: str = ""  # the procedure as given by the caller; empty: to be derived
    signature: str = ""  # canonical form of what was done, from the episode's own content
    trace_id: str = ""
    task_index: int = 0
    format: str = ""
    source: str = ""
    time: float | None = None
    id: str = ""
    parent: str = ""  # the trace id of the run that started this one; empty: a person did
    task_id: str = ""  # the format's own id of the task, the same in every copy of the session; empty where it has none

    @property
    def case(self) -> Case:
        """The episode as it looked when the task came in: nothing of what followed."""
        return Case(text=self.text, context=self.context)

    @property
    def guessed(self) -> bool:
        """Is its outcome a guess, which weighs less than anybody's word?"""
        return self.said_by.startswith(SIGNAL)

    @property
    def key(self) -> str:
        """What groups this episode with others of its procedure: the given label, else its own signature."""
        return self.label or self.signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked about now: text and context, nothing else."""

    text: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A typed fact of a case.

    ``kind`` names what it is about (``amount``, ``date``, ``negation``, ``identifier:order``, ``choice:payment``,
    ``context:channel``, ...); ``value`` is canonical, so that equal facts are equal strings; ``span`` is where it
    stands in the text, ``None`` for a fact from the context.
    """

    kind: str
    value: str
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A procedure's parts with their counts."""

    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A way of handling that episodes share."""

    name: str  # the label, or the signature that names the group
    keys: tuple[str, ...]  # the episode keys (labels, signatures) that belong to it
    profile: Profile
    episodes: int = 0
    successes: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """One lesson with its evidence."""

    polarity: str  # "do" | "avoid"
    text: str
    when: str = ""
    when_not: str = ""
    procedure: str = ""
    evidence: tuple[str, ...] = ()  # episode ids
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStep:
    """One step of a skill: a tool and its arguments, constants as they are and parameters as ``{name}``."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    seen_in: int = 0  # how many of the evidence episodes have this step


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A reusable procedure in the library."""

    name: str
    procedure: str
    when_to_use: str
    when_not_to_use: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)  # name -> where its value comes from
    steps: tuple[SkillStep, ...] = ()
    pitfalls: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()  # episode ids
    shown: int = 0
    helped: int = 0
    misled: int = 0
    corrected: int = 0
    status: Status = Status.CANDIDATE
    version: int = 1
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """A stored pair: two alike episodes with different procedures, and the difference between them."""

    first: str  # episode ids
    second: str
    first_procedure: str
    second_procedure: str
    similarity: float  # cosine, in [-1, 1]
    difference: Difference | None = None


# ---- what a read gives ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What separates the case from a candidate, and what the memory knows about such differences."""

    kind: str  # a facet kind, "words", or "step"
    case_value: str  # empty: the case has none
    candidate_value: str
    weight: float = 0.0  # how strongly pairs that differ in it were handled differently, in [-1, 1]
    evidence: str = ""  # "14 of 15 past pairs that differ in it were handled differently"
    differed: int = 0  # past pairs that differ in this kind ...
    otherwise: int = 0  # ... and how many of those were handled differently


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one fact, or one word, of a case does to the verdict on a candidate, and why past cases say so."""

    kind: str  # a facet kind, or "words"
    value: str  # in the case; empty: the case lacks it, and the candidate has it
    taken: str  # what was taken out of the case to see what it does, as it stands there
    given: str  # or, where the case lacks it, what was put in
    move: float  # log-odds by which having it, or lacking it, raises the candidate's probability; negative: lowers
    probability: float  # of the candidate for the case with that changed
    evidence: str  # "14 of 15 past cases with payment 'gift card' used refund_to_balance"
    cases: int = 0  # past cases that have it, copies once ...
    used: int = 0  # ... and how many of those used the candidate's procedure
    instead: Case | None = None  # the case with that changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An episode or skill that the first stage gathered for a case. ``score`` is unguarded similarity."""

    id: str
    text: str
    context: Context = field(default_factory=dict)
    procedure: str = ""
    outcome: Outcome = Outcome.UNKNOWN
    score: float = 0.0  # higher is nearer; comparable within one answer only
    by: tuple[str, ...] = ()  # "dense", "lexical", "profile"
    kind: str = "episode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The guard's word on one candidate."""

    candidate: Candidate
    decision: Decision
    probability: float  # that following this candidate is right, in [0, 1]
    differences: tuple[Difference, ...] = ()  # most telling first
    same: tuple[Facet, ...] = ()  # facts both share
    verified: bool = True  # False: its outcome is unknown
    reasons: tuple[Reason, ...] = ()  # only where asked for: what moved the probability, strongest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The answer to one read."""

    id: str
    case: Case
    verdicts: tuple[Verdict, ...] = ()  # all that were judged, best first
    admitted: tuple[Verdict, ...] = ()  # best first, at most k
    refused: tuple[Verdict, ...] = ()  # near misses, nearest first
    abstained: bool = True
    reason: str = ""  # why nothing was admitted, or what the admission rests on
    calibrated: bool = False  # the risk is certified on this memory
    risk: float = 0.05
    threshold: float = 1.0
    text: str = ""  # the block for the prompt
    tokens: int = 0
    episodes: Mapping[str, Episode] = field(default_factory=dict)  # what the admitted and the contrast hold, by id
