"""The verbs that read a memory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from telltale.memory.errors import BadArgument
from telltale.memory.types import Candidate, Episode, LookAlike, Recall, Verdict
from telltale.readers.judge import ModelJudge

from . import tables
from .agent_memory import DEFAULT_RISK, KINDS, SEARCHES, AgentMemory
from .agent_memory import open as open_memory
from .verbs import Options, under, verb

if TYPE_CHECKING:  # these load numpy
    from telltale.memory.check import Problem
    from telltale.readers.answer import Answer

BROKEN = 4


def case_options(function: Any) -> Any:
    """TEXT, and what else is known of the case."""
    function = click.option("--context-json", metavar="JSON", help="What else is known, as a JSON object.")(function)
    function = click.option("--context", multiple=True, metavar="NAME=VALUE", help="What else is known.")(function)
    return click.argument("text")(function)


def context_of(pairs: Sequence[str], encoded: str | None) -> Mapping[str, Any]:
    """The context that ``--context`` and ``--context-json`` describe together."""
    try:
        context = json.loads(encoded) if encoded else {}
    except ValueError as error:
        raise BadArgument(
            f"--context-json is not JSON ({error}): give an object, such as '{{\"amount\": 12}}'"
        ) from None
    if not isinstance(context, dict) or not all("=" in pair for pair in pairs):
        raise BadArgument("the context is not names and values: give --context NAME=VALUE, or a JSON object")
    return context | dict(pair.split("=", 1) for pair in pairs)


def asked(flag: str) -> bool:
    return bool(click.get_current_context().params[flag])


def as_object(found: Answer) -> dict[str, Any]:
    """A recall as JSON: everything that was judged only where asked for, since that is long."""
    left_out = {"case"} if asked("verdicts") else {"case", "verdicts"}
    held = {field.name: getattr(found, field.name) for field in fields(Recall) if field.name not in left_out}
    return held | {"receipt": found.receipt()}


def open_with_judge(
    store: str, tenant: str, embedder: str | None, *, create: bool, storage_options: Options
) -> AgentMemory:
    """The memory with the judge that ``--judge`` and ``--judge-url`` name; its key is in the environment."""
    given = click.get_current_context().params
    model, url = given["judge"], given["judge_url"]
    if url and not model:
        raise BadArgument("--judge-url is given without --judge: name the model that the server there has")
    judge = ModelJudge(model=model, base_url=url) if model else None
    return open_memory(store, tenant, embedder, create=create, judge=judge, storage_options=storage_options)


@click.command()
@case_options
@click.option("-k", default=3, show_default=True, help="Admit at most so many.")
@click.option("--risk", default=DEFAULT_RISK, show_default=True, help="The share of answers that may mislead.")
@click.option("--budget", default=1500, show_default=True, help="At most so many tokens for the prompt.")
@click.option("--strict", is_flag=True, help="Abstain until the risk is certified on this memory.")
@click.option("--kinds", default=KINDS[0], show_default=True, type=click.Choice(KINDS), help="What may be shown.")
@click.option("--judge", metavar="MODEL", help="Ask a model about what is near the bar: openai/gpt-4o-mini.")
@click.option("--judge-url", metavar="URL", help="Where the model is, if at a server like OpenAI's.")
@click.option("--text", "prompt", is_flag=True, help="Print the block for the prompt, and nothing else.")
@click.option("--why", is_flag=True, help="The three strongest reasons for every memory that is shown.")
@click.option("--verdicts", is_flag=True, help="With --json: everything that was judged, too.")
@verb(
    show=lambda found: found.text if asked("prompt") else tables.recalled(found),
    shape=as_object,
    opener=open_with_judge,
)
def recall(memory: AgentMemory, text: str, context: Sequence[str], context_json: str | None, **given: Any) -> Recall:
    """What may be followed for a case, and what only looks like it."""
    options = {name: given[name] for name in ("k", "risk", "budget", "strict", "kinds")}
    found = memory.recall(text, context_of(context, context_json), **options)
    return with_reasons(memory, found) if given["why"] else found


def with_reasons(memory: AgentMemory, found: Answer) -> Answer:
    """The recall with the reasons for every verdict that it shows."""

    def told(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
        return tuple(replace(verdict, reasons=memory.why(found, verdict)) for verdict in verdicts)

    return replace(found, admitted=told(found.admitted), refused=told(found.refused))


@click.command()
@case_options
@click.option("--by", default="hybrid", show_default=True, type=click.Choice(SEARCHES), help="How to search.")
@click.option("-k", default=50, show_default=True, help="At most so many.")
@verb(show=tables.candidates, shape=under("candidates"))
def candidates(
    memory: AgentMemory, text: str, context: Sequence[str], context_json: str | None, **given: Any
) -> list[Candidate]:
    """What search alone finds, unguarded: not for prompts."""
    return memory.candidates(text, context_of(context, context_json), **given)


@click.command("look-alikes")
@verb(show=tables.look_alikes, shape=under("look_alikes"))
def look_alikes(memory: AgentMemory) -> list[LookAlike]:
    """Alike episodes that were handled differently."""
    return memory.look_alikes()


@click.command()
@click.option("--limit", default=100, show_default=True, type=click.IntRange(min=1), help="Show at most so many.")
@click.option("--to", metavar="FILE", help="Write all to FILE: .jsonl (can be ingested), .parquet, .csv, .arrow.")
@verb(
    show=lambda found: tables.exported_episodes(found) if asked("to") else tables.episodes(found),
    shape=lambda found: {"written": found} if asked("to") else {"episodes": found},
)
def episodes(memory: AgentMemory, limit: int, to: str | None) -> list[Episode] | int:
    """What the memory holds, by id."""
    return list(islice(memory.episodes(), limit)) if to is None else memory.export(to)


@click.command()
@verb(show=tables.problems, shape=under("problems"), status=lambda problems: BROKEN if problems else 0)
def check(memory: AgentMemory) -> list[Problem]:
    """Compare every stored byte with what was written."""
    return memory.check()


COMMANDS = (recall, candidates, look_alikes, episodes, check)
