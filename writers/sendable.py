"""One trace as JSON that another machine understands as this one does, for memories that are at a server.

Nothing is redacted here: that is done with the tenant's key, where the memory is.
"""

from __future__ import annotations

import json
from typing import Any

from telltale.memory.canonical import from_json, to_json
from telltale.memory.types import Context, Episode, Outcome, Trace

from .cut import cut
from .formats.episodes import dump
from .remember import as_json, items, told


def sendable(
    value: Any,
    *,
    outcome: str | Outcome | None = None,
    score: float | None = None,
    context: Context | None = None,
    procedure: str | None = None,
    source: str | None = None,
    trace_id: str | None = None,
    said_by: str = "caller",
) -> dict[str, Any]:
    """A request for what ``remember`` was given: the trace, and what is said beside it.

    Messages and records go as they are. What has no JSON of its own (a Trace, an Episode, text of several records) is
    understood here, with all that is said of it, and goes as episodes. Raises what ``understood`` does.
    """
    said: dict[str, Any] = {"outcome": outcome, "score": score, "said_by": said_by}
    said |= {"source": source, "trace_id": trace_id}
    if not _has_no_json(value):
        plain = json.loads(as_json(value))
        if isinstance(plain, dict | list):
            beside = said | {"context": context, "procedure": procedure}
            return {"trace": plain} | {name: one for name, one in beside.items() if one is not None}
    found = told(items(value), **said, context=context, procedure=procedure)
    episodes = [one for item in found for one in ([item] if isinstance(item, Episode) else cut(item))]
    return {"trace": [from_json(to_json(dump(episode))) for episode in episodes]}


def _has_no_json(value: Any) -> bool:
    given = value if isinstance(value, list | tuple) and value else [value]
    return isinstance(value, str | bytes) or all(isinstance(item, Trace | Episode) for item in given)
