"""Many runs at once: each understood or refused by itself, all that were understood stored together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic import ValidationError

from telltale.memory.errors import BadArgument, RecordError
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Episode
from telltale.writers import strict_json
from telltale.writers.remember import understood
from telltale.writers.stages import store

from .asked import Trace
from .pool import Lent
from .problems import Problem
from .routing import check_tenant
from .services import LONG, Here
from .told import AllRemembered, Refused, Remembered, to_bytes

TOGETHER = 256  # lines that are stored in one commit ...
BYTES_TOGETHER = 8 * 2**20  # ... or so many bytes of them
LONGEST_LINE = 16 * 2**20
MOST_LINES = 1_000_000

Numbered = Sequence[tuple[int, Trace | Refused]]


def remembered(traces: Numbered, tenant: TenantStore) -> list[Remembered]:
    """What became of each, in order; what was understood is on disk."""
    results: list[Remembered] = []
    taken: list[Episode] = []
    for line, asked in traces:
        episodes = asked if isinstance(asked, Refused) else _episodes(asked, tenant)
        if isinstance(episodes, Refused):
            results.append(Remembered(line=line, error=episodes))
        else:
            taken += episodes
            results.append(Remembered(line=line, episodes=tuple(dict.fromkeys(one.id for one in episodes))))
    store(taken, tenant)
    return results


async def remember_lines(pieces: AsyncIterator[bytes], at: Here) -> bytes:
    """What became of every line of a stream, as JSON; stored part by part while it comes."""
    results: list[Remembered] = []
    line = 0
    async for part in _parts(pieces):
        numbered = list(enumerate(part, line + 1))
        line += len(part)
        if line > MOST_LINES:
            raise Problem(413, "BODY_TOO_LARGE", f"more than {MOST_LINES} lines")

        def work(lent: Lent, numbered: list[tuple[int, bytes]] = numbered) -> list[Remembered]:
            found = remembered([(n, _asked(data, at)) for n, data in numbered if data.strip()], lent.tenant)
            at.note("remember", found)
            return found

        results += await at.on_writer(work, seconds=LONG, runs=len(numbered))
    return to_bytes(AllRemembered(results=tuple(results), refused=sum(one.error is not None for one in results)))


async def _parts(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """The lines of a stream, so many together as are stored at once."""
    part: list[bytes] = []
    size, rest = 0, b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise Problem(413, "LINE_TOO_LONG", f"a line is longer than {LONGEST_LINE} bytes")
        for line in lines:
            part.append(line)
            size += len(line)
            if len(part) >= TOGETHER or size >= BYTES_TOGETHER:
                yield part
                part, size = [], 0
    yield [*part, rest]


def _asked(data: bytes, at: Here) -> Trace | Refused:
    try:
        value: Any = strict_json.loads(data)
        if isinstance(value, dict) and "tenant" in value:
            check_tenant(value.pop("tenant"), at.caller.tenant)
        return Trace.model_validate(value)
    except RecordError as error:
        return Refused(code=error.code, detail=error.reason)
    except Problem as problem:
        return Refused(code=problem.code, detail=str(problem.detail), field="tenant")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return Refused(code="BAD_ARGUMENT", detail=first["msg"], field=".".join(map(str, first["loc"])))


def _episodes(asked: Trace, tenant: TenantStore) -> list[Episode] | Refused:
    try:
        return understood(asked.trace, tenant, **asked.model_dump(exclude={"trace"}))
    except RecordError as error:
        return Refused(code=error.code, detail=error.reason, field=error.field)
    except BadArgument as error:
        return Refused(code=error.code, detail=str(error))
