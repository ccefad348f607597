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
    merged: tuple[str, ...] = ()  # names of further procedures that were found to be the same
    episodes: int = 0
    successes: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A fact that decides: runs for which it held went one way, the others another."""

    kind: str  # a facet kind, "words", or "result:<tool>.<path>" for what a step showed
    value: str = ""  # canonical; empty: any value of the kind
    holds: bool = True  # False: lacking it is what decides
    seen: int = 0  # runs that bear it out ...
    of: int = 0  # ... of so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """When a skill is not to be used, and what is to be used instead."""

    text: str  # in words, whole: "when payment is gift card rather than credit card: use refund-to-balance"
    condition: Condition | None = None  # what holds there and not here; None: said in words alone
    instead: str = ""  # the procedure to use there; empty: none is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A value that the steps of a skill need: where past runs took it from, and where a new one finds it."""

    told: str  # in words: "the task text (order identifier)"
    reference: str = ""  # where memory/references.py finds it; empty: the run has to choose
    examples: tuple[str, ...] = ()  # a few past values, as JSON
    held: int = 0  # runs in which the reference gives the value that was used ...
    of: int = 0  # ... of so many


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStep:
    """One step of a skill: a tool and its arguments, constants as they are and parameters as ``{name}``."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    when: tuple[Condition, ...] = ()  # all have to hold; empty: always
    seen_in: int = 0  # runs of the evidence that have this step ...
    of: int = 0  # ... of so many
    spans: tuple[str, ...] = ()  # where it was seen: "<episode id>#<step>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """One lesson with its evidence."""

    polarity: str  # "do" | "avoid"
    text: str
    when: str = ""
    when_not: str = ""
    procedure: str = ""
    evidence: tuple[str, ...] = ()  # episode ids
    spans: tuple[str, ...] = ()  # "<episode id>#<step>", "<episode id>#text" or "<episode id>#answer"
    chance: float | None = None  # probability that the evidence fell like this by chance; None: not tested
    made_by: str = ""  # "offline", "model:<name>", "person"
    superseded_by: str = ""  # the id of the lesson that goes before this one; empty: it stands
    time: float | None = None  # of the latest evidence
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A reusable procedure in the library."""

    name: str  # lower-case letters and digits with single hyphens
    procedure: str
    when_to_use: str
    also: tuple[str, ...] = ()  # further procedures that were found to be the same and merged into this one
    description: str = ""  # what it does, in a sentence
    paraphrases: tuple[str, ...] = ()  # other ways in which such a task is told; searched, never shown as fact
    tags: tuple[str, ...] = ()
    preconditions: tuple[Condition, ...] = ()  # held in its successes, and not in its neighbours
    boundaries: tuple[Boundary, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    steps: tuple[SkillStep, ...] = ()
    pitfalls: tuple[str, ...] = ()
    recoveries: tuple[str, ...] = ()  # an error that was met, and what got past it
    insights: tuple[str, ...] = ()  # ids of the lessons that it collects
    evidence: tuple[str, ...] = ()  # ids of the successful episodes that it is made of
    successes: int = 0  # independent runs that its status rests on
    failures: int = 0
    shown: int = 0
    helped: int = 0
    misled: int = 0
    corrected: int = 0
    status: Status = Status.CANDIDATE
    version: int = 1
    reason: str = ""  # why this version
    made_by: str = "offline"  # "offline", "model:<name>", "person", "import:<where>"
    pinned: bool = False  # distilling leaves it as it is
    id: str = ""

    @property
    def when_not_to_use(self) -> tuple[str, ...]:
        """The boundaries in words."""
        return tuple(boundary.text for boundary in self.boundaries)

    @property
    def procedures(self) -> tuple[str, ...]:
        """Every procedure that it stands for, its own first."""
        return (self.procedure, *self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A skill, or a new version of one, that waits for a person's word where the tenant asks for review."""

    skill: Skill
    replaces: int = 0  # the version that it would supersede; 0: a new skill
    reason: str = ""
    time: float | None = None  # when it was made
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
    library: str = ""  # the name of the shared library that it is out of; empty: the tenant's own


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
    skills: Mapping[str, Skill] = field(default_factory=dict)  # those that are shown, by id
