"""Values as canonical JSON bytes and back: sorted keys, UTF-8, no NaN, no number that does not fit.

Equal values give equal bytes, which ids and checksums rely on. Knows nothing of episodes or tables.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson

from .errors import BadArgument

_LEAVES = {str, int, bool, type(None)}


def to_json(value: Any) -> bytes:
    """``value`` as JSON bytes with sorted keys; tuples become lists.

    Raises BadArgument for what JSON cannot hold: NaN and infinity, integers over 64 bit, lone surrogates, objects.

    >>> to_json({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    """
    try:
        found = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=_plain)
    except TypeError as error:
        raise BadArgument(
            f"found a value that JSON cannot hold ({error}), expected text, numbers, lists, maps; convert it first"
        ) from error
    if b"null" in found:  # what it makes of NaN and infinity
        _refuse_nan(value)
    return found


def from_json(data: bytes) -> Any:
    """The value that ``to_json`` wrote."""
    return orjson.loads(data)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"type {type(value).__name__}")


def _refuse_nan(value: Any) -> None:
    if type(value) is float and not math.isfinite(value):
        raise BadArgument(f"found {value}, expected a finite number; leave the field out where there is no number")
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for item in items:
        if type(item) not in _LEAVES:
            _refuse_nan(item)
