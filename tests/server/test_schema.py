"""Requests made up from OpenAPI, right ones and wrong ones, for every route (reliability 33).

No answer is of 5xx, and each has a status, a type and a shape that OpenAPI names. Seeded: the same requests every time.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from telltale.server.app import make_app
from telltale.server.keys import Keys

from .conftest import HOME

CHECKS: list[Any] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


OPERATORS = "/tenants"


@schemathesis.serializer("application/x-ndjson")
def lines(_: Any, value: Any) -> bytes:
    """A stream as it is sent."""
    return str(value).encode("utf-8", "surrogatepass")


@pytest.fixture
def operations(taught: Path, store: str) -> list[Any]:
    """Every route of a server whose memory has learned, as schemathesis sees it; it starts and stops the app itself."""
    copytree(taught, store)
    app = make_app(store)
    schema: Any = schemathesis.openapi.from_dict(app.openapi())
    schema.app = app
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("cases", [400, pytest.param(20_000, marks=pytest.mark.long)])
def test_every_answer_to_a_made_up_request_is_as_described(
    operations: list[Any], cases: int, record_property: Any
) -> None:
    statuses: Counter[int] = Counter()
    operations = [one for one in operations if OPERATORS not in one.path]
    for operation in operations:
        for mode in GenerationMode:
            with suppress(Unsatisfiable):  # nothing can be asked wrongly of a route that takes nothing
                ask(operation, mode, cases // len(operations), statuses)
    sys.stdout.write(f"{statuses.total()} requests, {len(operations)} routes: {dict(sorted(statuses.items()))}\n")
    assert statuses.total() >= cases
    assert not [status for status in statuses if status >= 500]
    assert statuses[200] > cases / 10  # what is asked rightly is answered


@pytest.mark.parametrize("cases", [60, pytest.param(2_000, marks=pytest.mark.long)])
def test_every_answer_to_an_operator_is_as_described(operations: list[Any], store: str, cases: int) -> None:
    statuses: Counter[int] = Counter()
    key = Keys(store).create_operator()[0]
    operations = [one for one in operations if OPERATORS in one.path]
    for operation in operations:
        for mode in GenerationMode:
            with suppress(Unsatisfiable):
                ask(operation, mode, cases // len(operations), statuses, headers={"Authorization": f"Bearer {key}"})
    assert statuses.total() >= cases
    assert not [status for status in statuses if status >= 500]


def ask(
    operation: Any, mode: GenerationMode, times: int, statuses: Counter[int], headers: dict[str, str] | None = None
) -> None:
    """Send so many made-up requests to one route and hold every answer to what is described."""

    @seeded(33)
    @settings(
        max_examples=times,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def send(case: Any) -> None:
        answer = case.call(base_url=HOME, headers=headers)
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    send()
