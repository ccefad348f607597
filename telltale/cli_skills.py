"""The verbs of the skill library."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from telltale.memory.errors import BadArgument
from telltale.memory.types import Proposal, Skill, Status

from . import skill_views
from .agent_memory import AgentMemory
from .skill_methods import FORMS
from .verbs import present, under, verb

if TYPE_CHECKING:
    from telltale.writers.finetune import FineTuning

    from .skill_why import SkillWhy

CHATS = "fine-tuning"
ANSWERS = {"a": "accept", "e": "edit", "r": "reject", "p": "accept and pin", "s": "skip", "q": "stop"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Two versions of a skill side by side."""

    name: str
    changes: Sequence[str]
    versions: Sequence[Skill]  # all there are, oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A proposal and what it would change about the skill that is there; nothing where it is new."""

    proposal: Proposal
    changes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What people decided, and what waits for them."""

    asks: bool  # whether what is new waits
    decided: Sequence[Skill]
    waiting: Sequence[Waiting]


@click.group()
def skills() -> None:
    """The skill library: list, show, diff, why, review, export, import."""


@skills.command("list")
@click.option("--status", type=click.Choice([status.value for status in Status]), help="Only these.")
@verb(show=skill_views.skills, shape=under("skills"))
def list_skills(memory: AgentMemory, status: str | None) -> list[Skill]:
    """Every skill of the library, by name."""
    return memory.skills(status)


@skills.command()
@click.argument("name")
@click.option("--version", type=int, metavar="N", help="As it was; else as it is now.")
@verb(show=skill_views.skill)
def show(memory: AgentMemory, name: str, version: int | None) -> Skill:
    """One skill: when to use it, when not, its steps and its evidence."""
    if version is None:
        return memory.skill(name)
    kept = {skill.version: skill for skill in memory.skill_versions(name)}
    if version not in kept:
        raise BadArgument(f"found no version {version} of the skill {name!r}: it has {', '.join(map(str, kept))}")
    return kept[version]


@skills.command()
@click.argument("name")
@click.option("--old", type=int, metavar="N", help="This version; else the one before.")
@click.option("--new", type=int, metavar="N", help="Against this one; else the latest.")
@verb(show=skill_views.diff, shape=lambda found: {"changes": found.changes, "reasons": reasons(found)})
def diff(memory: AgentMemory, name: str, old: int | None, new: int | None) -> Diff:
    """What a version of a skill says otherwise than another, and why each was made."""
    return Diff(name=name, changes=memory.skill_diff(name, old, new), versions=memory.skill_versions(name))


def reasons(found: Diff) -> dict[str, str]:
    """Why each version was made, by its number."""
    return {str(one.version): one.reason for one in found.versions}


@skills.command()
@click.argument("name")
@verb(show=skill_views.why)
def why(memory: AgentMemory, name: str) -> SkillWhy:
    """What each part of a skill rests on: runs, lessons and counts."""
    return memory.skill_why(name)


@skills.command()
@click.option("--accept", multiple=True, metavar="NAME", help="Take what waits, or vouch for the skill.")
@click.option("--reject", multiple=True, metavar="NAME", help="Refuse what waits, or retire the skill for good.")
@click.option("--pin", multiple=True, metavar="NAME", help="Let distilling leave the skill as it is.")
@click.option("--unpin", multiple=True, metavar="NAME", help="Let it go on.")
@click.option("--edit", multiple=True, metavar="PATH", help="Take an exported skill as you edited it.")
@click.option("--on/--off", "on", default=None, help="Whether what is new waits for review, from now on.")
@verb(show=skill_views.reviewed, shape=lambda found: {
    "asks_for_review": found.asks, "decided": found.decided, "proposals": found.waiting,
})  # fmt: skip
def review(memory: AgentMemory, on: bool | None, edit: Sequence[str], **named: Sequence[str]) -> Review:
    """What waits for a person's word, and that word. On a terminal, asks about each in turn."""
    decided = list(_decided(memory, edit, **named))
    if on is not None:
        memory.ask_for_review(on)
    if not decided and on is None and _on_a_terminal():
        decided = list(_asked(memory))
    return Review(asks=memory.asks_for_review(), decided=decided, waiting=waiting(memory))


def waiting(memory: AgentMemory) -> list[Waiting]:
    """What waits, each with what it would change about the skill that is there."""
    from telltale.writers.changes import changes

    known = {skill.id: skill for skill in memory.skills()}
    found = [(one, known.get(one.skill.id)) for one in memory.proposals()]
    return [Waiting(proposal=one, changes=changes(there, one.skill) if there else ()) for one, there in found]


def _decided(
    memory: AgentMemory,
    edit: Sequence[str],
    *,
    accept: Sequence[str],
    reject: Sequence[str],
    pin: Sequence[str],
    unpin: Sequence[str],
) -> Iterator[Skill]:
    """The skills after the words that the options say."""
    if edit:
        from telltale.writers.skill_md_read import read_skills

        for skill in (skill for place in edit for skill in read_skills(Path(place))):
            yield memory.review(skill.id or skill.name, edit=skill)
    yield from (memory.review(name, accept=True, pin=True if name in pin else None) for name in accept)
    yield from (memory.review(name, accept=False) for name in reject)
    yield from (memory.review(name, pin=True) for name in pin if name not in accept)
    yield from (memory.review(name, pin=False) for name in unpin)


def _asked(memory: AgentMemory) -> Iterator[Skill]:
    """The skills after what a person answered about each proposal in turn."""
    for one in waiting(memory):
        proposal = one.proposal
        present(one, show=skill_views.waiting)
        choices = ", ".join(f"{key} {word}" for key, word in ANSWERS.items())
        answer = click.prompt(f"[{choices}]", type=click.Choice(list(ANSWERS)), show_choices=False, default="s")
        if answer == "q":
            return
        edit = _edited(proposal.skill) if answer == "e" else None
        if edit is not None:
            yield memory.review(proposal.id, edit=edit)
        elif answer in "arp":
            yield memory.review(proposal.id, accept=answer != "r", pin=True if answer == "p" else None)


def _edited(skill: Skill) -> Skill | None:
    """The skill as a person leaves it in an editor; ``None`` where they change nothing or give up."""
    from telltale.writers.skill_md import skill_md
    from telltale.writers.skill_md_read import skill_from_text

    text: str | None = skill_md(skill)
    while text := click.edit(text, extension=".md"):
        try:
            return skill_from_text(text, skill)
        except BadArgument as error:
            click.echo(f"error: {error}", err=True)
            if not click.confirm("Edit it again?", default=True):
                break
    return None


def _on_a_terminal() -> bool:
    asked = not click.get_current_context().find_root().meta["telltale.json"]
    return asked and sys.stdin.isatty() and sys.stdout.isatty()


@skills.command("export")
@click.argument("place", metavar="PLACE")
@click.option("--as", "form", default=FORMS[0], show_default=True, type=click.Choice((*FORMS, CHATS)), help="As what.")
@click.option("--status", type=click.Choice([status.value for status in Status]), help="Only skills of this status.")
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="Fine-tuning: examples of one procedure.")
@click.option("--held", type=click.FloatRange(0, 1, max_open=True), help="Fine-tuning: the share for validation.")
@click.option("--seed", type=int, metavar="N", help="Fine-tuning: decides which examples.")
@verb(
    show=lambda found: skill_views.exported(found) if isinstance(found, list) else skill_views.fine_tuning(found),
    shape=lambda found: {"written": found} if isinstance(found, list) else found,
)
def export_skills(
    memory: AgentMemory, place: str, form: str, status: str | None, **chosen: Any
) -> list[Path] | FineTuning:
    """Write the library: SKILL.md folders into a folder, or a file of JSON lines; or examples to fine-tune on."""
    given = {name: value for name, value in chosen.items() if value is not None}
    if form == CHATS:
        if status is not None:
            raise BadArgument("--status is given with --as fine-tuning, which holds episodes, not skills; leave it out")
        return memory.export_fine_tuning(place, **given)
    if given:
        raise BadArgument(f"--{next(iter(given))} is given without --as fine-tuning; leave it out, or add that")
    return memory.export_skills(place, form=form, status=status)


@skills.command("import")
@click.argument("place", metavar="PATH")
@click.option("--source", default="", metavar="NAME", help="Where they come from; else the name of PATH.")
@verb(show=skill_views.imported, shape=under("skills"), creates=True)
def import_skills(memory: AgentMemory, place: str, source: str) -> list[Skill]:
    """Take skills in: a SKILL.md folder, a folder of them, or JSON lines. They wait for evidence or a person's word."""
    return memory.import_skills(Path(place), source=source)


COMMANDS = (skills,)
