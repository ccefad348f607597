"""What answers look like: telltale's own objects in JSON, and the few that only this server has.

The objects are the dataclasses of the Python API, so that their words are the words here; OpenAPI takes its schemas
from them. Nothing is validated on the way out: what the memory says is what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import orjson
from starlette.responses import Response

from telltale.agent_memory import AgentMemory
from telltale.jsonable import jsonable
from telltale.memory.check import Problem as Found
from telltale.memory.types import Candidate, Episode, Insight, LookAlike, Proposal, Reason, Recall, Skill, Verdict
from telltale.readers.answer import Answer
from telltale.writers.merge import Alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled(Recall):
    """A recall, with the receipt that feedback accepts anywhere."""

    receipt: str
    messages: tuple[Mapping[str, Any], ...] | None = None  # few-shot turns, where asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why a candidate got its verdict, strongest first."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What search alone finds, nearest first: unguarded."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """That a word of feedback is on disk."""

    recall: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why one of many traces was not taken."""

    code: str
    detail: str
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What became of one trace: its episodes, on disk, or why it was not taken."""

    episodes: tuple[str, ...] = ()  # ids; the same trace again adds nothing
    line: int = 1  # of many: which, from 1
    error: Refused | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllRemembered:
    """What became of each of many traces, in their order."""

    results: tuple[Remembered, ...]
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills:
    """The library, by name."""

    skills: tuple[Skill, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What changed, a line for each."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """Lessons, by id."""

    insights: tuple[Insight, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The id of the lesson that was taken back."""

    rejected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """What waits for a person's word, by the skill's name."""

    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """Whether what distilling makes waits for a person's word."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Texts by the path that each belongs at."""

    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllAlike:
    """Pairs of procedures that might be one, least apart first."""

    alike: tuple[Alike, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedures:
    """Names of procedures, by the key of an episode: its label or its signature."""

    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """Who may read this memory as a library, sorted; `*` is every memory of the store."""

    grants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episodes:
    """A page of the episodes, by id."""

    episodes: tuple[Episode, ...]
    next: str | None  # what to ask for as `after`; None: that was all


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlikes:
    """Alike episodes that were handled differently, most alike first."""

    look_alikes: tuple[LookAlike, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """The ids of the episodes that are gone, with all that came of them."""

    forgotten: tuple[str, ...]
    told: tuple[str, ...]  # in words, what went with them, and what was made anew
    went: Mapping[str, int]  # what was taken away because it came of them, by table
    skills: tuple[str, ...]  # the names of those among it
    remade: tuple[str, ...]  # the names of those that other evidence still bears


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is wrong with the stored bytes, worst first."""

    problems: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """That it was done."""

    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantNames:
    """A page of the names of all memories, sorted."""

    tenants: tuple[str, ...]
    next: str | None  # what to ask for as `after`; None: that was all


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantNamed:
    """What the memory is called that something was done with."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantQuota:
    """How much a memory may hold; None: there is no limit."""

    episodes: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Who is asking, and how its memory stands."""

    tenant: str
    rights: tuple[str, ...]
    episodes: int
    is_stale: bool  # learning anew would help
    dropped_notes: int  # of recalls, which could not be written since the server opened the memory
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """That the server is there."""

    status: str
    version: str


def recalled(memory: AgentMemory, found: Answer, *, verdicts: bool, why: bool, provider: str | None) -> bytes:
    """A recall as JSON: everything that was judged, its reasons and few-shot turns only where asked for."""
    if why:
        found = with_reasons(memory, found)
    held = {field.name: getattr(found, field.name) for field in fields(Recall) if verdicts or field.name != "verdicts"}
    held |= {"skills": jsonable(found.skills), "receipt": found.receipt()}
    if provider:
        held["messages"] = found.messages(provider)
    try:
        return orjson.dumps(held, default=jsonable)  # as jsonable does, in a tenth of its time
    except TypeError:
        return orjson.dumps(jsonable(held))


def with_reasons(memory: AgentMemory, found: Answer) -> Answer:
    """The recall with the reasons for every verdict that it shows."""

    def told(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        return tuple(replace(verdict, reasons=memory.why(found, verdict)) for verdict in verdicts)

    return replace(found, admitted=told(found.admitted), refused=told(found.refused))


def to_bytes(value: Any) -> bytes:
    """Any of the above as JSON."""
    return orjson.dumps(jsonable(value))


def answer(told: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON as an answer."""
    return Response(told, status, headers=headers, media_type="application/json")
