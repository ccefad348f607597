"""Which format is this? Told from the first values of a file, by content and never by name.

Knows the formats only by their contract: the modules in ``FORMATS``, and before them what other packages offer in the
entry-point group ``telltale.formats``.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import IO, Any, cast

from telltale.memory.errors import BadArgument, RecordError
from telltale.memory.types import Trace
from telltale.writers.lines import Record, records

from . import (
    Beside,
    Format,
    Found,
    agent_events,
    anthropic,
    atif,
    claude_code,
    codex,
    episodes,
    gemini,
    inspect_log,
    langfuse,
    langsmith,
    mini_swe_agent,
    openai,
    openhands,
    openhands_output,
    openinference,
    otel,
    pi,
    react,
    reflexion,
    reflexion_log,
    responses,
    swe_agent,
    tau_bench,
)

FORMATS: tuple[Format, ...] = (  # the more particular first
    claude_code,
    codex,
    gemini,
    pi,
    atif,
    openhands,
    openhands_output,
    swe_agent,
    mini_swe_agent,
    tau_bench,
    reflexion,
    reflexion_log,
    react,
    agent_events,
    inspect_log,
    langfuse,
    langsmith,
    openinference,
    otel,
    responses,
    anthropic,
    openai,
    episodes,
)
_SEEN = 32  # records of a file that are looked at
_SEEN_BYTES = 4 * 2**20


@cache
def formats() -> tuple[Format, ...]:
    """All formats, those of other packages first, since they know their own better than ours do.

    Raises BadArgument for an entry point that brings none.
    """
    offered = sorted(entry_points(group="telltale.formats"), key=lambda point: point.name)
    return (*map(_loaded, offered), *FORMATS)


def _loaded(point: EntryPoint) -> Format:
    try:
        found = point.load()
    except Exception as error:
        raise BadArgument(
            f"could not load the trace format {point.name!r} from {point.value} ({error}); mend or uninstall it"
        ) from error
    if missing := [name for name in ("NAME", "WHOLE_FILE", "matches", "read") if not hasattr(found, name)]:
        raise BadArgument(f"the trace format {point.name!r} ({point.value}) has no {', '.join(missing)}; mend it")
    return cast("Format", found)


def detect(values: Sequence[Any]) -> Format | None:
    """The format of these values (a line of plain text is a string), or None."""
    return next((form for form in formats() if form.matches(values)), None)


def named(name: str) -> Format:
    """The format of that name. Raises BadArgument where there is none."""
    for form in formats():
        if name == form.NAME:
            return form
    raise BadArgument(f"found the format {name!r}, expected one of {', '.join(form.NAME for form in formats())}")


class Reading:
    """What is in a stream, once through, and how many records were read so far."""

    def __init__(
        self, stream: IO[bytes], source: str, *, name: str | None = None, skip: int = 0, beside: Beside | None = None
    ) -> None:
        """Detect the format, unless it is named, and begin after line ``skip``. Raises BadArgument for a bad name.

        ``beside`` gives what a file near this one holds, for formats that keep the outcome there.
        """
        head, form = _head(stream, named(name) if name else None)
        self.format = form.NAME if form else ""
        self.resumable = form is not None and not form.WHOLE_FILE  # may it be gone on with after any line?
        self.read = 0
        self._beside = beside
        self._found = self._started(form, head, self._counted(records(stream, skip=skip)), source, given=bool(name))

    def __iter__(self) -> Iterator[Found]:
        """What the records came to. A file of no known format is one UNKNOWN_FORMAT.

        Records that stand alone are each read by their own format, so that a file may mix them.
        """
        return self._found if self._beside is None else map(self._told, self._found)

    def _told(self, found: Found) -> Found:
        told = getattr(named(self.format), "told", None) if self.format and isinstance(found.item, Trace) else None
        return dataclasses.replace(found, item=told(found.item, self._beside)) if told else found

    def _counted(self, found: Iterator[Record]) -> Iterator[Record]:
        for record in found:
            self.read += 1
            yield record

    def _started(
        self, form: Format | None, head: Sequence[Record], found: Iterator[Record], source: str, *, given: bool
    ) -> Iterator[Found]:
        if form is not None:
            return form.read(found, source) if given or form.WHOLE_FILE else _one_by_one(form, found, source)
        if _is_bad_json(head):
            return (Found(record, record.error) for record in found)
        self.read = 1
        return iter([_unknown(head)])


def _head(stream: IO[bytes], form: Format | None) -> tuple[list[Record], Format | None]:
    head: list[Record] = []
    for record in itertools.islice(records(stream), _SEEN):
        head.append(record)
        if sum(seen.size for seen in head) > _SEEN_BYTES:
            break
    return head, form or detect([record.text or record.value for record in head if record.text or not record.error])


def _one_by_one(form: Format, found: Iterator[Record], source: str) -> Iterator[Found]:
    alone = [one for one in formats() if not one.WHOLE_FILE]
    for record in found:
        values = [record.value]
        own = next((one for one in alone if record.error is None and one.matches(values)), form)
        yield from own.read([record], source)


def _is_bad_json(head: Sequence[Record]) -> bool:
    """Is all that was seen JSON, but bad for a reason worth telling of each record?"""
    codes = {record.error.code for record in head if record.error is not None}
    like = (record.opening in {"[", "{"} or record.line == 0 or record.size > _SEEN_BYTES for record in head)
    return all(record.error is not None for record in head) and bool(codes - {"BAD_JSON"}) and all(like)


def _unknown(head: Sequence[Record]) -> Found:
    if not head:
        return Found(Record(line=0, offset=0, size=0, sha256=""), RecordError("EMPTY_TRACE", "the file is empty"))
    known = ", ".join(form.NAME for form in formats())
    reason = f"none of the known formats ({known}); one JSON document may have 64 MiB, more must be JSON lines"
    return Found(head[0], RecordError("UNKNOWN_FORMAT", reason))
