"""Long text cut to a length, with a mark that says so.

Readers cut roughly, so that a session with megabytes of tool output fits in memory; after redaction the rest is cut
to what a memory needs. Cutting twice gives the same as cutting once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

TEXT = 20_000  # characters of a task or an answer
OBSERVATION = 4_000  # characters of a tool's result, or of one argument
ROUGH = 4 * OBSERVATION  # before redaction, so that what a redaction shortens is still long enough

_MARK = re.compile(r" … \[(\d+) characters, cut\]\Z")


def cap(text: str, limit: int) -> str:
    """``text``, at most ``limit`` characters of it, the mark included.

    >>> cap("0123456789" * 10, 40)
    '0123456789012345 … [100 characters, cut]'
    """
    if len(text) <= limit:
        return text
    marked = _MARK.search(text)
    mark = f" … [{marked[1] if marked else len(text)} characters, cut]"
    return text[: limit - len(mark)] + mark


def cap_values(value: Any, limit: int) -> Any:
    """The same JSON value with every string in it capped."""
    if isinstance(value, str):
        return cap(value, limit)
    if isinstance(value, Mapping):
        return {key: cap_values(item, limit) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cap_values(item, limit) for item in value]
    return value
