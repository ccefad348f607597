"""What a tool showed, read as far as both those who write and those who read need it. Judges nothing."""

from __future__ import annotations

import re

import orjson

_ERROR = re.compile(r"(?:[a-z]{0,30}error|exception|fatal)\s?:|traceback \(most recent call last", re.IGNORECASE)
_MAY_SAY = re.compile(r'"(?:error|success|status)"')


def says_error(observation: str) -> bool:
    """Does a tool's result say that the call failed? By its first words, or by the fields of a JSON object.

    >>> says_error("Error: user not found"), says_error('{"error": "no such order"}'), says_error("0 errors")
    (True, True, False)
    """
    start = observation.lstrip()[:60]
    if _ERROR.match(start):
        return True
    if not start.startswith("{") or len(observation) > 10_000 or not _MAY_SAY.search(observation):
        return False
    try:
        found = orjson.loads(observation)
    except ValueError:
        return False
    return bool(found.get("error")) or found.get("success") is False or found.get("status") == "error"
