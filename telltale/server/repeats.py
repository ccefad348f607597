"""Requests that are sent again: the same key and body get the first answer, from any server and after a restart.

Kept for a day, beside the tenants: a hash of the body and the answer, which holds ids and no text of a trace. The key
is taken before the work begins, so that of two bodies under one key only one is worked on.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import orjson

from telltale.memory.opened import Turns
from telltale.memory.place import Place

from .beside import UPKEEP, Beside
from .problems import Problem

KEPT = 86_400.0  # seconds
_AT_ONCE = 64  # different keys that are worked on


class Repeats:
    """What was asked for before, and answered how."""

    def __init__(self, place: Place) -> None:
        self._kept = Beside(place, "requests")
        self._turns = Turns(_AT_ONCE)
        self._asked = 0

    def once(self, tenant: str, key: str, body: bytes, work: Callable[[], bytes]) -> bytes:
        """What ``work`` answers, or what it answered the first time. Raises a Problem where the body is another."""
        name = hashlib.sha256(orjson.dumps([tenant, key])).hexdigest()
        digest = hashlib.sha256(body).hexdigest()
        with self._turns.of(name):
            told = orjson.loads(self._kept.claim(name, orjson.dumps({"body": digest, "answer": None})))
            if told["body"] != digest:
                raise Problem(409, "IDEMPOTENCY_MISMATCH", "this Idempotency-Key was sent before with another body")
            if told["answer"] is not None:
                return orjson.dumps(told["answer"])
            answer = work()
            self._kept.put(name, orjson.dumps({"body": digest, "answer": orjson.loads(answer)}))
            self._let_go()
            return answer

    def _let_go(self) -> None:
        from lancedb.expr import col, lit

        self._asked += 1
        if self._asked % UPKEEP == 0:
            self._kept.drop(col("time") < lit(time.time() - KEPT))
