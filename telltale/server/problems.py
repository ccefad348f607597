"""Every answer that is no success, in one shape: application/problem+json with a code and a hint.

The one place that knows which status an error of telltale has. What a store says of itself (paths, addresses, what a
library wrote) goes to the log and never into an answer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from telltale.memory.errors import (
    EmbedderFailed,
    ModelFailed,
    NotAllowed,
    ReadOnly,
    RecordError,
    StoreBusy,
    StoreError,
    StoreIO,
    StoreMissing,
    TelltaleError,
    UsageError,
)

log = logging.getLogger("telltale.server")

MEDIA_TYPE = "application/problem+json"
LONGEST_FIELD = 200  # characters of a field's name that are told
LIMITS = {"k", "limit", "budget", "wait"}  # fields whose range has a code of its own
STATUS: Mapping[type[TelltaleError], int] = {  # the first that fits
    UsageError: 422,
    RecordError: 422,
    ReadOnly: 403,
    NotAllowed: 403,
    StoreMissing: 404,
    StoreBusy: 503,
    StoreIO: 503,
    StoreError: 500,
    EmbedderFailed: 502,
    ModelFailed: 502,
    TelltaleError: 500,
}
SAID: Mapping[str, str] = {  # in place of what the store says, which may hold paths
    "STORE_MISSING": "there is no such memory here",
    "STORE_BUSY": "another writer holds this memory",
    "STORE_IO": "the store could not be read or written just now",
    "STORE_CORRUPT": "what was read is not what was written",
    "SCHEMA_TOO_NEW": "the store was written by a later telltale than this server",
    "EMBEDDER_MISMATCH": "this memory was made with another embedder than this server has",
    "READ_ONLY": "this server only reads",
    "NOT_GRANTED": "this library is not granted to the memory of the key",
    "EMBEDDER_FAILED": "the embedder gave nothing usable",
    "MODEL_FAILED": "the language model gave no usable answer",
}
HINTS: Mapping[str, str] = {
    "AUTH_REQUIRED": "send `Authorization: Bearer tt_...` with a key that is valid; `telltale keys create` makes one",
    "FORBIDDEN": "use a key that has the right which this route names in /openapi.json",
    "NOT_GRANTED": "leave library out, or have whoever looks after that memory grant it: PUT /v1/grants/{name}",
    "TENANT_MISMATCH": "leave the tenant out: it comes from the key alone",
    "BAD_JSON": "send one JSON text in UTF-8",
    "UNSUPPORTED_MEDIA_TYPE": "send application/json, or what /openapi.json names for this route",
    "NOT_FOUND": "see /openapi.json for the routes, and the lists for the ids",
    "METHOD_NOT_ALLOWED": "see the header Allow",
    "BODY_TOO_LARGE": "send less at once, or a file to /v1/ingest",
    "DECOMPRESSED_TOO_LARGE": "send it in parts that unpack to less",
    "ANSWER_TOO_LARGE": "ask for one status, or page through /v1/skills",
    "TOO_SLOW": "send the body without long pauses",
    "TOO_MANY_JOBS": "wait until some have ended; see /v1/jobs",
    "RATE_LIMITED": "wait as long as Retry-After says",
    "BUSY": "wait as long as Retry-After says, then send the same again",
    "TIMEOUT": "send the same again: what was stored meanwhile is not stored twice",
    "STOPPING": "wait as long as Retry-After says: the server is being restarted",
    "IDEMPOTENCY_MISMATCH": "choose a new Idempotency-Key for a new body",
    "STORE_BUSY": "wait as long as Retry-After says, then send the same again",
    "STORE_IO": "wait as long as Retry-After says; whoever runs the server finds more in its log",
    "MISDIRECTED": "address the server by the name that it was started with",
    "BAD_ARGUMENT": "see /openapi.json for what the field may be",
    "BAD_LIMIT": "give a number within the range; see /openapi.json",
    "MISSING_FIELD": "see /openapi.json for what this route asks for",
    "UNKNOWN_FIELD": "leave the field out, or see /openapi.json for its name",
}
AT_LARGE = "see the message; whoever runs the server finds more in its log"
OF_STATUS = {400: "BAD_REQUEST", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE"}


class Problem(HTTPException):
    """An answer that is no success, raised from anywhere within a request."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str = "",
        hint: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        retry = {"Retry-After": "1"} if status in {429, 503} else {}
        super().__init__(status, detail, headers={**retry, **(headers or {})})
        self.code, self.field = code, field
        self.hint = hint or HINTS.get(code, AT_LARGE)

    def told(self) -> dict[str, Any]:
        """The body."""
        title = HTTPStatus(self.status_code).phrase
        told = {"type": f"urn:telltale:{self.code}", "title": title, "status": self.status_code, "detail": self.detail}
        return told | {"code": self.code, "hint": self.hint} | ({"field": self.field} if self.field else {})

    def response(self) -> Response:
        """The answer."""
        return Response(orjson.dumps(self.told()), self.status_code, headers=self.headers, media_type=MEDIA_TYPE)


def no_valid_key() -> Problem:
    """What everybody is told who brings none, for whatever reason."""
    challenge = {"WWW-Authenticate": 'Bearer realm="telltale"'}
    return Problem(401, "AUTH_REQUIRED", "there is no valid key", headers=challenge)


def of_error(error: TelltaleError) -> Problem:
    """What an error of telltale is over HTTP."""
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    if isinstance(error, RecordError):
        return Problem(status, error.code, error.reason, field=error.field, hint="mend the record and send it again")
    if status >= 500:
        log.error("%s: %s", error.code, error)
    detail = str(error) if isinstance(error, UsageError) else SAID.get(error.code, "this did not work")
    said, _, next_step = detail.partition(": ") if isinstance(error, UsageError) else (detail, "", "")
    return Problem(status, error.code, said or detail, hint=next_step)


def of_validation(error: RequestValidationError) -> Problem:
    """What is wrong with a request that does not have the shape which its route asks for."""
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place = [str(part) for part in first["loc"] if part != "body"]
    field, kind = ".".join(place)[:LONGEST_FIELD], first["type"]
    code = "BAD_ARGUMENT"
    if kind == "extra_forbidden":
        code = "UNKNOWN_FIELD"
    elif kind == "missing":
        code = "MISSING_FIELD"
    elif place and place[-1] in LIMITS:
        code = "BAD_LIMIT"
    bounds = "".join(
        f" {name}={value}" for name, value in first.get("ctx", {}).items() if name in {"ge", "gt", "le", "lt"}
    )
    return Problem(422, code, f"{field or 'body'}: {first['msg'][:300]}{bounds}", field=field)


def of_http(error: HTTPException) -> Problem:
    """What the framework itself refuses: an unknown route, another method, a body that it cannot read."""
    if isinstance(error, Problem):
        return error
    code = OF_STATUS.get(error.status_code, "HTTP_ERROR")
    return Problem(error.status_code, code, HTTPStatus(error.status_code).phrase, headers=error.headers)


def answer_with_problems(app: FastAPI) -> None:
    """Let every error that leaves a route of ``app`` be told as a problem."""

    async def told(_: Request, error: Exception) -> Response:
        if isinstance(error, TelltaleError):
            return of_error(error).response()
        if isinstance(error, RequestValidationError):
            return of_validation(error).response()
        if isinstance(error, ClientDisconnect):  # nobody hears it: log and numbers do
            return Problem(400, "BROKEN_OFF", "the connection broke off before the end of the body").response()
        assert isinstance(error, HTTPException)
        return of_http(error).response()

    for kind in (TelltaleError, RequestValidationError, ClientDisconnect, HTTPException):
        app.add_exception_handler(kind, told)
