"""What the hooks of all frameworks share: a run that is awaited, and how its end is told. Knows no framework."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from telltale import AgentMemory, AsyncAgentMemory
from telltale.memory.types import Context, Outcome
from telltale.runs import AsyncRun

Memory = AgentMemory | AsyncAgentMemory
Outcomes = Callable[[Any], str | Outcome | None]  # of a final output; None: it cannot be told


def begun(memory: Memory, task: str, context: Context | None, *, source: str, recall: Mapping[str, Any]) -> AsyncRun:
    """A run of ``task``, to be entered with ``async with``."""
    run = memory.run(task, context, source=source, **recall)
    return run if isinstance(run, AsyncRun) else AsyncRun(run)


def shown(run: AsyncRun) -> str:
    """What goes before the model: the recall's block, and nothing where nothing applies."""
    return str(run.text) if run.found and run.found.admitted else ""


def ended(run: AsyncRun, output: object, outcome: Outcomes | None) -> None:
    """Record the final words, and how the run ended where ``outcome`` can tell."""
    run.said("assistant", as_text(output))
    said = outcome(output) if outcome else None
    if said is not None:
        run.ended(said)


def as_text(value: object) -> str:
    """``value`` as it is kept: text as it is, a pydantic model or anything else as JSON."""
    if isinstance(value, str):
        return value
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    return json.dumps(value, ensure_ascii=False, default=str)


def as_arguments(told: object) -> dict[str, Any]:
    """The arguments of a call as a model wrote them: JSON text or a mapping; what is neither is kept whole."""
    if isinstance(told, str):
        try:
            told = json.loads(told or "{}")
        except ValueError:
            return {"arguments": told}
    return dict(told) if isinstance(told, Mapping) else {"arguments": told}
