"""What requests may say: every field by name, with its bounds; a field that is not here is an error.

The words and defaults are those of :class:`telltale.AgentMemory`'s methods.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from telltale.agent_memory import DEFAULT_RISK
from telltale.arguments import MOST_RESULTS
from telltale.memory.types import Skill

LONGEST_TASK = 100_000  # characters
LONGEST_NAME = 1_000
MOST_AT_ONCE = 1_000  # traces of one list
MOST_TOKENS = 1_000_000
FILE_NAME = r"^[A-Za-z0-9_][A-Za-z0-9._ -]*$"
FILE_PLACE = r"^[A-Za-z0-9_][A-Za-z0-9._ -]*(/[A-Za-z0-9_][A-Za-z0-9._ -]*){0,2}$"  # no part begins with a dot

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Ids = Annotated[list[Name], Field(max_length=MOST_RESULTS)]
Known = Annotated[dict[str, Any] | None, Field(description="what else is known, as names and values")]
Ended = Annotated[
    Literal["success", "failure", "partial", "unknown"] | None, Field(description="how it ended; unknown is no failure")
]


Library = Annotated[Name | None, Field(description="a memory that was granted to this one, to be read beside it")]


class Asked(BaseModel):
    """What every body has in common."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AskedCase(Asked):
    """A case: a task as the agent was given it, and what else is known."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TASK, description="the task, as it was given")]
    context: Known = None
    library: Library = None


class AskedRecall(AskedCase):
    """What may be followed for this case?"""

    k: Annotated[int, Field(ge=1, le=MOST_RESULTS, description="at most so many are admitted")] = 3
    risk: Annotated[float, Field(gt=0, lt=1, description="the share of answers that may mislead")] = DEFAULT_RISK
    budget: Annotated[int, Field(ge=1, le=MOST_TOKENS, description="the most tokens of the text")] = 1500
    strict: Annotated[bool, Field(description="abstain until the risk is certified on this memory")] = False
    kinds: Annotated[Literal["both", "episodes", "skills"], Field(description="what may be shown")] = "both"
    verdicts: Annotated[bool, Field(description="everything that was judged, too")] = False
    why: Annotated[bool, Field(description="the three strongest reasons for each that is shown; costs time")] = False
    messages: Annotated[
        Literal["openai", "anthropic"] | None, Field(description="few-shot turns for that provider, too")
    ] = None


class AskedWhy(AskedCase):
    """Why did a candidate get its verdict for this case?"""

    candidate: Annotated[Name, Field(description="the id of a candidate of a recall of this case")]
    kinds: Annotated[Literal["both", "episodes", "skills"], Field(description="as that recall was asked")] = "both"


class AskedCandidates(AskedCase):
    """What does search alone find?"""

    by: Literal["dense", "lexical", "hybrid", "all"] = "hybrid"
    k: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = 50


class AskedFeedback(Asked):
    """What became of a recall."""

    recall: Annotated[str, Field(min_length=1, max_length=2_000_000, description="the recall's id, or its receipt")]
    outcome: Ended = None
    used: Annotated[Ids, Field(description="memories that were followed")] = []
    helped: Annotated[Ids, Field(description="memories that were right")] = []
    misled: Annotated[Ids, Field(description="memories that led astray")] = []
    note: Annotated[str | None, Field(max_length=LONGEST_TASK)] = None


class Trace(Asked):
    """A finished run, and what its caller knows of it."""

    trace: Annotated[
        dict[str, Any] | list[Any], Field(description="a list of messages, or a record in any format that is known")
    ]
    outcome: Ended = None
    score: Annotated[float | None, Field(ge=0, le=1, description="how well")] = None
    context: Known = None
    procedure: Annotated[Name | None, Field(description="the name of the way of handling, where there is one")] = None
    source: Annotated[Name | None, Field(description="where it came from, so that it can be taken away again")] = None
    trace_id: Annotated[Name | None, Field(description="the caller's id; the same again updates")] = None
    said_by: Annotated[Name, Field(description="whose word the outcome is; `signal:...` is a guess")] = "caller"


Traces = Annotated[list[Trace], Field(min_length=1, max_length=MOST_AT_ONCE)]


class AskedForget(Asked):
    """What to take away for good: exactly one of the four."""

    episode_id: Name | None = None
    source: Name | None = None
    before: Annotated[float | None, Field(description="seconds since the epoch", ge=-1e12, le=1e12)] = None
    everything: Annotated[bool, Field(description="all that the memory holds")] = False


class AskedDistill(Asked):
    """What to make skills of."""

    episodes: Annotated[Ids | None, Field(description="only the skills that these belong to are made anew")] = None


class WithSkills(Asked):
    """What holds skills, whose statuses are words and whose lists are tuples."""

    model_config = ConfigDict(strict=False)


class AskedReview(WithSkills):
    """A person's word on a skill, or on what waits."""

    accept: Annotated[StrictBool | None, Field(description="true: vouch for it; false: reject it")] = None
    edit: Annotated[Skill | None, Field(description="the skill as it is to be")] = None
    pin: Annotated[StrictBool | None, Field(description="whether distilling leaves it as it is")] = None


class AskedImport(WithSkills):
    """Skills that were made elsewhere."""

    skills: Annotated[list[Skill], Field(min_length=1, max_length=MOST_AT_ONCE)]
    source: Annotated[str, Field(max_length=LONGEST_NAME, description="where they came from")] = ""


class AskedFiles(Asked):
    """Skills as files: SKILL.md folders, or JSON lines, as an export gives them."""

    files: Annotated[
        dict[Annotated[str, Field(pattern=FILE_PLACE, max_length=300)], str],
        Field(min_length=1, max_length=10 * MOST_AT_ONCE, description="texts by their places"),
    ]
    source: Annotated[str, Field(max_length=LONGEST_NAME, description="where they came from")] = ""


class AskedReviewing(Asked):
    """Whether what distilling makes waits for a person's word."""

    on: bool


class AskedPrior(Asked):
    """What a memory starts from, as `fit_prior` gave it."""

    prior: dict[str, Any]


class AskedRevoke(Asked):
    """A source whose word is not trusted any more."""

    source: Name


Limit = Annotated[int | None, Field(ge=0, le=2**62, description="null: there is no limit")]


class AskedTenant(Asked):
    """A memory that is to be made."""

    name: Name
    embedder: Annotated[Name | None, Field(description="what turns its texts into vectors, for good")] = None


class AskedName(Asked):
    """What a memory is to be called."""

    to: Name


class AskedQuota(Asked):
    """How much a memory may hold."""

    episodes: Limit = None
    bytes: Limit = None


class AskedIngest(BaseModel):
    """How to take a file in: the query of its upload."""

    source: Annotated[Name | None, Field(description="where its runs came from, whatever they say")] = None
    name: Annotated[
        str,
        Field(pattern=FILE_NAME, max_length=100, description="the file's: where they came from if they do not say"),
    ] = "upload"
    format: Annotated[Name | None, Field(description="read it as this format instead of finding out")] = None
    signals: Annotated[list[Name], Field(max_length=10, description="guess outcomes: tests, thanks, exit-code")] = []
    since: Annotated[float | None, Field(ge=-1e12, le=1e12, description="leave out what is older")] = None
    redact_pii: Annotated[bool, Field(description="take e-mails, phone and card numbers out, from now on")] = False
    dry_run: Annotated[bool, Field(description="say what would happen and write nothing")] = False
