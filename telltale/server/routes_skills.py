"""The routes of the skill library: what is in it and why, how it came to be, and a person's word on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import Response

from telltale import BadArgument
from telltale.memory.types import Skill
from telltale.skill_why import SkillWhy

from . import told
from .asked import AskedFiles, AskedImport, AskedReview, AskedReviewing
from .pool import Lent
from .problems import Problem
from .routing import needs, router
from .services import LONG, At, Here
from .skill_folders import as_files, from_files

skill_routes = router()

Status = Annotated[Literal["candidate", "active", "retired"] | None, Query(description="only these")]
Form = Annotated[Literal["skill-md", "jsonl"], Query(description="SKILL.md folders, or one file of JSON lines")]
MOST_EXPORTED = 64 * 2**20  # characters of all files
Version = Annotated[int | None, Query(ge=1, le=2**31)]


@skill_routes.get("/skills", **needs("read", told.Skills))
async def skills(at: At, status: Status = None) -> Response:
    """The skill library, by name."""
    return await at.read(lambda lent: told.to_bytes(told.Skills(skills=tuple(lent.memory.skills(status)))))


@skill_routes.get("/skills/{name}", **needs("read", Skill))
async def skill(name: str, at: At) -> Response:
    """One skill: when to use it, when not, its steps and its evidence."""
    return await _of(name, at, lambda lent: lent.memory.skill(name))


@skill_routes.get("/skills/{name}/versions", **needs("read", told.Skills))
async def skill_versions(name: str, at: At) -> Response:
    """Every version of a skill, oldest first, each with the reason why it was made."""
    return await _of(name, at, lambda lent: told.Skills(skills=tuple(lent.memory.skill_versions(name))))


@skill_routes.get("/skills/{name}/diff", **needs("read", told.Lines))
async def skill_diff(name: str, at: At, old: Version = None, new: Version = None) -> Response:
    """What a version of a skill (the latest) says otherwise than another (the one before), a line for each change."""
    return await _of(name, at, lambda lent: told.Lines(lines=tuple(lent.memory.skill_diff(name, old, new))))


@skill_routes.get("/skills/{name}/why", **needs("read", SkillWhy))
async def skill_why(name: str, at: At) -> Response:
    """What a skill rests on: the arithmetic of its status, and the runs, lessons and counts behind each part."""
    return await _of(name, at, lambda lent: lent.memory.skill_why(name))


@skill_routes.get("/insights", **needs("read", told.Insights))
async def insights(at: At) -> Response:
    """Every lesson, by id, also those that another superseded."""
    return await at.read(lambda lent: told.to_bytes(told.Insights(insights=tuple(lent.memory.insights()))))


@skill_routes.post("/insights/{id}/reject", **needs("approve", told.Rejected))
async def reject_lesson(id: str, at: At) -> Response:  # noqa: A002 - the word of the path
    """Take a lesson back for good: no skill shows it, whatever is distilled."""

    def work(lent: Lent) -> told.Rejected:
        if all(one.id != id for one in lent.memory.insights()):
            raise Problem(404, "NOT_FOUND", "there is no such lesson")
        lent.memory.reject_lesson(id)
        return told.Rejected(rejected=id)

    return await at.write("reject lesson", work)


@skill_routes.get("/proposals", **needs("read", told.Proposals))
async def proposals(at: At) -> Response:
    """What waits for a person's word, by the skill's name."""
    return await at.read(lambda lent: told.to_bytes(told.Proposals(proposals=tuple(lent.memory.proposals()))))


@skill_routes.post("/skills/{name}/review", **needs("approve", Skill))
async def review(name: str, asked: AskedReview, at: At) -> Response:
    """A person's word on a skill (by name or id), or on a proposal (by id): accept, reject, edit, pin."""

    def work(lent: Lent) -> Skill:
        known = {known for one in lent.memory.proposals() for known in (one.id, one.skill.name, one.skill.id)}
        if name not in known:
            _found(name, lent)
        return lent.memory.review(name, accept=asked.accept, edit=asked.edit, pin=asked.pin)

    return await at.write("review", work)


@skill_routes.post("/skills", **needs("approve", told.Skills))
async def import_skills(asked: AskedImport, at: At) -> Response:
    """Take in skills that were made elsewhere: candidates until evidence or a person says otherwise."""

    def work(lent: Lent) -> told.Skills:
        return told.Skills(skills=tuple(lent.memory.import_skills(asked.skills, source=asked.source)))

    return await at.write("import skills", work)


@skill_routes.get("/export/skills", **needs("read", told.Files))
async def export_skills(at: At, status: Status = None, form: Form = "skill-md") -> Response:
    """The library as files, texts by their places, as an export to a folder writes them: without retired skills."""

    def work(lent: Lent) -> bytes:
        found = [one for one in lent.memory.skills(status) if status or one.status != "retired"]
        files = as_files(found, form)
        if sum(map(len, files.values())) > MOST_EXPORTED:
            raise Problem(413, "ANSWER_TOO_LARGE", f"the files have more than {MOST_EXPORTED} characters")
        return told.to_bytes(told.Files(files=files))

    return await at.read(work)


@skill_routes.post("/import/skills", **needs("approve", told.Skills))
async def import_skill_files(asked: AskedFiles, at: At) -> Response:
    """Take in skills from files, texts by their places, as an export gives them or as others wrote them."""

    def work(lent: Lent) -> told.Skills:
        return told.Skills(skills=tuple(lent.memory.import_skills(from_files(asked.files), source=asked.source)))

    return await at.write("import skills", work)


@skill_routes.get("/alike", **needs("read", told.AllAlike))
async def alike(at: At) -> Response:
    """Pairs of procedures that might be one, least apart first."""
    return await at.read(lambda lent: told.to_bytes(told.AllAlike(alike=tuple(lent.memory.alike()))), seconds=LONG)


@skill_routes.get("/procedures", **needs("read", told.Procedures))
async def procedures(at: At) -> Response:
    """What the procedure is called that each episode's key belongs to, as the last learning grouped them."""

    def work(lent: Lent) -> bytes:
        return told.to_bytes(told.Procedures(names=lent.memory.procedure_names()))

    return await at.read(work)


@skill_routes.get("/reviewing", **needs("read", told.Reviewing))
async def asks_for_review(at: At) -> Response:
    """Whether what distilling makes waits for a person's word."""
    return await at.read(lambda lent: told.to_bytes(told.Reviewing(on=lent.memory.asks_for_review())))


@skill_routes.put("/reviewing", **needs("approve", told.Reviewing))
async def ask_for_review(asked: AskedReviewing, at: At) -> Response:
    """From now on let new skills, new versions and promotions wait for a person's word, or not."""

    def work(lent: Lent) -> told.Reviewing:
        lent.memory.ask_for_review(asked.on)
        return told.Reviewing(on=asked.on)

    return await at.write("ask for review", work)


async def _of(name: str, at: Here, work: Callable[[Lent], Any]) -> Response:
    """What ``work`` tells of the skill called ``name``; NOT_FOUND where there is none."""

    def told_of(lent: Lent) -> bytes:
        _found(name, lent)
        return told.to_bytes(work(lent))

    return await at.read(told_of)


def _found(name: str, lent: Lent) -> Skill:
    try:
        return lent.memory.skill(name)
    except BadArgument:
        raise Problem(404, "NOT_FOUND", "there is no such skill") from None
