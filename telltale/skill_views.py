"""Skills for a terminal: what each verb of the library prints for people, and nothing else.

What a skill says comes out of traces: it is cleaned, and reaches the terminal as text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from telltale.memory.types import Insight, Skill
from telltale.writers.changes import condition_told, step_told

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType
    from rich.text import Text

    from telltale.writers.finetune import FineTuning

    from .cli_skills import Diff, Review, Waiting
    from .skill_why import Part, SkillWhy

NONE = "There are no skills yet: run `telltale distill`."
GLANCE, WHOLE = 180, 2_000  # characters of one value
SPANS = 3  # shown of those that a part rests on
SHOWN = 20  # procedures of which examples were written
STYLES = {"active": "bold green", "candidate": "bold yellow", "retired": "bold red"}
SIGNS = {"active": "✓", "candidate": "~", "retired": "✗"}  # beside the word and its colour


def skills(found: Sequence[Skill]) -> RenderableType:
    """The library at a glance: each skill with when to use it and the first reason not to."""
    from rich.console import Group
    from rich.text import Text

    if not found:
        return NONE
    blocks = []
    for one in found:
        rows = [("use", one.when_to_use), *(("not", reason) for reason in one.when_not_to_use[:1])]
        if len(one.when_not_to_use) > 1:
            rows.append(("", f"and {len(one.when_not_to_use) - 1} more reasons not to"))
        blocks.append(Group(_heading(one), _rows(rows, GLANCE), Text()))
    return Group(*blocks)


def skill(one: Skill) -> RenderableType:
    """One skill in full."""
    from rich.console import Group

    return Group(_heading(one), _rows(told(one)))


def told(one: Skill) -> Iterator[tuple[str, str]]:
    """Everything that a skill says, a label and a line for each thing."""
    yield from [("does", one.description)] * bool(one.description)
    yield "use", one.when_to_use
    yield from (("not", reason) for reason in one.when_not_to_use)
    yield from (("held", condition_told(condition)) for condition in one.preconditions)
    yield from (("given", f"{{{name}}}: {parameter.told}") for name, parameter in one.parameters.items())
    for number, step in enumerate(one.steps, 1):
        seen = f"  [{step.seen_in} of {step.of} runs]" if step.of and step.seen_in < step.of else ""
        yield "step", f"{number}. {step_told(step)}{seen}"
    yield from (("pitfall", pitfall) for pitfall in one.pitfalls)
    yield from (("recovery", recovery) for recovery in one.recoveries)
    yield from [("tags", ", ".join(one.tags))] * bool(one.tags)
    yield "made", f"by {one.made_by}{': ' * bool(one.reason)}{one.reason}"
    counters = f"shown {one.shown}, helped {one.helped}, misled {one.misled}, corrected {one.corrected}"
    yield "evidence", f"{len(one.evidence)} episodes; {counters}"


def diff(found: Diff) -> RenderableType:
    """What two versions say otherwise, under the reasons why each version was made."""
    from rich.console import Group
    from rich.text import Text

    versions = [(f"version {one.version}", one.reason or f"made by {one.made_by}") for one in found.versions]
    return Group(Text(found.name, style="bold"), _rows(versions), Text(), changed(found.changes))


def changed(lines: Sequence[str]) -> RenderableType:
    """One change a line."""
    from rich.console import Group

    return Group(*map(_change, lines)) if lines else "Both versions say the same."


def why(found: SkillWhy) -> RenderableType:
    """What each part of a skill rests on."""
    from rich.console import Group
    from rich.text import Text

    head = [
        ("skill", f"{found.name}, version {found.version}, made by {found.made_by}"),
        ("status", found.status),
        *([("reason", found.reason)] * bool(found.reason)),
    ]
    lessons = [(one.polarity, _lesson(one)) for one in found.insights]
    parts = [row for part in found.parts for row in _part(part)]
    blocks = [_rows(head), _rows(parts), _rows(lessons), _rows([("evidence", _few(found.evidence))])]
    return Group(*(piece for block in blocks for piece in (block, Text())))


def reviewed(found: Review) -> RenderableType:
    """What became of the skills that a person decided on, and what still waits, each with what it would change."""
    from rich.console import Group
    from rich.text import Text

    decided = [_heading(one) for one in found.decided]
    waits = [piece for one in found.waiting for piece in (waiting(one), Text())]
    asks = "What is new waits for review." if found.asks else "What is new enters the library by itself."
    return Group(*decided, *(waits or ["Nothing waits for review."]), Text(asks, style="dim"))


def waiting(held: Waiting) -> RenderableType:
    """One proposal: a new skill in full, else what it would change about the one that is there."""
    from rich.console import Group
    from rich.text import Text

    from .lineup import clean

    one, lines = held.proposal, held.changes
    what = f"version {one.skill.version} of a skill" if one.replaces else "a new skill"
    head = Text.assemble((clean(one.skill.name), "bold"), f"  {what}  ", (f"proposal {clean(one.id)}", "dim"))
    reason = _rows([("because", one.reason)] if one.reason else [])
    return Group(head, reason, changed(lines) if one.replaces else _rows(told(one.skill)))


def exported(written: Sequence[Path]) -> str:
    """Where to."""
    return "\n".join(str(path) for path in written) or NONE


def imported(found: Sequence[Skill]) -> str:
    """What came in, or waits."""
    if not found:
        return "Nothing new: the library says all of it already."
    names = ", ".join(skill.name for skill in found)
    return (
        f"Imported: {len(found)} skills ({names}). They are candidates until runs or a person vouch for them; what "
        "would change a skill that is there waits: `telltale skills review`."
    )


def fine_tuning(found: FineTuning) -> RenderableType:
    """What was written, by procedure, and what was left out."""
    from rich.console import Group

    from .tables import table

    columns = ("train", "validation", "left_out")
    most_first = sorted(found.procedures.items(), key=lambda one: (-one[1]["train"], one[0]))
    rows = [(name, *(counts[column] for column in columns)) for name, counts in most_first]
    hidden = [f"and {len(rows) - SHOWN:,} procedures more: see report.json"] if len(rows) > SHOWN else []
    said = f"Written: {found.train:,} examples to train on and {found.validation:,} to validate."
    out = [f"Left out: {many:,} ({why})." for why, many in found.left_out.items()]
    heads = ("procedure", "train", "validation", "left out")
    return Group(table("Examples", heads, rows[:SHOWN], long=("procedure",)), *hidden, *out, said)


def _heading(one: Skill) -> Text:
    from rich.text import Text

    style, sign = STYLES[one.status], SIGNS[one.status]
    pinned = ", pinned" if one.pinned else ""
    counts = f"  version {one.version}{pinned}, {len(one.evidence)} episodes"
    return Text.assemble((one.name, "bold"), "  ", (f"{sign} {one.status}", style), counts)


def _rows(rows: Iterable[tuple[str, str]], most: int = WHOLE) -> RenderableType:
    from rich.text import Text

    from .lineup import clean, labelled

    return labelled((Text(label, style="dim"), Text(clean(value, most))) for label, value in rows)


def _change(line: str) -> Text:
    """A change with what is taken out in red and what comes in in green; the marks stay, for those who see neither."""
    from rich.text import Text

    from .lineup import clean

    text = Text(f"  {clean(line, WHOLE)}")
    text.highlight_regex(r"\[-.*?-\]", "red")
    text.highlight_regex(r"\{\+.*?\+\}", "green")
    return text


def _part(part: Part) -> Iterator[tuple[str, str]]:
    yield part.part, part.says
    yield "", f"<- {part.rests_on}{': ' * bool(part.spans)}{_few(part.spans)}"


def _lesson(one: Insight) -> str:
    gone = " (superseded)" if one.superseded_by else ""
    return f"{one.text}{gone} <- {len(one.evidence)} runs: {_few(one.evidence)}"


def _few(ids: Sequence[str]) -> str:
    rest = f" and {len(ids) - SPANS} more" if len(ids) > SPANS else ""
    return ", ".join(ids[:SPANS]) + rest
