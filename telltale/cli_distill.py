"""The verb ``distill``: skills of procedures, in a model's words where one is named, and what asking it came to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from telltale.memory.errors import BadArgument

from . import skill_views
from .agent_memory import AgentMemory
from .progress import spinner
from .verbs import verb

if TYPE_CHECKING:  # loads numpy
    from rich.console import RenderableType

    from telltale.writers.model import ModelDistiller, ModelReport

    from .distilling import Library

LONGEST, FELL_BACK = 80, 5
ABOUT_MODEL = {
    "model_url": "base_url", "budget_calls": "calls", "budget_tokens": "tokens", "budget_money": "money",
    "price": "price", "seconds": "seconds",
}  # fmt: skip


def model_of(model: str | None, given: dict[str, Any]) -> ModelDistiller | None:
    """The model that ``--model`` names, within the bounds that were given; its key is in the environment."""
    told = {ABOUT_MODEL[name]: value for name, value in given.items() if value is not None}
    if model is None and told:
        raise BadArgument("bounds and an address are given without --model: name the model that is to word the skills")
    if model is None:
        return None
    from telltale.writers.model import ModelDistiller

    return ModelDistiller(model=model, **told)


def as_object(library: Library) -> dict[str, Any]:
    """The library as JSON, with what asking a model came to where one was asked."""
    return {"skills": list(library)} | ({"report": library.report} if library.report else {})


def shown(library: Library) -> RenderableType:
    """The library at a glance, and under it what asking a model came to."""
    if library.report is None:
        return skill_views.skills(library)
    from rich.console import Group
    from rich.text import Text

    return Group(skill_views.skills(library), *map(Text, told(library.report)))


def told(report: ModelReport) -> Iterator[str]:
    """What asking a model came to, in lines."""
    from .lineup import clean

    spent = f"{report.calls} calls, {report.tokens_in:,} tokens in and {report.tokens_out:,} out"
    money = "" if report.money is None else f", {report.money:.4f} at the given price"
    yield f"{clean(report.model, LONGEST)} worded {report.refined} skills and drew {report.lessons} lessons."
    yield f"{report.questions} questions: {report.answered} answered, {report.cached} known from before."
    yield f"{spent}{money}, {report.seconds:.0f} s."
    if report.dropped:
        yield "Not borne out and dropped: " + ", ".join(f"{count} x {what}" for what, count in report.dropped.items())
    for one in report.fell_back[:FELL_BACK]:
        yield f"Offline: {clean(one.procedure, LONGEST)} ({one.about}): {clean(one.reason, LONGEST)}"
    if len(report.fell_back) > FELL_BACK:
        yield f"Offline: {len(report.fell_back) - FELL_BACK} more"


@click.command()
@click.option("--model", metavar="MODEL", help="Let a model word the skills: openai/gpt-4o-mini.")
@click.option("--model-url", metavar="URL", help="Where the model is, if at a server like OpenAI's.")
@click.option("--budget-calls", type=int, metavar="N", help="At most so many calls of the model.")
@click.option("--budget-tokens", type=int, metavar="N", help="At most so many tokens, in and out.")
@click.option("--budget-money", type=float, metavar="SUM", help="At most so much money; needs --price.")
@click.option("--price", type=float, nargs=2, metavar="IN OUT", help="What a million tokens cost, in and out.")
@click.option("--seconds", type=float, metavar="S", help="The longest wait for one answer.")
@verb(show=shown, shape=as_object)
def distill(memory: AgentMemory, model: str | None, **given: Any) -> Library:
    """Make skills of procedures that succeeded often enough."""
    named = model_of(model, given)
    with spinner("Distilling"):
        return memory.distill(model=named)
