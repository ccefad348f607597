"""JSON as the standard means it: what parsers usually let through in silence is an error with a code here.

Refused are duplicate keys, NaN and infinity, integers over 64 bit (other parsers round them), text that is no UTF-8,
lone surrogates and nesting over 64. A byte order mark is taken. Knows nothing of files or traces.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any

import orjson

from telltale.memory.errors import RecordError

MAX_DEPTH = 64
MIN_INT, MAX_INT = -(2**63), 2**64 - 1
BOM = b"\xef\xbb\xbf"

# Possessive and with an optional closing quote, so that no input makes it go back over what it has read.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_DIGITS = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))  # every digit as a zero
_NESTED = (dict, list)
_LONG_INTEGER = b"0" * 19  # so many digits may be over 64 bit
_LONE_SURROGATE = re.compile(rb"(?i:\\ud[c-f]..|\\ud[89ab]..(?!\\ud[c-f]))")


def loads(data: bytes, *, nan: bool = False) -> Any:
    """The value of one JSON text. With ``nan``, NaN and infinity are read as null.

    Raises RecordError with BAD_JSON, BAD_TEXT, BAD_NUMBER, DUPLICATE_KEY or TOO_DEEP, and the byte offset if known.
    """
    data = data.removeprefix(BOM)
    try:
        value = orjson.loads(data)
    except (ValueError, RecursionError):
        return _slowly(data, nan=nan)
    return value if _is_strict(data, value) else _slowly(data)


def _is_strict(data: bytes, value: Any) -> bool:
    """Is ``value``, as the fast parser read it, surely what ``data`` says? That parser rounds long integers, keeps the
    last of two equal keys and nests deeper. A key that got lost took its colon with it.
    """
    if b"\\u003" in data or _LONG_INTEGER in data.translate(_DIGITS) or not _is_flat(data, value):
        return False
    return data.count(b":") == orjson.dumps(value).count(b":")


def _is_flat(data: bytes, value: Any) -> bool:
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return True
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = (held.values() if type(held) is dict else held for held in level if type(held) in _NESTED)
        level = [item for items in inner for item in items if type(item) in _NESTED]
        if not level:
            return True
    return False


def _slowly(data: bytes, *, nan: bool = False) -> Any:
    """The value, or what is wrong with it, told exactly."""
    text = _text(data)
    _refuse_depth(data)
    try:
        value = (_LENIENT if nan else _CHECKING).decode(text)
    except json.JSONDecodeError as error:
        raise RecordError("BAD_JSON", f"not JSON: {error.msg}", offset=len(text[: error.pos].encode())) from error
    if b"\\u" in data:
        _refuse_surrogates(value, data)
    return value


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: {error.reason}; convert the file to UTF-8"
        raise RecordError("BAD_TEXT", reason, offset=error.start) from error


def _refuse_depth(data: bytes) -> None:
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _STRING.sub(b"", data).translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise RecordError(
                "TOO_DEEP", f"nested deeper than {MAX_DEPTH} levels; flatten it, or write the inner part as a string"
            )


def _refuse_surrogates(value: Any, data: bytes) -> None:
    try:
        orjson.dumps(value)
    except TypeError as error:
        found = _LONE_SURROGATE.search(data)
        offset = found.start() if found else None
        reason = "half of a surrogate pair stands alone in a string; write the whole pair, or leave it out"
        raise RecordError("BAD_TEXT", reason, offset=offset) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise RecordError(
            "DUPLICATE_KEY", f"the key {twice[:80]!r} stands twice in one object; keep the one that is meant"
        )
    return found


def _no_constant(name: str) -> None:
    raise RecordError("BAD_NUMBER", f"found {name}, which is no JSON number; write null or leave the field out")


def _integer(digits: str) -> int:
    if len(digits) > 20 or not MIN_INT <= (value := int(digits)) <= MAX_INT:
        raise RecordError("BAD_NUMBER", f"an integer of {len(digits)} digits does not fit 64 bit; write it as a string")
    return value


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise RecordError("BAD_NUMBER", "a number is too large for a double; write it as a string")
    return value


_CHECKING = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer, parse_float=_finite
)
_LENIENT = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=lambda _: None, parse_int=_integer, parse_float=_finite
)
