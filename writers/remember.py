"""One trace that is already in memory, in any shape that a file could hold, through the same stages as a file's."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from telltale.memory.errors import BadArgument, RecordError
from telltale.memory.store import TenantStore
from telltale.memory.types import Context, Episode, Outcome, Trace

from .formats.detect import Reading
from .migrate import migrate
from .redact import redacts_people
from .stages import episodes_of, store

Told = Mapping[str, Any]


def remember(
    value: Any,
    tenant: TenantStore,
    *,
    outcome: str | Outcome | None = None,
    score: float | None = None,
    context: Context | None = None,
    procedure: str | None = None,
    source: str | None = None,
    trace_id: str | None = None,
    said_by: str = "caller",
) -> list[str]:
    """The ids of the episodes of one trace, stored when this returns. The same trace again adds nothing.

    What is given is explained at :func:`understood`, which raises for it.
    """
    episodes = understood(
        value,
        tenant,
        outcome=outcome,
        score=score,
        context=context,
        procedure=procedure,
        source=source,
        trace_id=trace_id,
        said_by=said_by,
    )
    store(episodes, tenant)
    return list(dict.fromkeys(episode.id for episode in episodes))


def understood(
    value: Any,
    tenant: TenantStore,
    *,
    outcome: str | Outcome | None = None,
    score: float | None = None,
    context: Context | None = None,
    procedure: str | None = None,
    source: str | None = None,
    trace_id: str | None = None,
    said_by: str = "caller",
) -> list[Episode]:
    """The episodes of one trace as they are stored, for who stores those of many traces at once.

    ``value`` is a list of messages, a record or a list of records of any known format, JSON text of these, a Trace, an
    Episode, or a list of episodes. What is given beside it goes before what the trace says; ``context`` is joined with
    the trace's own; ``said_by`` is whose word the outcome is. Of a session with several tasks, only a success is told
    of each. Raises RecordError for what
    cannot be taken and BadArgument for an outcome, score or trace id that cannot be meant.
    """
    said: dict[str, Any] = {"outcome": outcome, "score": score, "said_by": said_by}
    said |= {"source": source, "trace_id": trace_id}
    found = told(items(value), **said, context=context, procedure=procedure)
    migrate(tenant)
    pii = redacts_people(tenant)
    return [episode for item in found for episode in episodes_of(item, tenant.key, pii=pii)]


def told(
    found: Iterable[Trace | Episode],
    *,
    outcome: str | Outcome | None,
    score: float | None,
    context: Context | None,
    procedure: str | None,
    source: str | None,
    trace_id: str | None,
    said_by: str,
) -> list[Trace | Episode]:
    """Traces and episodes with what is said beside them put in; see :func:`understood`."""
    every = list(found)
    if trace_id and len({id(item) for item in every if isinstance(item, Trace)}) > 1:
        raise BadArgument(f"found {len(every)} traces and one trace_id, expected one trace; remember them one by one")
    said = _said(outcome, score, said_by) | {"source": source, "trace_id": trace_id}
    return [_told(item, index, said, context, procedure) for index, item in enumerate(every)]


def items(value: Any) -> Iterator[Trace | Episode]:
    """The traces and episodes in ``value``, which is anything that ``understood`` takes. Raises RecordError."""
    given = value if isinstance(value, list | tuple) and value else [value]
    if all(isinstance(item, Trace | Episode) for item in given):
        yield from map(_checked, given)
        return
    for found in Reading(io.BytesIO(as_json(value)), ""):
        if isinstance(found.item, RecordError):
            raise found.item
        if found.item is not None:
            yield found.item


def as_json(value: Any) -> bytes:
    """Messages or records as JSON text, objects of providers' libraries among them. Raises RecordError."""
    if isinstance(value, str | bytes):
        return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    try:
        return json.dumps(value, allow_nan=False, default=_plain).encode()
    except RecursionError as error:
        raise RecordError("TOO_DEEP", "nested too deep, or within itself") from error
    except ValueError as error:
        raise RecordError("BAD_NUMBER", "found NaN or infinity, or a value within itself; expected JSON") from error
    except TypeError as error:
        raise RecordError("BAD_FIELD", f"found what JSON cannot hold: {error}") from error


def _plain(value: Any) -> Any:
    """What providers' own message objects hold."""
    if isinstance(value, Mapping):
        return dict(value)
    if callable(dump := getattr(value, "model_dump", None)):
        return dump()
    raise TypeError(f"an object of type {type(value).__name__}")


def _checked(item: Trace | Episode) -> Trace | Episode:
    if isinstance(item, Episode) and not item.text.strip():
        raise RecordError("NO_TASK", "an episode without text; say what the task was", field="text")
    _said(item.outcome, item.score, "")
    return item


def _said(outcome: str | Outcome | None, score: float | None, said_by: str) -> dict[str, Any]:
    if outcome is not None and outcome not in tuple(Outcome):
        raise BadArgument(f"found the outcome {outcome!r}, expected one of {', '.join(Outcome)}")
    if score is not None and not 0 <= score <= 1:
        raise BadArgument(f"found the score {score}, expected a number from 0 to 1")
    said = {"outcome": None if outcome is None else Outcome(outcome), "score": score}
    return said | {"said_by": None if outcome is None and score is None else said_by}


def _told(
    item: Trace | Episode, index: int, said: Told, context: Context | None, procedure: str | None
) -> Trace | Episode:
    changes = {name: value for name, value in said.items() if value is not None}
    if context:
        changes["context"] = {**item.context, **context}
    if procedure:
        changes["procedure" if isinstance(item, Trace) else "label"] = procedure
    if said["trace_id"] and isinstance(item, Episode) and index:
        changes["task_index"] = index
    return dataclasses.replace(item, **changes)
