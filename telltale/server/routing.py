"""How every route under /v1 is entered: the right is there, the body is strict JSON, and no tenant is smuggled in."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from telltale.memory.errors import RecordError
from telltale.writers import strict_json

from .problems import Problem

RIGHT = "x-telltale-right"
LONGEST_WAIT = 30
Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for its end")]
TENANT_HEADERS = ("telltale-tenant", "x-tenant", "x-tenant-id")


class Strict(Request):
    """A request whose body is JSON as the standard means it."""

    async def json(self) -> Any:
        """The body. A tenant in it is taken out where it is the caller's own; another is a Problem."""
        try:
            value = strict_json.loads(await self.body())
        except RecordError as error:
            at = "" if error.offset is None else f" (byte {error.offset})"
            raise Problem(400, error.code, f"{error.reason}{at}", hint="send one JSON text in UTF-8") from error
        if isinstance(value, dict) and "tenant" in value:
            check_tenant(value.pop("tenant"), self.state.caller.tenant)
        return value


class Route(APIRoute):
    """A route that checks before it reads."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the checks before it."""
        enter = super().get_route_handler()
        right = (self.openapi_extra or {})[RIGHT]
        body = self.body_field

        async def handler(request: Request) -> Response:
            caller = request.state.caller
            if right not in caller.rights:
                raise Problem(403, "FORBIDDEN", "this key may not do that")
            for said in (*request.query_params.getlist("tenant"), *map(request.headers.get, TENANT_HEADERS)):
                if said is not None:
                    check_tenant(said, caller.tenant)
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            wanted = body is not None and (kind or body.field_info.is_required())
            if wanted and kind != "application/json":
                raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "the body is not said to be application/json")
            return await enter(Strict(request.scope, request.receive))

        return handler


def check_tenant(said: Any, own: str) -> None:
    """Raises a Problem where somebody names another tenant than the key's."""
    if said != own:
        raise Problem(403, "TENANT_MISMATCH", "the tenant that is named is not the key's")


def needs(right: str, told: Any, *, more: Mapping[str, Any] | None = None, status: int = 200) -> dict[str, Any]:
    """What a route is declared with: the right it needs, and for OpenAPI alone the shape of its answer, and more."""
    return {"openapi_extra": {RIGHT: right, **(more or {})}, "response_model": told, "status_code": status}


def router() -> APIRouter:
    """An empty router whose routes are entered like that."""
    return APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=lambda route: route.name)
