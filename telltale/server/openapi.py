"""The description of the API for programs that make clients: every answer named, errors included."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .problems import MEDIA_TYPE
from .routing import RIGHT

TITLE = "telltale"
SAYS = {
    400: "not JSON, or not as the standard means it",
    401: "no valid key",
    403: "the key may not do that, or another tenant was named",
    404: "there is no such thing",
    408: "the body did not come in time",
    409: "the Idempotency-Key was used for another body",
    413: "the body is too large",
    415: "the body is of a kind that is not taken",
    421: "the server does not go by that name",
    422: "a field is wrong, or the trace cannot be taken",
    429: "too often; see Retry-After",
    500: "something is wrong with the server or its store",
    502: "the embedder or a model gave nothing usable",
    503: "too much at once, or the store is busy; see Retry-After",
}
OPEN = (403, 421, 500, 503)  # of routes that need no key
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "hint"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what was found, for people"},
        "code": {"type": "string", "description": "stable, for programs"},
        "hint": {"type": "string", "description": "what to do next"},
        "field": {"type": "string", "description": "which field of the request, where it is one"},
    },
}
ASKED = ("Asked", "Trace", "HTTPValidationError", "ValidationError")  # begin the names of what requests say


def describe(app: FastAPI, version: str) -> None:
    """Let ``app`` describe itself."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, version)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign] # FastAPI's own way to do it


def _described(app: FastAPI, version: str) -> dict[str, Any]:
    found = get_openapi(title=TITLE, version=version, routes=app.routes, separate_input_output_schemas=False)
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas.items():
        if not name.startswith(ASKED) and "properties" in schema:
            schema["required"] = sorted(set(schema["properties"]) - {"verdicts", "messages"})
    if "Skill" in schemas:
        schemas["Skill"]["properties"]["when_not_to_use"] = {"type": "array", "items": {"type": "string"}}
        schemas["Skill"]["required"].append("when_not_to_use")
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    told = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    found["components"]["responses"] = {
        f"Problem{status}": {"description": said} | told for status, said in SAYS.items()
    }
    found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "tt_..."}}
    for operation in (one for path in found["paths"].values() for one in path.values()):
        if RIGHT in operation:
            operation["security"] = [{"key": []}, {}]
        told_of = SAYS if RIGHT in operation else OPEN
        operation["responses"] |= {
            str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in told_of
        }
    return found
